"""Parcels, and when a seller's part is fulfilled and delivered."""

from datetime import timedelta

import pytest

from marketplace.kit import states
from marketplace.kit.models import Outbox
from orders.models import OrderEvent, OrderStatus, Shipment, ShipmentLine
from orders.services import fulfilment
from tests.factories import orders, sellers

pytestmark = pytest.mark.django_db
AT = orders.AT


def part_of(*lines, **fields):
    return orders.order(*lines, **fields).seller_orders.get()


def ship(part, **fields):
    return fulfilment.ship(
        **{
            "seller_order": part,
            "carrier": "PostNord",
            "tracking_number": "SE123",
            "at": AT,
            **fields,
        }
    )


def test_shipping_all_that_is_left_fulfils_the_part():
    part = part_of((sellers.variant(), 3))
    shipment = ship(part, tracking_number=" se 123 456 ")
    part.refresh_from_db()
    assert part.status == OrderStatus.SHIPPED
    assert part.fulfilled_at == AT
    assert part.delivered_at is None
    assert (shipment.carrier, shipment.tracking_number) == ("PostNord", "SE123456")
    assert [line.quantity for line in shipment.lines.all()] == [3]


def test_the_buyer_is_told_of_each_parcel():
    shipment = ship(part_of())
    job = Outbox.objects.get()
    assert job.function == "orders.tasks.send_shipped"
    assert job.arguments == {"shipment_id": shipment.pk}


def test_a_part_is_fulfilled_with_its_last_unit_only():
    part = part_of((sellers.variant(), 3))
    line = part.lines.get()
    ship(part, quantities={line.pk: 2})
    part.refresh_from_db()
    assert (part.status, part.fulfilled_at) == (OrderStatus.TO_SHIP, None)
    assert fulfilment.units_to_ship(seller_order=part) == {line.pk: 1}
    ship(part, quantities={line.pk: 1}, at=AT + timedelta(days=1))
    part.refresh_from_db()
    assert part.status == OrderStatus.SHIPPED
    assert part.fulfilled_at == AT + timedelta(days=1)
    assert fulfilment.units_to_ship(seller_order=part) == {}


def test_the_move_to_shipped_is_written_down_once():
    part = part_of()
    ship(part)
    event = OrderEvent.objects.get(subject=part.public_id)
    assert (event.before, event.after, event.at) == ("to_ship", "shipped", AT)


def test_more_units_than_are_left_are_refused():
    part = part_of((sellers.variant(), 2))
    line = part.lines.get()
    ship(part, quantities={line.pk: 1})
    with pytest.raises(fulfilment.ShipsTooMany):
        ship(part, quantities={line.pk: 2})
    part.refresh_from_db()
    assert part.status == OrderStatus.TO_SHIP
    assert ShipmentLine.objects.count() == 1


def test_a_line_of_another_sellers_part_is_refused():
    cup = sellers.variant()
    foreign = part_of((cup, 1)).lines.get()
    part = part_of((cup, 1))
    with pytest.raises(fulfilment.ShipsTooMany):
        ship(part, quantities={foreign.pk: 1})
    assert not Shipment.objects.exists()


@pytest.mark.parametrize("quantities", [{}, {0: 0}])
def test_a_parcel_without_units_is_refused(quantities):
    with pytest.raises(fulfilment.NothingToShip):
        ship(part_of(), quantities=quantities)
    assert not Shipment.objects.exists()


def test_a_negative_quantity_is_refused():
    part = part_of((sellers.variant(), 2))
    with pytest.raises(fulfilment.ShipsTooMany):
        ship(part, quantities={part.lines.get().pk: -1})
    assert not Shipment.objects.exists()


def test_what_is_shipped_is_not_shipped_again():
    part = part_of()
    ship(part)
    with pytest.raises(fulfilment.NotToShip):
        ship(part)
    assert Shipment.objects.count() == 1


def test_an_unpaid_order_is_not_shipped():
    part = part_of(is_paid=False)
    with pytest.raises(fulfilment.NotToShip):
        ship(part)
    part.refresh_from_db()
    assert part.status == OrderStatus.AWAITING_PAYMENT


def test_a_part_is_delivered_when_someone_says_so():
    part = part_of()
    ship(part)
    part.refresh_from_db()
    fulfilment.mark_delivered(seller_order=part, at=AT + timedelta(days=1))
    part.refresh_from_db()
    assert part.status == OrderStatus.DELIVERED
    assert part.delivered_at == AT + timedelta(days=1)


def test_what_is_not_shipped_is_not_delivered():
    part = part_of()
    with pytest.raises(states.NotAllowed):
        fulfilment.mark_delivered(seller_order=part, at=AT)
    part.refresh_from_db()
    assert (part.status, part.delivered_at) == (OrderStatus.TO_SHIP, None)


def test_delivery_is_assumed_three_days_after_shipping():
    part = part_of()
    ship(part)
    assert fulfilment.assume_delivered(at=AT + timedelta(days=3, seconds=-1)) == 0
    assert fulfilment.assume_delivered(at=AT + timedelta(days=5)) == 1
    assert fulfilment.assume_delivered(at=AT + timedelta(days=5)) == 0
    part.refresh_from_db()
    assert part.status == OrderStatus.DELIVERED
    assert part.delivered_at == AT + timedelta(days=3)


@pytest.mark.parametrize(
    "status", [OrderStatus.REFUNDED, OrderStatus.WITHDRAWN, OrderStatus.RETURN_OPEN]
)
@pytest.mark.parametrize("is_told", [True, False])
def test_what_came_of_a_part_does_not_hide_that_it_arrived(status, is_told):
    """What its parties earn waits for the arrival: it would be held for ever."""
    part = part_of()
    ship(part)
    part.refresh_from_db()
    part.move_to(status, at=AT + timedelta(days=1))

    if is_told:
        fulfilment.mark_delivered(seller_order=part, at=AT + timedelta(days=3))
    else:
        assert fulfilment.assume_delivered(at=AT + timedelta(days=5)) == 1
        assert fulfilment.assume_delivered(at=AT + timedelta(days=5)) == 0

    part.refresh_from_db()
    assert part.status == status
    assert part.delivered_at == AT + timedelta(days=3)
    with pytest.raises(states.NotAllowed):
        fulfilment.mark_delivered(seller_order=part, at=AT + timedelta(days=9))
    part.refresh_from_db()
    assert (part.status, part.delivered_at) == (status, AT + timedelta(days=3))
