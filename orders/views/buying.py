"""The buy sheet by itself, and the one press that goes on from it."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django_htmx.http import HttpResponseClientRedirect

from creators.services import attribution
from marketplace.accounts.models import User
from marketplace.kit import clock
from marketplace.kit.csrf import works_without_cookies
from marketplace.kit.errors import MarketplaceError, NotFound
from marketplace.kit.leading import SeeOther
from marketplace.kit.templatetags import formats
from orders.models import Cart, Order, Payment, PaymentStatus
from orders.services import cart as carts
from orders.services import checkout, payments, quick_buy, saved_cards
from orders.views import bought, browser, places, sheets
from orders.views import cart as cart_views
from sellers.models import Variant

FRAGMENT = "X-Sheet"


@never_cache
def sheet(request: HttpRequest, thing: str) -> HttpResponse:
    """Show the sheet of a product: as a fragment to a script that opens it, else on a
    light page. What is not for quick buy leads to its own page.
    """
    product, chosen = sheets.find(thing)
    via = sheets.via_of(request)
    if product.needs_full_page:
        return redirect(places.with_query(product.get_absolute_url(), via=via))
    back = places.checked(request.GET.get("back", ""))
    found = bought.compose(
        request, product=product, chosen=chosen, via=via, back=back, at=clock.now()
    )
    if "HX-Request" in request.headers and not found.is_done:
        # It waited for the bank, whose answer opens the sheet to buy in again.
        order = request.GET.get("bought", "")[:24]
        return HttpResponseClientRedirect(
            places.with_sheet(back, thing, bought=order)
            if back
            else request.get_full_path()
        )
    response = _page(request, found)
    patch_vary_headers(response, [FRAGMENT])
    return response


@works_without_cookies
@never_cache
def buy(request: HttpRequest) -> HttpResponse:
    """Put the one thing of a sheet in the bag and go on: to the checkout, or to the
    bag when another seller's things wait there. A sheet whose price, stock or delivery
    is not what it showed comes back and says so; nothing was added then.
    """
    at = clock.now()
    back = places.checked(browser.typed(request, "back"))
    variant = Variant.objects.filter(public_id=browser.typed(request, "variant"))
    chosen = variant.select_related("product").first()
    if chosen is None:
        raise NotFound
    try:
        seen = _seen_again(request, chosen, back=back, at=at)
    except NotFound:
        messages.error(request, carts.NotForSale().message)
        return SeeOther(back or reverse("pages:home"))
    if seen.notes or not seen.can_buy:
        return _page(request, seen, status=409)
    if seen.quick is not None and browser.typed(request, "pay") == "card":
        return _charge(request, chosen, seen, at=at)
    token = browser.token_of(request) or carts.new_token()
    try:
        cart = carts.open_cart(token=token, user=request.user, at=at)
        via = attribution.read_token(token=seen.via, at=at) if seen.via else None
        carts.put(cart=cart, variant=chosen, quantity=None, via=via, at=at)
        carts.set_origin(cart=cart, came_from=back)
    except MarketplaceError as problem:
        seen = _seen_again(request, chosen, back=back, at=at, notes=(problem.message,))
        return _page(request, seen, status=problem.status_code)
    response = SeeOther(next_step(request, cart, country=seen.country))
    browser.remember(response, token)
    return response


def _charge(
    request: HttpRequest, variant: Variant, seen: sheets.Sheet, *, at: datetime
) -> HttpResponse:
    """Charge the saved card for the one thing, and show in the sheet how that ended. A
    bank that wants to ask is gone to, and leads back to this sheet.
    """
    try:
        order = _placed(request, variant, seen, at=at)
        payment = _charged(order, at=at)
    except MarketplaceError as problem:
        seen = _seen_again(
            request, variant, back=seen.back, at=at, notes=(_words(problem),)
        )
        return _page(request, seen, status=problem.status_code)
    if payment.status == PaymentStatus.NEEDS_ACTION and payment.page_url:
        return _go(request, payment.page_url)
    return _bought(request, order, seen, at=at)


def _placed(
    request: HttpRequest, variant: Variant, seen: sheets.Sheet, *, at: datetime
) -> Order:
    assert seen.offer is not None
    return quick_buy.place(
        attempt=browser.typed(request, "attempt"),
        buyer=_buyer(request, seen, at=at),
        variant=variant,
        via=attribution.read_token(token=seen.via, at=at) if seen.via else None,
        came_from=seen.back,
        shown_amount=seen.offer.total_amount,
        shown_exception=seen.product.withdrawal_exception,
        at=at,
    )


def _charged(order: Order, *, at: datetime) -> Payment:
    """:raises payments.PaymentRefused: nothing was charged."""
    payment = order.payments.order_by("-pk")[:1].get()
    try:
        return payments.open(payment_id=payment.pk, at=at)
    except payments.PaymentPageUnavailable:
        # Nobody knows yet: the sheet says so and goes on asking.
        payment.refresh_from_db()
        return payment


def _bought(
    request: HttpRequest, order: Order, seen: sheets.Sheet, *, at: datetime
) -> HttpResponse:
    url = bought.address_of(order)
    if FRAGMENT not in request.headers:
        return SeeOther(url)
    done = bought.after(
        order, product=seen.product, via=seen.via, back=seen.back, at=at
    )
    if done is None:
        return _go(request, reverse("orders:my-order", args=[order.public_id]))
    return bought.lead(_page(request, done), url)


def _go(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser itself on, also when a script pressed the button."""
    if FRAGMENT not in request.headers:
        return SeeOther(url)
    response = HttpResponse(status=204)
    response["X-Sheet-Go"] = url
    return response


def _words(problem: MarketplaceError) -> str:
    if isinstance(problem, checkout.OrderChanged) and problem.changes:
        return " ".join(change.message for change in problem.changes)
    return problem.message


def _buyer(request: HttpRequest, seen: sheets.Sheet, *, at: datetime) -> checkout.Buyer:
    """:raises saved_cards.CardGone: the card of the sheet is not this person's now."""
    user = request.user
    assert isinstance(user, User)
    assert seen.quick is not None
    known = seen.quick.address
    return checkout.Buyer(
        email=user.email,
        user=user,
        name=known.name,
        line1=known.line1,
        postal_code=known.postal_code,
        city=known.city,
        region=known.region,
        country=known.country,
        phone="",
        language=(get_language() or "en")[:5],
        ip=browser.ip_of(request),
        card=saved_cards.card_of(
            user=user, public_id=browser.typed(request, "card"), at=at
        ),
    )


def next_step(
    request: HttpRequest, cart: Cart, *, country: str, own_lines: int = 1
) -> str:
    """Say where a press on Buy leads: to the checkout for the country that was shown,
    or to the bag when things of several sellers wait in it, beside what was bought
    now (`own_lines`).
    """
    shops = list(cart.lines.values_list("variant__product__shop", flat=True))
    straight = len(set(shops)) == 1 or len(shops) == own_lines
    if straight:
        return places.with_query(cart_views.checkout_url(cart), country=country)
    return browser.cart_url(request, cart, country=country)


def _seen_again(
    request: HttpRequest,
    variant: Variant,
    *,
    back: str,
    at: datetime,
    notes: tuple[str, ...] = (),
) -> sheets.Sheet:
    """Compose the sheet anew, with a note where it is not what the buyer was shown.

    :raises NotFound: it is not on sale any more.
    """
    product, chosen = sheets.find(variant.public_id)
    asked = browser.typed(request, "country")
    found = sheets.sheet(
        request,
        product=product,
        chosen=chosen,
        via=browser.typed(request, "via")[:200],
        back=back,
        at=at,
        country=asked if asked in browser.countries() else "",
        notes=notes,
    )
    said = browser.typed(request, "exception")
    if not notes and "exception" in request.POST:
        found = found if said == product.withdrawal_exception else _limited(found)
    shown = browser.typed(request, f"shown-{chosen}")
    if notes or found.notes or found.offer is None or not shown.isdecimal():
        return found
    if int(shown[:18]) == found.offer.total_amount:
        return found
    return sheets.noted(found, _changed(int(shown[:18]), found))


def _limited(found: sheets.Sheet) -> sheets.Sheet:
    words = _("Whether you can change your mind about it has changed. Look again.")
    return sheets.noted(found, words)


def _changed(shown_amount: int, found: sheets.Sheet) -> str:
    assert found.offer is not None
    currency = found.offer.currency
    return _("The total is now %(now)s, it was %(then)s. Nothing was charged.") % {
        "now": formats.write_money(found.offer.total_amount, currency),
        "then": formats.write_money(shown_amount, currency),
    }


def _page(
    request: HttpRequest,
    found: "sheets.Sheet | bought.Done",
    *,
    status: int = 200,
) -> HttpResponse:
    is_fragment = FRAGMENT in request.headers
    template = "orders/_sheet_any.html" if is_fragment else "orders/buy.html"
    context = {
        "sheet": found,
        "is_fragment": is_fragment,
        "back_url": found.close_url,
        "bar_title": found.product.title,
    }
    return render(request, template, context, status=status)
