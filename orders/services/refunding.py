"""What a refund changes of an order: units that need not be shipped, goods back in the
stock, and how far its parts and itself have come. Money is payouts' `refunds`.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Sum

from orders.models import (
    Order,
    OrderLine,
    OrderStatus,
    Refund,
    RefundLine,
    RefundReason,
    SellerOrder,
    Shipment,
)
from orders.services import fulfilment, terms
from sellers.services import stock

OVER = (OrderStatus.CANCELLED, OrderStatus.REFUNDED)
ON_THEIR_WAY_BACK = (OrderStatus.WITHDRAWN, OrderStatus.RETURN_OPEN)


def lock_parts(order: Order) -> list[SellerOrder]:
    """Lock an order's parts, so that nothing is shipped meanwhile, and give them as
    they are now. Assumes a transaction that holds the order's lock.
    """
    rows = SellerOrder.objects.filter(order=order).order_by("pk")
    return list(rows.select_for_update(no_key=True))


def apply(
    *,
    refund: Refund,
    order: Order,
    is_restocked: bool,
    is_nothing_left: bool,
    at: datetime,
) -> None:
    """Do what follows from a refund that was just written with its lines.

    Assumes a transaction that holds the locks of the order and of its parts.
    `is_restocked`: its units go back into the stock; `is_nothing_left`: the buyer has
    the whole order's money back.
    """
    lines = list(refund.lines.select_related("line").order_by("pk"))
    touched = {one.seller_order_id for one in lines}
    for part in SellerOrder.objects.filter(order=order).order_by("pk"):
        if part.pk in touched or is_nothing_left:
            _move_part(part, refund, is_nothing_left=is_nothing_left, at=at)
    _close_order(order, at=at)
    # Goods last: checkout locks a discount before its goods, too.
    if is_restocked:
        stock.take_back(units=_returned(lines), at=at)


def undo(*, refund: Refund, order: Order, at: datetime) -> None:
    """Put the states back after staff took a refund back. Assumes a transaction that
    holds the order's lock. Goods that came back into the stock stay there.
    """
    touched = refund.lines.values_list("seller_order_id", flat=True)
    for part in SellerOrder.objects.filter(pk__in=list(touched)).order_by("pk"):
        if part.status == OrderStatus.REFUNDED and _units_left(part):
            part.move_to(_before_return(part), at=at)
    statuses = set(order.seller_orders.values_list("status", flat=True))
    if order.status == OrderStatus.REFUNDED and not statuses <= set(OVER):
        order.move_to(OrderStatus.PAID, at=at)


def end_return(*, part: SellerOrder, at: datetime) -> None:
    """Let a part be what it was before its return, which came to nothing."""
    if part.status in ON_THEIR_WAY_BACK:
        part.move_to(_before_return(part), at=at)


def close_unearned(*, order: Order, at: datetime) -> None:
    """Note that the money of an order that could not be kept goes back whole. Assumes a
    transaction that holds the order's lock.
    """
    if order.status == OrderStatus.PROBLEM:
        for part in order.seller_orders.order_by("pk"):
            if part.status == OrderStatus.PROBLEM:
                part.move_to(OrderStatus.REFUNDED, at=at)
        order.move_to(OrderStatus.REFUNDED, at=at)


def has_shipped(part: SellerOrder) -> bool:
    """Say whether any parcel of a part has left."""
    return Shipment.objects.filter(seller_order=part).exists()


def units_with_buyer(*, part: SellerOrder) -> dict[int, int]:
    """Give the units that were shipped and not given back, by line id; those without
    any are left out.
    """
    to_ship = fulfilment.units_to_ship(seller_order=part)
    left = _units_left(part)
    rest = {pk: units - to_ship.get(pk, 0) for pk, units in left.items()}
    return {pk: units for pk, units in rest.items() if units > 0}


def _returned(lines: Sequence[RefundLine]) -> list[stock.Demand]:
    return [
        stock.Demand(
            variant_id=one.line.variant_id,
            quantity=one.quantity,
            reference=f"refund-line:{one.pk}",
        )
        for one in lines
        if one.line is not None and one.quantity
    ]


def _move_part(
    part: SellerOrder, refund: Refund, *, is_nothing_left: bool, at: datetime
) -> None:
    """Cancelled: nothing was shipped and nothing is left to ship. Fulfilled: the last
    unit was. Refunded: the buyer has none of its units any more, or all his money back.
    """
    if part.status == OrderStatus.TO_SHIP:
        if fulfilment.units_to_ship(seller_order=part):
            return
        if not has_shipped(part):
            part.move_to(OrderStatus.CANCELLED, at=at)
            return
        part.move_to(OrderStatus.SHIPPED, at=at, fulfilled_at=at)
    if part.status in OVER:
        return
    if is_nothing_left or not _units_left(part):
        part.move_to(OrderStatus.REFUNDED, at=at)
    elif part.status in ON_THEIR_WAY_BACK and refund.reason in (
        RefundReason.RETURNED,
        RefundReason.WITHDRAWN,
    ):
        part.move_to(_before_return(part), at=at)


def _before_return(part: SellerOrder) -> OrderStatus:
    return OrderStatus.DELIVERED if part.delivered_at else OrderStatus.SHIPPED


def _units_left(part: SellerOrder) -> dict[int, int]:
    """Give the units not given back so far by line id, lines without any left out."""
    back = dict(
        RefundLine.objects.filter(line__seller_order=part, refund__withdrawn_at=None)
        .order_by()
        .values_list("line_id")
        .annotate(Sum("quantity"))
    )
    lines = OrderLine.objects.filter(seller_order=part)
    rest = {line.pk: line.quantity - back.get(line.pk, 0) for line in lines}
    return {pk: units for pk, units in rest.items() if units}


def _close_order(order: Order, *, at: datetime) -> None:
    """Refunded when all its parts are over; a discount never enjoyed may be used again."""
    statuses = set(order.seller_orders.values_list("status", flat=True))
    if order.status != OrderStatus.PAID or not statuses <= set(OVER):
        return
    order.move_to(OrderStatus.REFUNDED, at=at)
    if statuses == {OrderStatus.CANCELLED}:
        terms.release(order=order, at=at)
