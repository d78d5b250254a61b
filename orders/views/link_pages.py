"""Buy links of a shop and of a creator: made in three fields, listed, shared, ended."""

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from creators.models import Creator
from marketplace.kit import clock, pagination
from marketplace.kit.errors import MarketplaceError, NotFound
from marketplace.kit.leading import SeeOther
from marketplace.kit.templatetags import formats
from orders import queries
from orders.forms.selling import BuyLinkForm
from orders.models import BuyLink
from orders.services import buy_links
from orders.views import link_sheets
from sellers.models import Product, Shop

LINKS_PER_PAGE = 20
MOST_THINGS = 300


@never_cache
def shop_links(request: HttpRequest, shop: str) -> HttpResponse:
    """List a shop's buy links, and make one."""
    return _list(request, queries.shop_of(request.user, shop))


@never_cache
def shop_link(request: HttpRequest, shop: str, code: str) -> HttpResponse:
    """Show a link of a shop with what to share, and end it or let it sell again."""
    return _one(request, queries.shop_of(request.user, shop), code)


@never_cache
def creator_links(request: HttpRequest) -> HttpResponse:
    """List a creator's buy links, and make one."""
    return _list(request, _own(request))


@never_cache
def creator_link(request: HttpRequest, code: str) -> HttpResponse:
    """Show a link of a creator with what to share, and end it or let it sell again."""
    return _one(request, _own(request), code)


def _own(request: HttpRequest) -> Creator:
    creator: Creator = request.user.creator  # type: ignore[union-attr]
    return creator


def _list(request: HttpRequest, maker: Shop | Creator) -> HttpResponse:
    at = clock.now()
    things = list(buy_links.sellable(maker=maker, at=at)[:MOST_THINGS])
    form = BuyLinkForm(
        request.POST or None,
        things=things,
        currency=maker.currency if isinstance(maker, Shop) else "",
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = _make(request, maker, form, things, at=at)
            return SeeOther(_address(maker, made))
        except MarketplaceError as problem:
            form.add_error(None, problem.message)
    mine = _mine(request, maker).with_paid().order_by("-made_at", "-pk")
    page = pagination.page_of(mine, request, per_page=LINKS_PER_PAGE)
    context = _frame(maker) | {
        "form": form,
        "has_things": bool(things),
        "page": page,
        "rows": [_row(maker, one, at) for one in page],
    }
    status = 422 if form.errors else 200
    return render(request, _template(maker, "links"), context, status=status)


def _make(
    request: HttpRequest,
    maker: Shop | Creator,
    form: BuyLinkForm,
    things: list[Product],
    *,
    at: datetime,
) -> BuyLink:
    by_id = {one.public_id: one for one in things}
    variants = {each.public_id: each for one in things for each in one.variants.all()}
    user: Any = request.user
    return buy_links.make(
        maker=maker,
        made_by=user,
        items=[
            buy_links.NewItem(
                product=by_id[product],
                variant=variants.get(variant),
                quantity=quantity,
                locked_amount=None,
            )
            for product, variant, quantity in form.items()
        ],
        locked_amount=form.cleaned_data.get("price"),
        expires_at=_end_of(form.cleaned_data["until"]),
        max_uses=form.cleaned_data["uses"],
        at=at,
    )


def _end_of(day: Any) -> datetime | None:
    """The last day is sold through: it ends with the next one's first moment."""
    if day is None:
        return None
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def _one(request: HttpRequest, maker: Shop | Creator, code: str) -> HttpResponse:
    found = _mine(request, maker).with_paid().filter(code=code).first()
    if found is None:
        raise NotFound
    at = clock.now()
    if request.method == "POST":
        if request.POST.get("do") == "stop":
            buy_links.stop(link=found, at=at)
            messages.success(request, _("The link has ended. Its page says so."))
        elif request.POST.get("do") == "reopen":
            buy_links.reopen(link=found)
            messages.success(request, _("The link sells again."))
        return SeeOther(_address(maker, found))
    context = _frame(maker) | {
        "row": _row(maker, found, at),
        "link": found,
        "message": _message(found),
        "qr_url": reverse("orders:link-qr", args=[found.code, "svg"]),
        "print_url": reverse("orders:link-qr", args=[found.code, "png"]),
    }
    return render(request, _template(maker, "link"), context)


def _mine(request: HttpRequest, maker: Shop | Creator) -> Any:
    """Keep this maker's links, of those this person may see."""
    own = {"shop": maker} if isinstance(maker, Shop) else {"creator": maker}
    return BuyLink.objects.visible_to(request.user).with_items().filter(**own)


def _row(maker: Shop | Creator, link: BuyLink, at: datetime) -> dict[str, Any]:
    return {
        "link": link,
        "title": link_sheets.title_of(link),
        "state": link.state(at=at),
        "last_day": link.expires_at - timedelta(seconds=1) if link.expires_at else None,
        "url": _address(maker, link),
    }


def _message(link: BuyLink) -> str:
    """Words to paste into a message with the address."""
    title = link_sheets.title_of(link)
    if link.locked_amount is None:
        return _("%(title)s: %(url)s") % {"title": title, "url": link.share_url}
    price = formats.write_money(link.locked_amount, link.currency)
    words = {"title": title, "price": price, "url": link.share_url}
    return _("%(title)s for %(price)s: %(url)s") % words


def _address(maker: Shop | Creator, link: BuyLink) -> str:
    if isinstance(maker, Shop):
        return reverse("orders:shop-link", args=[maker.public_id, link.code])
    return reverse("orders:creator-link", args=[link.code])


def _frame(maker: Shop | Creator) -> dict[str, Any]:
    if isinstance(maker, Shop):
        back = reverse("orders:shop-links", args=[maker.public_id])
        return {"shop": maker, "links_url": back, "is_shop": True}
    back = reverse("orders:creator-links")
    return {"creator": maker, "links_url": back, "is_shop": False}


def _template(maker: Shop | Creator, page: str) -> str:
    side = "seller" if isinstance(maker, Shop) else "creator"
    return f"orders/{side}_{page}.html"
