"""`{% load orders %}`: what is shown in part only, and small things of order pages."""

import re
from datetime import date
from typing import Any

from babel.dates import format_date
from django import template
from django.core.files.storage import default_storage
from django.template import Context
from django.urls import reverse
from django.utils.http import urlencode

from marketplace.kit.templatetags import formats
from orders import queries
from orders.models import Address, OrderLine
from orders.services import charging
from sellers.models import Shop

register = template.Library()

HIDDEN = "•••"
# Where a parcel is followed; a carrier that is not here has its number shown only.
TRACKING = {
    "postnord": "https://tracking.postnord.com/en/tracking",
    "dhl": "https://www.dhl.com/en/express/tracking.html",
    "postnl": "https://jouw.postnl.nl/track-and-trace",
}
TRACKING_PARAMETER = {
    "postnord": "id",
    "dhl": "AWB",
    "postnl": "B",
}


@register.filter
def mask_email(address: str) -> str:
    """`maja@example.com` → `m•••@example.com`."""
    name, _at, domain = address.partition("@")
    return f"{name[:1]}{HIDDEN}@{domain}"


@register.filter
def mask_text(text: str) -> str:
    """`Kungsgatan 31` → `Kun•••`."""
    return f"{text[:3]}{HIDDEN}"


@register.filter
def thumb(renditions: Any) -> str:
    """Give the address of the smallest rendition, or nothing."""
    if not renditions:
        return ""
    smallest = min(renditions, key=lambda rendition: rendition["width"])
    return str(default_storage.url(smallest["path"]))


@register.filter
def first_photo(product: Any) -> Any:
    """Give the renditions of a product's first photo; photos are prefetched."""
    photos = sorted(product.photos.all(), key=lambda photo: photo.position)
    return photos[0].renditions if photos else []


@register.filter
def decline_reason(code: str) -> str:
    """Say why a saved card was not charged."""
    return charging.reason(code)


@register.filter
def country_name(code: str) -> str:
    """Name a country in the reader's language."""
    return str(formats.babel_locale().territories.get(code, code))


@register.simple_tag
def address_lines(address: Address, *, is_hidden: bool = False) -> list[str]:
    """Write an address as its country writes it, its street hidden when wanted."""
    street = mask_text(address.line1) if is_hidden else address.line1
    if address.country == "JP":
        polite = "様" if formats.babel_locale().language == "ja" else ""
        name = f"{address.name} {polite}".strip()
        place = f"{address.region}{address.city}"
        return [f"〒{address.postal_code}", place, street, name]
    place = f"{address.postal_code} {address.city}".strip()
    if address.region:
        place = f"{place}, {address.region}"
    return [address.name, street, place, country_name(address.country)]


@register.simple_tag
def days(first: date, last: date) -> str:
    """Write when a parcel is expected: `Thu 26–Mon 30 Nov`, or one day."""
    if first == last:
        return formats.write_weekday(first)
    begun = formats.write_weekday(first)
    locale = formats.babel_locale()
    if locale.language == "ja":
        # A line may break after the wave dash alone: dates stay whole.
        ends = (_unbreakable(begun), _unbreakable(formats.write_weekday(last)))
        return "\N{WAVE DASH}\N{ZERO WIDTH SPACE}".join(ends)
    if first.month == last.month:
        begun = format_date(first, "EEE d", locale=locale).replace(" ", formats.NBSP)
    return f"{begun}\N{EN DASH}{formats.write_weekday(last)}"


def _unbreakable(written: str) -> str:
    """Keep characters of Japanese together, between which a line may break."""
    return "\N{WORD JOINER}".join(written)


@register.filter
def in_blocks(number: str) -> str:
    """Write a tracking number in groups of four, to be read out."""
    return " ".join(re.findall(".{1,4}", number))


@register.simple_tag
def tracking_url(carrier: str, number: str) -> str:
    """Give the carrier's page of a parcel, or nothing when we do not know it."""
    key = re.sub(r"[^a-z]", "", carrier.lower())
    if not number or key not in TRACKING:
        return ""
    return f"{TRACKING[key]}?{urlencode({TRACKING_PARAMETER[key]: number})}"


@register.simple_tag
def lines_amount(part: Any, currency: str) -> str:
    """Write what the lines of a part come to; its lines are prefetched."""
    total = sum(line.gross_amount for line in part.lines.all())
    return formats.write_money(total, currency)


@register.simple_tag
def seller_work(shop: Shop) -> dict[str, int]:
    """Count a shop's orders by where they stand (`to_ship`, `returns`); one query."""
    return queries.seller_tab_counts(shop=shop)


@register.simple_tag(takes_context=True)
def review_url(context: Context, line: OrderLine) -> str:
    """Give the address of a line's review, by the same door as the page it is on."""
    match = context["request"].resolver_match
    token = match.kwargs.get("token")
    if token:
        return reverse("orders:review", args=[token, line.public_id])
    return reverse("orders:my-review", args=[match.kwargs["order"], line.public_id])
