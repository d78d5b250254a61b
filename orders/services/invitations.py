"""Asking buyers to review: once for an order, a week after the last of it arrived."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from marketplace.kit import jobs
from orders.models import (
    Order,
    OrderLine,
    OrderStatus,
    ShipmentLine,
    lines_given_back,
)
from orders.services import reviews

AFTER = timedelta(days=7)
# What of an order nobody waits for any more, or nobody is asked about.
OVER = (OrderStatus.CANCELLED, OrderStatus.PROBLEM)


def promise(*, order_id: int, arrived_at: datetime) -> None:
    """Promise to ask the buyer of an order a week after this part of it arrived. Every
    part promises it; whichever was the last keeps the promise.
    """
    jobs.enqueue(
        "orders.tasks.send_review_invitation",
        run_at=arrived_at + AFTER,
        order_id=order_id,
    )


def lines_to_review(*, order: Order, at: datetime) -> list[OrderLine]:
    """Give what the buyer may review and has not: nothing while a part of the order is
    still coming, or arrived less than a week ago. Nobody is asked about what went back.
    """
    coming = order.seller_orders.exclude(status__in=OVER)
    if coming.filter(Q(delivered_at=None) | Q(delivered_at__gt=at - AFTER)).exists():
        return []
    sent = ShipmentLine.objects.filter(line=OuterRef("pk"))
    lines = (
        OrderLine.objects.filter(
            Exists(sent),
            ~Exists(lines_given_back().filter(pk=OuterRef("pk"))),
            seller_order__order=order,
            seller_order__status=OrderStatus.DELIVERED,
            review=None,
        )
        .select_related("seller_order__shop", "seller_order__order__address")
        .order_by("seller_order", "position", "pk")
    )
    return [line for line in lines if _may_review(line)]


def _may_review(line: OrderLine) -> bool:
    try:
        reviews.check(line=line)
    except (reviews.NotArrived, reviews.HasInterest):
        return False
    return True
