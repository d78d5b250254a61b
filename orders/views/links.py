"""Where a buy link leads: what it sells, and one press to the checkout; its QR code."""

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO

import qrcode
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from qrcode.image.pil import PilImage
from qrcode.image.svg import SvgPathFillImage

from creators import queries as creators_queries
from creators.services import attribution
from marketplace.kit import clock, limits
from marketplace.kit.csrf import works_without_cookies
from marketplace.kit.errors import MarketplaceError, NotFound
from marketplace.kit.leading import SeeOther
from marketplace.kit.templatetags import formats
from orders.models import BuyLink
from orders.services import buy_links
from orders.services import cart as carts
from orders.views import browser, buying, link_sheets
from sellers.models import Variant

PRESSES_PER_MINUTE = 60
QR = {"svg": "image/svg+xml", "png": "image/png"}


@works_without_cookies
@never_cache
def link(request: HttpRequest, code: str) -> HttpResponse:
    """Show what a link sells, with the sheet open; a code that once was is never lost:
    its page says why it does not sell, and what to buy instead.
    """
    at, found = clock.now(), _found(code)
    if request.method == "POST":
        return _buy(request, found, at=at)
    if request.method == "GET":
        buy_links.seen(link=found, visitor=browser.ip_of(request))
    sheet = link_sheets.compose(
        link=found,
        via=link_sheets.via_of(request, found, at=at),
        country=browser.country_of(request),
        at=at,
        own_uses=_own_uses(request, found),
    )
    return _page(request, sheet)


@cache_control(public=True, max_age=86400)
def qr(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """Draw the code of a link's address, to be printed or shown."""
    found = _found(code)
    if kind not in QR:
        raise NotFound
    drawn = BytesIO()
    factory = SvgPathFillImage if kind == "svg" else PilImage
    picture = qrcode.make(found.share_url, image_factory=factory, border=2)
    picture.save(drawn)
    response = HttpResponse(drawn.getvalue(), content_type=QR[kind])
    response["Content-Disposition"] = f'inline; filename="{found.code}.{kind}"'
    return response


def _found(code: str) -> BuyLink:
    found = BuyLink.objects.with_items().filter(code=code).first()
    if found is None:
        raise NotFound
    return found


def _own_uses(request: HttpRequest, found: BuyLink) -> int:
    """Count the uses this browser's own unpaid order holds."""
    cart = browser.cart_of(request)
    if cart is None or found.max_uses is None:
        return 0
    return buy_links.uses_held(link=found, cart=cart)


def _buy(request: HttpRequest, found: BuyLink, *, at: datetime) -> HttpResponse:
    """Put it all in the bag and go on; else the page again, with why not."""
    country = browser.typed(request, "country")
    country = country if country in browser.countries() else ""
    chosen = _chosen(request, found)
    via = browser.typed(request, "via")[:200]
    try:
        limits.count(
            f"buy-link-press:{browser.ip_of(request)}",
            limit=PRESSES_PER_MINUTE,
            seconds=60,
        )
        own = _own_uses(request, found)
        seen = link_sheets.compose(
            link=found,
            via=via,
            country=country or browser.country_of(request),
            at=at,
            chosen=chosen,
            own_uses=own,
        )
        changed = _changed(request, seen)
        if not seen.can_buy or changed:
            return _page(request, seen, notes=changed, status=409)
        token = browser.token_of(request) or carts.new_token()
        cart = carts.open_cart(token=token, user=request.user, at=at)
        buy_links.put_in_cart(
            link=found,
            cart=cart,
            chosen=chosen,
            via=attribution.read_token(token=via, at=at) if via else None,
            at=at,
        )
        carts.set_origin(cart=cart, came_from=link_sheets.look_url(found))
    except MarketplaceError as problem:
        seen = link_sheets.compose(
            link=found, via=via, country=browser.country_of(request), at=at
        )
        notes = (problem.message,)
        return _page(request, seen, notes=notes, status=problem.status_code)
    ours = len(found.items.all())
    step = buying.next_step(request, cart, country=seen.country, own_lines=ours)
    response = SeeOther(step)
    browser.remember(response, token)
    return response


def _chosen(request: HttpRequest, found: BuyLink) -> Mapping[int, Variant]:
    """Read the choices made; where there is one variant only, it is chosen."""
    chosen: dict[int, Variant] = {}
    for item in found.items.all():
        active = [one for one in item.product.variants.all() if one.is_active]
        wanted = browser.typed(request, f"choice-{item.pk}")
        if item.variant is None and len(active) == 1:
            chosen[item.pk] = active[0]
        for one in active:
            if item.variant is None and one.public_id == wanted:
                chosen[item.pk] = one
    return chosen


def _changed(request: HttpRequest, seen: link_sheets.LinkSheet) -> tuple[str, ...]:
    """Say that the sum is not the one that was shown, if it is not."""
    shown = browser.typed(request, seen.shown_as)
    if seen.offer is None or not shown.isdecimal():
        return ()
    if int(shown[:18]) == seen.offer.total_amount:
        return ()
    words = _("The total is now %(now)s, it was %(then)s. Nothing was charged.")
    currency = seen.offer.currency
    return (
        words
        % {
            "now": formats.write_money(seen.offer.total_amount, currency),
            "then": formats.write_money(int(shown[:18]), currency),
        },
    )


def _page(
    request: HttpRequest,
    sheet: link_sheets.LinkSheet,
    *,
    notes: tuple[str, ...] = (),
    status: int = 200,
) -> HttpResponse:
    context = {
        "sheet": sheet,
        "link": sheet.link,
        "notes": notes,
        "is_open": sheet.can_buy and "look" not in request.GET,
        "cards": [creators_queries.card_of(product) for product in sheet.others],
        "via": sheet.via,
        "look_url": link_sheets.look_url(sheet.link),
    }
    return render(request, "orders/buy_link.html", context, status=status)
