"""Reviews: the buyer's form, all reviews of a product, the shop's list and replies."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from marketplace.kit import clock, limits, pagination
from marketplace.kit.errors import MarketplaceError, NotFound
from marketplace.kit.leading import SeeOther
from orders import queries
from orders.forms.reviews import ReplyForm, ReviewForm
from orders.models import Order, OrderLine, Review
from orders.services import links, reviews, standing
from sellers import queries as seller_queries

REVIEWS_PER_PAGE = 10
WRITES_PER_HOUR = 20
HOUR_SECONDS = 3600


@never_cache
def by_link(request: HttpRequest, token: str, line: str) -> HttpResponse:
    """Let whoever holds a link of an order review one of its lines."""
    order = links.open(token=token, at=clock.now())
    back = reverse("orders:order", args=[token])
    return _answer(request, order, line, back=back, at=clock.now())


@never_cache
def mine(request: HttpRequest, order: str, line: str) -> HttpResponse:
    """Let a signed-in buyer review a line of one of his orders."""
    found = queries.order_of(request.user, order)
    back = reverse("orders:my-order", args=[order])
    return _answer(request, found, line, back=back, at=clock.now())


def _answer(
    request: HttpRequest, order: Order, line: str, *, back: str, at: datetime
) -> HttpResponse:
    found = queries.line_of(order=order, public_id=line)
    written: Review | None = getattr(found, "review", None)
    if written is None:
        reviews.check(line=found)
    if request.method != "POST":
        form = ReviewForm(initial=_initial(written))
        return _page(request, found, written, form, back=back)
    limits.count(f"review:{order.pk}", limit=WRITES_PER_HOUR, seconds=HOUR_SECONDS)
    if request.POST.get("action") == "remove":
        if written is not None:
            reviews.remove(review=written)
        messages.success(request, _("Your review is removed."))
        return SeeOther(back)
    form = ReviewForm(request.POST, request.FILES)
    if form.is_valid() and _save(form, found, written, at=at):
        messages.success(request, _("Thank you. Your review is on the product's page."))
        return SeeOther(back)
    return _page(request, found, written, form, back=back, status=422)


def _save(
    form: ReviewForm, line: OrderLine, written: Review | None, *, at: datetime
) -> bool:
    said: dict[str, Any] = {
        "rating": form.cleaned_data["rating"],
        "text": form.cleaned_data["text"],
        "shows_name": form.cleaned_data["shows_name"],
        "picture": form.cleaned_data["photo"],
        "at": at,
    }
    try:
        if written is None:
            reviews.write(line=line, language=get_language() or "", **said)
        else:
            drops = form.cleaned_data["drops_photo"]
            reviews.edit(review=written, drops_photo=drops, **said)
    except MarketplaceError as problem:
        form.add_error(None, problem.message)
        return False
    return True


def _initial(written: Review | None) -> dict[str, Any]:
    if written is None:
        return {}
    return {
        "rating": written.rating,
        "text": written.text,
        "shows_name": bool(written.author),
    }


def _page(
    request: HttpRequest,
    line: OrderLine,
    written: Review | None,
    form: ReviewForm,
    *,
    back: str,
    status: int = 200,
) -> HttpResponse:
    context = {
        "line": line,
        "review": written,
        "form": form,
        "back": back,
        "author": reviews.author_of(line.seller_order.order),
    }
    return render(request, "orders/review.html", context, status=status)


def of_product(request: HttpRequest, product: str) -> HttpResponse:
    """List all reviews of a live product, newest first, of all stars or of some."""
    found = seller_queries.live_product(product)
    asked = request.GET.get("stars", "")
    stars = asked if asked in ("1", "2", "3", "4", "5") else ""
    listed = queries.reviews_of(product=found)
    if stars:
        listed = listed.filter(rating=int(stars))
    context = {
        "product": found,
        "stars": stars,
        "stars_number": int(stars) if stars else 0,
        "rating": standing.rating_of(product=found),
        "page": pagination.page_of(listed, request, per_page=REVIEWS_PER_PAGE),
    }
    return render(request, "orders/reviews.html", context)


@never_cache
def of_shop(request: HttpRequest, shop: str) -> HttpResponse:
    """List a shop's reviews, those without a reply first if asked for."""
    found = queries.shop_of(request.user, shop)
    listed = queries.reviews_for_seller(user=request.user, shop=found)
    tab = "new" if request.GET.get("tab") == "new" else ""
    if tab:
        listed = listed.filter(reply="")
    context = {
        "shop": found,
        "tab": tab,
        "rating": standing.shop_rating(shop=found),
        "page": pagination.page_of(listed, request, per_page=REVIEWS_PER_PAGE),
        "form": ReplyForm(),
    }
    return render(request, "orders/seller_reviews.html", context)


@never_cache
def reply(request: HttpRequest, shop: str, review: str) -> HttpResponse:
    """Set the shop's one reply to a review, or take it away."""
    found = queries.shop_of(request.user, shop)
    listed = queries.reviews_for_seller(user=request.user, shop=found)
    row = listed.filter(public_id=review).first()
    if row is None:
        raise NotFound
    form = ReplyForm(request.POST)
    if form.is_valid():
        text = form.cleaned_data["text"]
        reviews.reply(review=row, text=text, at=clock.now())
        said = _("Your reply is public.") if text else _("Your reply is removed.")
        messages.success(request, said)
    else:
        messages.warning(request, str(form.errors["text"][0]))
    return redirect("orders:seller-reviews", found.public_id)
