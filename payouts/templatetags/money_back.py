"""`{% load money_back %}`: what went back of an order and what may be done with it, for
the pages of orders, which know nothing of refunds.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from marketplace.kit import clock
from orders.models import (
    Order,
    RefundDoor,
    RefundLine,
    RefundReason,
    Return,
    SellerOrder,
)
from orders.queries import Part
from payouts.models import ShareRole
from payouts.services import buyer_rights, refunds
from payouts.services.buyer_rights import Back, MoneyBack, Rights
from payouts.services.refunds import Bearer
from sellers.models import Shop

register = template.Library()

# What the law gives a buyer to send back what he withdrew from.
SEND_BACK_DAYS = 14

TITLES = {
    RefundReason.CANCELLED: _l("Cancelled"),
    RefundReason.WITHDRAWN: _l("Withdrawn"),
    RefundReason.RETURNED: _l("Sent back"),
    RefundReason.ADJUSTMENT: _l("Part of the price"),
    RefundReason.UNEARNED: _l("Paid, and could not be kept"),
    RefundReason.RETRY: _l("Sent once more"),
}
DOORS = {
    RefundDoor.BUYER: _l("by the buyer"),
    RefundDoor.SELLER: _l("by the shop"),
    RefundDoor.STAFF: _l("by the marketplace"),
    RefundDoor.PLATFORM: _l("by itself"),
    RefundDoor.PROVIDER: _l("at Stripe"),
}
ROLES = {
    ShareRole.PLATFORM: _l("The marketplace's commission"),
    ShareRole.TAX: _l("Tax the marketplace collects"),
    ShareRole.SUBSIDY: _l("The marketplace's discount, back to it"),
    refunds.GOODWILL: _l("What the marketplace gave the buyer before, back to it"),
}


@register.simple_tag
def money_back(order: Order) -> Back:
    """Read what went back of an order; once, however often a page asks."""
    kept: Back | None = order.__dict__.get("money_back")
    if kept is None:
        kept = order.__dict__["money_back"] = buyer_rights.back(order=order)
    return kept


@register.simple_tag
def paid_in_the_end(order: Order) -> int:
    """Give what the buyer paid less what goes back to him, by us or by his bank, minor
    units.
    """
    back = money_back(order)
    return order.total_amount - back.amount - back.taken_amount


@register.simple_tag
def buyer_rights_of(part: SellerOrder, order: Order, parts: Sequence[Part]) -> Rights:
    """Say what the buyer of a part may do now; read once for all parts of a page."""
    kept: dict[int, Rights] | None = order.__dict__.get("buyer_rights")
    if kept is None:
        kept = order.__dict__["buyer_rights"] = buyer_rights.rights(
            parts=[one.part for one in parts], back=money_back(order), at=clock.now()
        )
    return kept[part.pk]


@register.filter
def of_part(back: Back, part: SellerOrder) -> list[tuple[MoneyBack, list[RefundLine]]]:
    """Keep what concerns one part."""
    return back.of_part(part)


@register.filter
def lines_amount(lines: list[RefundLine]) -> int:
    """Sum what lines give back, minor units."""
    return sum(line.amount for line in lines)


@register.filter
def refund_title(one: MoneyBack) -> str:
    """Name what happened: `Cancelled`, `Sent back`."""
    return str(TITLES[RefundReason(one.refund.reason)])


@register.filter
def things(lines: list[RefundLine]) -> str:
    """Name what lines are of: `2 × Cup, delivery`."""
    named = []
    for line in lines:
        if line.line is None:
            named.append(_("delivery"))
        elif line.quantity:
            named.append(f"{line.quantity} × {line.line.title}")
        else:
            named.append(line.line.title)
    return ", ".join(named)


@register.simple_tag(takes_context=True)
def buyer_url(context: Context, what: str, part: SellerOrder) -> str:
    """Give the address of a buyer's page about a part, as the order was opened: by its
    link or in the account.
    """
    match = context["request"].resolver_match
    token = match.kwargs.get("token") if match else None
    if token:
        return reverse(f"payouts:{what}", args=[token, part.public_id])
    order = match.kwargs.get("order") if match else ""
    return reverse(f"payouts:my-{what}", args=[order, part.public_id])


@register.filter
def send_back_by(parcel: Return) -> datetime:
    """Give when goods must be on their way back: 14 days after the buyer said so."""
    return parcel.requested_at + timedelta(days=SEND_BACK_DAYS)


@register.filter
def asked_by(one: MoneyBack) -> str:
    """Say who asked for a refund."""
    return str(DOORS[RefundDoor(one.refund.door)])


@register.filter
def bearer_name(one: Bearer, shop: Shop | None = None) -> str:
    """Name who bears a part of a refund, for the shop that makes it or for staff."""
    if one.account is None:
        return str(ROLES[one.role])
    if shop is not None and one.account.shop_id == shop.pk:
        return _("You")
    return one.name


@register.simple_tag
def is_owner(user: Any, shop: Shop) -> bool:
    """Say whether money of this shop is this person's to give; its staff's is not."""
    return bool(Shop.objects.owned_by(user).filter(pk=shop.pk).exists())


@register.simple_tag
def seller_parcels(part: SellerOrder) -> list[Return]:
    """Give what a part's buyer sent or sends back, the newest first."""
    return list(part.returns.prefetch_related("lines__line").order_by("-pk"))
