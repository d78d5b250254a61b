"""The buy sheet by itself, and the one press that goes on from it."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from creators.services import attribution
from marketplace.kit import clock
from marketplace.kit.errors import MarketplaceError, NotFound
from marketplace.kit.templatetags import formats
from orders.models import Cart
from orders.services import cart as carts
from orders.views import browser, places, sheets
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
    found = sheets.sheet(
        request,
        product=product,
        chosen=chosen,
        via=via,
        back=places.checked(request.GET.get("back", "")),
        at=clock.now(),
    )
    is_fragment = FRAGMENT in request.headers
    response = _page(request, found, is_fragment=is_fragment)
    patch_vary_headers(response, [FRAGMENT])
    return response


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
        return browser.SeeOther(back or reverse("pages:home"))
    if seen.notes or not seen.can_buy:
        return _page(request, seen, status=409)
    token = browser.token_of(request) or carts.new_token()
    try:
        cart = carts.open_cart(token=token, user=request.user, at=at)
        via = attribution.read_token(token=seen.via, at=at) if seen.via else None
        carts.put(cart=cart, variant=chosen, quantity=None, via=via, at=at)
        carts.set_origin(cart=cart, came_from=back)
    except MarketplaceError as problem:
        seen = _seen_again(request, chosen, back=back, at=at, notes=(problem.message,))
        return _page(request, seen, status=problem.status_code)
    response = browser.SeeOther(next_step(cart, country=seen.country))
    browser.remember(response, token)
    return response


def next_step(cart: Cart, *, country: str, own_lines: int = 1) -> str:
    """Say where a press on Buy leads: to the checkout for the country that was shown,
    or to the bag when things of several sellers wait in it, beside what was bought
    now (`own_lines`).
    """
    shops = list(cart.lines.values_list("variant__product__shop", flat=True))
    straight = len(set(shops)) == 1 or len(shops) == own_lines
    address = cart_views.checkout_url(cart) if straight else reverse("orders:cart")
    return places.with_query(address, country=country)


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
    shown = browser.typed(request, f"shown-{chosen}")
    if notes or found.notes or found.offer is None or not shown.isdecimal():
        return found
    if int(shown[:18]) == found.offer.total_amount:
        return found
    return sheets.noted(found, _changed(int(shown[:18]), found))


def _changed(shown_amount: int, found: sheets.Sheet) -> str:
    assert found.offer is not None
    currency = found.offer.currency
    return _("The total is now %(now)s, it was %(then)s. Nothing was charged.") % {
        "now": formats.write_money(found.offer.total_amount, currency),
        "then": formats.write_money(shown_amount, currency),
    }


def _page(
    request: HttpRequest,
    found: sheets.Sheet,
    *,
    is_fragment: bool = False,
    status: int = 200,
) -> HttpResponse:
    template = "orders/_sheet.html" if is_fragment else "orders/buy.html"
    context = {
        "sheet": found,
        "is_fragment": is_fragment,
        "back_url": found.close_url,
        "bar_title": found.product.title,
    }
    return render(request, template, context, status=status)
