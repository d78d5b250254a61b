"""`{% load buying %}`: the buy sheet a page is asked to open, and names of discounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.template import Context

from creators.services import attribution
from orders.models import Order
from orders.services import discounts
from orders.views import bought, places, sheets, shown
from sellers.models import NEVER_WITHDRAWN
from sellers.templatetags import withdrawal

register = template.Library()


@register.simple_tag(takes_context=True)
def asked_sheet(context: Context) -> bought.Done | sheets.Sheet | None:
    """`{% asked_sheet as sheet %}`: the sheet of `?buy=`, or None. No query without."""
    request = context.get("request")
    if request is None or "buy" not in request.GET:
        return None
    source: Any = context.get("source")
    via = ""
    if isinstance(source, attribution.Source):
        via = attribution.token(
            source_type=source.type, source_id=source.id, issued=source.issued
        )
    return bought.asked(request, via=via)


@dataclass(frozen=True, slots=True)
class WithdrawalTerms:
    """Whether anything can be withdrawn from, and what each thing's limit is."""

    is_possible: bool
    limits: tuple[tuple[str, str], ...]


@register.simple_tag
def withdrawal_terms(groups: Sequence[shown.Group]) -> WithdrawalTerms:
    """`{% withdrawal_terms groups as terms %}`: the right to withdraw from a bag."""
    products = [
        line.line.variant.product for group in groups for line in group.part.lines
    ]
    return WithdrawalTerms(
        is_possible=any(
            one.withdrawal_exception not in NEVER_WITHDRAWN for one in products
        ),
        limits=tuple(
            (one.title, withdrawal.withdrawal_limit(one.withdrawal_exception))
            for one in dict.fromkeys(products)
            if one.withdrawal_exception
        ),
    )


@register.filter
def led_by(address: str, via: str) -> str:
    """`{{ product.get_absolute_url|led_by:via }}`: the address with who led here."""
    return places.with_query(address, via=via)


@register.simple_tag
def discount_name(order: Order) -> str:
    """Name what lowered an order's price: its code, a link's price, or both. At most
    two queries.
    """
    return discounts.name_of(order=order)
