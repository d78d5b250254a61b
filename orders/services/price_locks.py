"""Which lines of a cart a buy link still holds, and what its fixed price takes off.

A link sells what it says as a whole: while every item of it is in the cart, in just
that number, the price it fixed holds. Else the lines stay, at the price of the day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count
from django.utils.translation import gettext as _

from orders.models import (
    BuyLink,
    BuyLinkItem,
    BuyLinkState,
    BuyLinkUse,
    Cart,
    CartLine,
    OrderStatus,
)
from orders.services import pricing


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """The links a cart holds whole, and what comes off each line by its key. `lost`
    are links that hold no more, with why in words where a price went with them.
    """

    links: tuple[BuyLink, ...] = ()
    off: Mapping[int, int] = field(default_factory=dict)
    lost: tuple[tuple[BuyLink, str], ...] = ()


def held(*, cart: Cart, lines: Sequence[CartLine], at: datetime) -> Held:
    """Judge the links behind these lines, those that can be sold and sent. Three
    queries, none for a cart without links.
    """
    by_link: dict[int, list[CartLine]] = {}
    for line in lines:
        if line.buy_link_id is not None:
            by_link.setdefault(line.buy_link_id, []).append(line)
    if not by_link:
        return Held()
    links = BuyLink.objects.filter(pk__in=by_link).prefetch_related("items")
    own = _own_uses(cart, list(by_link))
    whole: list[BuyLink] = []
    lost: list[tuple[BuyLink, str]] = []
    off: dict[int, int] = {}
    for link in links.order_by("pk"):
        pairs = _pairs(link, by_link[link.pk])
        state = link.state(at=at, own_uses=own.get(link.pk, 0))
        if state == BuyLinkState.OPEN and pairs is not None:
            whole.append(link)
            off |= _off(link, pairs)
        else:
            lost.append((link, _why(link, state)))
    return Held(links=tuple(whole), off=off, lost=tuple(lost))


def let_go(*, cart: Cart, links: Sequence[BuyLink]) -> None:
    """Forget that these links put lines in a cart: the lines stay, at the day's price."""
    cart.lines.filter(buy_link__in=links).update(buy_link=None)


Pairs = list[tuple[BuyLinkItem, CartLine]]


def _pairs(link: BuyLink, lines: Sequence[CartLine]) -> Pairs | None:
    """Match each item with its line, or give None when the cart differs."""
    left = list(lines)
    pairs: Pairs = []
    for item in sorted(link.items.all(), key=lambda one: one.position):
        line = next((one for one in left if _fits(item, one)), None)
        if line is None:
            return None
        left.remove(line)
        pairs.append((item, line))
    return None if left else pairs


def _fits(item: BuyLinkItem, line: CartLine) -> bool:
    if line.quantity != item.quantity:
        return False
    if item.variant_id is not None:
        return line.variant_id == item.variant_id
    return line.variant.product_id == item.product_id


def _off(link: BuyLink, pairs: Pairs) -> dict[int, int]:
    """Give what a shop's fixed price takes off its own lines; nothing off others'."""
    has_lock = link.locked_amount is not None or any(
        item.locked_amount is not None for item, _line in pairs
    )
    own = all(line.variant.product.shop_id == link.shop_id for _item, line in pairs)
    if not has_lock or not own:
        return {}
    off = pricing.locked_off(
        gross=[line.quantity * line.variant.price_amount for _item, line in pairs],
        locked=[item.locked_amount for item, _line in pairs],
        total_amount=link.locked_amount,
    )
    return {
        line.pk: amount
        for (item, line), amount in zip(pairs, off, strict=True)
        if link.locked_amount is not None or item.locked_amount is not None
    }


def _own_uses(cart: Cart, links: Sequence[int]) -> dict[int, int]:
    """Count the uses this cart's own unpaid order holds: they are not lost to it."""
    rows = BuyLinkUse.objects.filter(
        link__in=links,
        released_at=None,
        order__cart=cart,
        order__status=OrderStatus.AWAITING_PAYMENT,
    )
    return dict(rows.values_list("link_id").annotate(Count("pk")).order_by())


def _why(link: BuyLink, state: BuyLinkState) -> str:
    """Say why a fixed price is gone; nothing where none was fixed."""
    if link.locked_amount is None and not any(
        item.locked_amount is not None for item in link.items.all()
    ):
        return ""
    if state == BuyLinkState.EXPIRED:
        return _("The price of the link has expired; these are today's prices.")
    if state == BuyLinkState.USED_UP:
        return _("The link has been used up; these are today's prices.")
    if state == BuyLinkState.STOPPED:
        return _("The seller has ended the link; these are today's prices.")
    return _("The price of the link holds for all of it, unchanged; it is off now.")
