"""The public product page."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from marketplace.kit import clock, errors
from marketplace.kit.errors import NotFound
from marketplace.kit.templatetags import formats
from sellers import queries
from sellers.models import DeliveryProfile, Product, ProductStatus, Variant
from sellers.services import prices as price_journal

# From here down the exact number is told; above, it is nobody's business.
EXACT_STOCK = 5
LONGEST_VIA = 200
SIMILAR = 4


def product(request: HttpRequest, product: str, slug: str = "") -> HttpResponse:
    """Show a live product. An old or missing slug leads to the page's one address."""
    try:
        found = queries.live_product(product)
    except NotFound:
        return _not_for_sale(request, product)
    address = found.get_absolute_url()
    if slug != found.slug:
        query = request.META.get("QUERY_STRING", "")
        return HttpResponsePermanentRedirect(f"{address}?{query}" if query else address)
    variants = [one for one in found.variants.all() if one.is_active]
    buyable = [one for one in variants if one.available > 0]
    shown = buyable or variants
    prices = sorted({one.price_amount for one in shown})
    cheapest = min(shown, key=lambda one: one.price_amount, default=None)
    deliveries = _home_first(queries.deliveries_of(found.shop))
    via = request.GET.get("via", "")[:LONGEST_VIA]
    context = {
        "product": found,
        "shop": found.shop,
        "photos": found.photos.all(),
        "options": _options(variants, lowest=prices[0] if prices else 0),
        "only": variants[0] if len(variants) == 1 else None,
        "legend": ", ".join(found.option_names),
        "price_amount": prices[0] if prices else None,
        "was_amount": queries.struck_price(shown),
        "price_history": cheapest and _price_history(cheapest),
        "has_prices": len(prices) > 1,
        "currency": found.shop.currency,
        "is_sold_out": not buyable,
        "stock_words": stock_words(sum(one.available for one in buyable)),
        "deliveries": [_delivery(one) for one in deliveries],
        "delivery_profiles": deliveries,
        "withdrawal_days": settings.WITHDRAWAL_DAYS,
        "seller_place": formats.babel_locale().territories.get(found.shop.country, ""),
        "via": via,
        "buy_url": _sheet_url(found, via),
    }
    return render(request, "sellers/product.html", context)


def _price_history(variant: Variant) -> dict[str, Any] | None:
    """Draw the prices of the last 30 days as steps over a box of 320 × 72, and list
    them; None when the price did not change. One query.
    """
    at = clock.now()
    rows = price_journal.history(variant=variant, at=at)
    if len(rows) < 2:
        return None
    start = max(rows[0].at, at - price_journal.PERIOD)
    low = min(row.price_amount for row in rows)
    spread = max(row.price_amount for row in rows) - low or 1
    whole = (at - start).total_seconds() or 1
    points = [
        (
            max(round(320 * (row.at - start).total_seconds() / whole), 0),
            round(62 - 52 * (row.price_amount - low) / spread),
        )
        for row in rows
    ]
    steps = " ".join(f"H{x} V{y}" for x, y in points[1:])
    return {
        "path": f"M0,{points[0][1]} {steps} H320",
        "rows": [(max(row.at, start), row) for row in rows],
        "start": start,
    }


def _sheet_url(product: Product, via: str) -> str:
    """The address that opens the buy sheet on this page, where what was chosen is
    taken along; nothing for what is not for quick buy: its form leads on.
    """
    if product.needs_full_page:
        return ""
    asked = {"buy": product.public_id} | ({"via": via} if via else {})
    return f"?{urlencode(asked)}"


def _not_for_sale(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say that a product is not for sale now, or was removed for good, and show what is
    close to it. What was never public is simply not there.

    :raises NotFound: there is no such product, or it is a draft.
    """
    gone = queries.product_that_was_public(public_id)
    similar = queries.similar_to(gone, limit=SIMILAR)
    more: dict[str, object] = {"similar": [queries.card_of(one) for one in similar]}
    if gone.status == ProductStatus.BLOCKED:
        return errors.page(request, 410, "", more=more)
    words = _(
        "This product is not for sale now. If you have bought it, your order page stays"
        " as it was."
    )
    return errors.page(request, 404, words, more=more)


def stock_words(left: int) -> str:
    """Say how much is left: exactly when it is 5 or fewer, else only that there is."""
    if left < 1:
        return _("Sold out")
    if left <= EXACT_STOCK:
        return ngettext("Only %(n)d left", "Only %(n)d left", left) % {"n": left}
    return pgettext("product", "In stock")


def _options(variants: list[Variant], *, lowest: int) -> list[dict[str, Any]]:
    """Describe the variants for the radio group: sold out ones stay, named as such."""
    buyable = [one for one in variants if one.available > 0]
    return [
        {
            "value": one.public_id,
            "label": one.label,
            "note": _note(one, lowest),
            "disabled": one.available < 1,
            "checked": len(buyable) == 1 and one is buyable[0],
        }
        for one in variants
    ]


def _note(variant: Variant, lowest: int) -> str:
    notes: list[str] = []
    if variant.available < 1:
        return ""
    if variant.price_amount != lowest:
        notes.append(formats.write_money(variant.price_amount, variant.currency))
    if 0 < variant.available <= EXACT_STOCK:
        notes.append(
            ngettext("%(n)d left", "%(n)d left", variant.available)
            % {"n": variant.available}
        )
    return ", ".join(notes)


def _home_first(deliveries: list[DeliveryProfile]) -> list[DeliveryProfile]:
    return sorted(
        deliveries, key=lambda one: settings.PLATFORM_COUNTRY not in one.countries
    )


def _delivery(profile: DeliveryProfile) -> dict[str, Any]:
    names = formats.babel_locale().territories
    return {
        "countries": ", ".join(
            str(names.get(code, code)) for code in profile.countries
        ),
        "amount": profile.price_amount,
        "currency": profile.currency,
        "days": days_words(profile.days_min, profile.days_max),
    }


def days_words(days_min: int, days_max: int) -> str:
    """Write how long a parcel is on its way: `2–4 days`."""
    if days_min == days_max:
        return ngettext("%(n)d day", "%(n)d days", days_max) % {"n": days_max}
    return _("%(least)d–%(most)d days") % {"least": days_min, "most": days_max}
