"""A seller's part on its way: shipped in parcels, then delivered."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from marketplace.kit import jobs, states
from marketplace.kit.errors import MarketplaceError
from orders.models import (
    OrderLine,
    OrderStatus,
    RefundLine,
    RefundReason,
    SellerOrder,
    Shipment,
    ShipmentLine,
)
from orders.services import invitations

BATCH = 500
# Shipped, and something came of it before it was known to have arrived.
WENT_ON = (OrderStatus.WITHDRAWN, OrderStatus.RETURN_OPEN, OrderStatus.REFUNDED)


class NotToShip(MarketplaceError):
    """There is nothing to ship here now."""

    status_code = 409

    def __init__(self) -> None:
        super().__init__(
            _("This order is not waiting to be shipped. Nothing was changed.")
        )


class NothingToShip(MarketplaceError):
    """A parcel holds at least one unit."""

    def __init__(self) -> None:
        super().__init__(_("Choose at least one unit to ship."))


class ShipsTooMany(MarketplaceError):
    """More units than are still to ship, or of a line that is not in this order."""

    status_code = 409

    def __init__(self) -> None:
        super().__init__(
            _(
                "That is more than is still to ship. Nothing was shipped; look at the "
                "quantities."
            )
        )


def units_to_ship(*, seller_order: SellerOrder) -> dict[int, int]:
    """Give the units still to ship by line id, lines without any left out; 3 queries.

    Cancelled units are not shipped any more, until their refund is withdrawn.
    """
    lines = OrderLine.objects.filter(seller_order=seller_order).order_by("position")
    shipped = (
        ShipmentLine.objects.filter(line__seller_order=seller_order)
        .values("line_id")
        .annotate(units=Sum("quantity"))
        .order_by("line_id")
    )
    cancelled = (
        RefundLine.objects.filter(
            line__seller_order=seller_order,
            refund__reason=RefundReason.CANCELLED,
            refund__withdrawn_at=None,
        )
        .values("line_id")
        .annotate(units=Sum("quantity"))
        .order_by("line_id")
    )
    gone: Counter[int] = Counter()
    for row in (*shipped, *cancelled):
        gone[row["line_id"]] += row["units"]
    rest = {line.pk: line.quantity - gone[line.pk] for line in lines}
    return {line_id: units for line_id, units in rest.items() if units}


def ship(
    *,
    seller_order: SellerOrder,
    carrier: str,
    tracking_number: str,
    at: datetime,
    quantities: Mapping[int, int] | None = None,
) -> Shipment:
    """Record a parcel and tell the buyer. `quantities` is units by line id; without it
    all that is left goes. With the last unit the seller order is fulfilled and shipped.

    :raises NotToShip: it is unpaid, cancelled, or shipped already.
    :raises NothingToShip: no unit was chosen.
    :raises ShipsTooMany: more than is left, or a line that is not in it.
    """
    with transaction.atomic():
        part = SellerOrder.objects.select_for_update().get(pk=seller_order.pk)
        if part.status != OrderStatus.TO_SHIP:
            raise NotToShip
        left = units_to_ship(seller_order=part)
        parcel = _parcel(left, quantities)
        shipment = Shipment.objects.create(
            seller_order=part,
            carrier=carrier.strip(),
            tracking_number="".join(tracking_number.split()).upper(),
            shipped_at=at,
        )
        ShipmentLine.objects.bulk_create(
            ShipmentLine(shipment=shipment, line_id=line_id, quantity=units)
            for line_id, units in parcel.items()
        )
        if parcel == left:
            part.move_to(OrderStatus.SHIPPED, at=at, fulfilled_at=at)
        jobs.enqueue("orders.tasks.send_shipped", shipment_id=shipment.pk)
    return shipment


def mark_delivered(*, seller_order: SellerOrder, at: datetime) -> SellerOrder:
    """Note that the carrier or the buyer says it has arrived.

    A part that is on its way back or refunded keeps its state: when it arrived is noted
    all the same, for what its parties earn by it waits for that.

    :raises NotAllowed: it is not shipped whole, or delivered already.
    :raises Raced: somebody else said so at the same time.
    """
    with transaction.atomic():
        _note_arrival(seller_order, arrived_at=at, at=at)
    return seller_order


def assume_delivered(*, at: datetime) -> int:
    """Take what was shipped ASSUMED_DELIVERY_DAYS ago as delivered at that moment, when
    nobody has said otherwise. Returns how many; safe to run twice at once.
    """
    days = timedelta(days=settings.ASSUMED_DELIVERY_DAYS)
    shipped = SellerOrder.objects.filter(
        status__in=[OrderStatus.SHIPPED, *WENT_ON],
        delivered_at=None,
        fulfilled_at__lte=at - days,
    ).order_by("pk")
    moved = 0
    for part in shipped[:BATCH]:
        assert part.fulfilled_at is not None
        try:
            with transaction.atomic():
                _note_arrival(part, arrived_at=part.fulfilled_at + days, at=at)
        except states.Raced:
            continue
        moved += 1
    return moved


def _note_arrival(part: SellerOrder, *, arrived_at: datetime, at: datetime) -> None:
    invitations.promise(order_id=part.order_id, arrived_at=arrived_at)
    if part.status not in WENT_ON:
        part.move_to(OrderStatus.DELIVERED, at=at, delivered_at=arrived_at)
        jobs.enqueue("orders.tasks.send_delivered", seller_order_id=part.pk)
        return
    if part.delivered_at is not None:
        raise states.NotAllowed
    unknown = SellerOrder.objects.filter(
        pk=part.pk, status=part.status, delivered_at=None
    )
    if unknown.update(delivered_at=arrived_at) != 1:
        raise states.Raced
    part.delivered_at = arrived_at


def _parcel(
    left: Mapping[int, int], quantities: Mapping[int, int] | None
) -> dict[int, int]:
    if quantities is None:
        return dict(left)
    parcel = {line_id: units for line_id, units in quantities.items() if units}
    if not parcel:
        raise NothingToShip
    for line_id, units in parcel.items():
        if not 0 < units <= left.get(line_id, 0):
            raise ShipsTooMany
    return parcel
