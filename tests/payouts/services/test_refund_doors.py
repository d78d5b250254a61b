"""The doors to a refund, each with its own rules."""

from datetime import timedelta

import pytest

from marketplace.kit import clock, jobs, states
from marketplace.kit.errors import NotFound
from marketplace.kit.models import AuditEvent
from orders.models import OrderEvent, OrderStatus, Refund, RefundDoor, Return
from orders.services import fulfilment, returns
from payouts.services import refund_doors, refunds
from payouts.services.refunds import Amount, Units
from tests.factories import market

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.fixture
def order():
    """Two sellers: three shirts of 19.95 and a mug of 24.50, delivery 4.95 each."""
    market.take_in_topups()
    shirt = market.variant(market.shop(), price_amount=1995)
    mug = market.variant(market.shop(), price_amount=2450)
    return market.buy(market.cart((shirt, 3), (mug, 1)))


@pytest.fixture
def shirts(order):
    return order.seller_orders.order_by("pk").first()


def cancel(part, *, key="wish-1"):
    return refund_doors.cancel_by_buyer(
        seller_order=part, actor="", request_key=key, at=clock.now()
    )


def withdraw(part, quantities=None, *, key="wish-1"):
    return refund_doors.withdraw(
        seller_order=part,
        quantities=quantities,
        actor="",
        request_key=key,
        at=clock.now(),
    )


def by_staff(order, wanted, **more):
    asked = {
        "order": order,
        "wanted": wanted,
        "reason": "adjustment",
        "note": "broken on arrival",
        "actor": "staff-1",
        "request_key": "wish-1",
        "at": clock.now(),
        "is_unlimited": False,
    }
    return refund_doors.refund_by_staff(**(asked | more))


def status(row) -> str:
    row.refresh_from_db()
    return row.status


def test_a_buyer_cancels_a_whole_part_with_its_delivery(order, shirts):
    made = cancel(shirts)

    assert (made.amount, made.door, made.reason) == (
        3 * 1995 + 495,
        RefundDoor.BUYER,
        "cancelled",
    )
    assert (status(shirts), status(order)) == (OrderStatus.CANCELLED, OrderStatus.PAID)
    event = OrderEvent.objects.filter(subject=shirts.public_id).latest("pk")
    assert (event.before, event.after) == ("to_ship", "cancelled")
    with pytest.raises(refund_doors.TooLateToCancel):
        cancel(shirts, key="wish-2")


def test_cancelling_every_part_refunds_the_order(order):
    for number, part in enumerate(order.seller_orders.order_by("pk")):
        cancel(part, key=f"k{number}")
    jobs.drain()
    assert status(order) == OrderStatus.REFUNDED


def test_after_half_an_hour_or_the_first_parcel_it_is_too_late_to_cancel(order, shirts):
    line = shirts.lines.get()
    fulfilment.ship(
        seller_order=shirts,
        carrier="",
        tracking_number="",
        at=clock.now(),
        quantities={line.pk: 1},
    )
    with pytest.raises(refund_doors.TooLateToCancel):
        cancel(shirts)
    other = order.seller_orders.order_by("pk").last()
    market.advance(timedelta(minutes=31))
    with pytest.raises(refund_doors.TooLateToCancel):
        cancel(other)
    assert Refund.objects.count() == 0


def test_withdrawing_before_shipping_cancels_and_refunds_at_once(shirts):
    market.advance(timedelta(hours=3))
    line = shirts.lines.get()

    done = withdraw(shirts, {line.pk: 2})

    assert done.parcel is None
    assert (done.refund.amount, done.refund.reason) == (3990, "cancelled")
    assert fulfilment.units_to_ship(seller_order=shirts) == {line.pk: 1}


def test_withdrawing_after_delivery_is_refunded_with_delivery_when_it_is_back(
    order, shirts
):
    market.ship(order)
    market.advance(13 * market.DAY)

    done = withdraw(shirts)

    assert done.refund is None
    assert status(shirts) == OrderStatus.WITHDRAWN
    assert Refund.objects.count() == 0
    made = refund_doors.receive_return(
        parcel=done.parcel, door="seller", actor="u1", at=clock.now()
    )
    assert (made.amount, made.reason) == (3 * 1995 + 495, "withdrawn")
    assert status(shirts) == OrderStatus.REFUNDED
    assert status(done.parcel) == "refunded"
    assert shirts.lines.get().variant.on_hand == 50
    with pytest.raises(refunds.AlreadyRequested):
        refund_doors.receive_return(
            parcel=done.parcel, door="seller", actor="u1", at=clock.now()
        )


def test_withdrawing_from_some_units_keeps_delivery_and_the_part_goes_on(order, shirts):
    market.ship(order)
    line = shirts.lines.get()
    done = withdraw(shirts, {line.pk: 1})
    made = refund_doors.receive_return(
        parcel=done.parcel, door="seller", actor="u1", at=clock.now()
    )
    assert made.amount == 1995
    assert status(shirts) == OrderStatus.DELIVERED


def test_two_weeks_after_delivery_the_right_to_withdraw_is_over(order, shirts):
    market.ship(order)
    market.advance(14 * market.DAY + timedelta(minutes=1))

    with pytest.raises(returns.TooLateToReturn):
        withdraw(shirts)

    assert Return.objects.count() == 0
    assert status(shirts) == OrderStatus.DELIVERED


def test_a_return_has_a_reason_and_may_be_declined(order, shirts):
    market.ship(order)
    with pytest.raises(refund_doors.ReasonMissing):
        refund_doors.request_return(
            seller_order=shirts, quantities=None, note=" ", at=clock.now()
        )
    parcel = refund_doors.request_return(
        seller_order=shirts, quantities=None, note="too small", at=clock.now()
    )
    assert status(shirts) == OrderStatus.RETURN_OPEN
    with pytest.raises(returns.ReturnOpen):
        withdraw(shirts)

    refund_doors.decline_return(parcel=parcel, actor="u1", note="worn", at=clock.now())

    assert (status(parcel), status(shirts)) == ("declined", OrderStatus.DELIVERED)
    assert AuditEvent.objects.get().reason == "worn"
    with pytest.raises(states.NotAllowed):
        refund_doors.receive_return(
            parcel=parcel, door="seller", actor="u1", at=clock.now()
        )
    assert Refund.objects.count() == 0


def test_a_withdrawal_is_not_declined(order, shirts):
    market.ship(order)
    parcel = withdraw(shirts).parcel
    with pytest.raises(returns.NotDeclined):
        refund_doors.decline_return(
            parcel=parcel, actor="u1", note="worn", at=clock.now()
        )
    assert status(shirts) == OrderStatus.WITHDRAWN


def test_damaged_goods_do_not_go_back_into_the_stock(order, shirts):
    market.ship(order)
    parcel = withdraw(shirts).parcel
    refund_doors.receive_return(
        parcel=parcel, door="seller", actor="u1", at=clock.now(), is_restocked=False
    )
    assert shirts.lines.get().variant.on_hand == 47


def test_a_seller_refunds_his_own_part_only(order, shirts):
    other = order.seller_orders.order_by("pk").last()
    asked = {
        "shop": shirts.shop,
        "reason": "adjustment",
        "note": "late",
        "actor": "u1",
        "request_key": "wish-1",
        "at": clock.now(),
    }
    mine = Amount(amount=500, currency="EUR", seller_order_id=shirts.pk)
    for part, wanted in [
        (other, Amount(amount=500, currency="EUR", seller_order_id=other.pk)),
        (shirts, Amount(amount=500, currency="EUR")),
        (shirts, Amount(amount=500, currency="EUR", seller_order_id=other.pk)),
        (shirts, Amount(amount=500, currency="EUR", line_id=other.lines.get().pk)),
        (shirts, Units(lines={other.lines.get().pk: 1})),
        (shirts, Units(lines={}, deliveries=frozenset({other.pk}))),
    ]:
        with pytest.raises(NotFound):
            refund_doors.refund_by_seller(seller_order=part, wanted=wanted, **asked)
    assert Refund.objects.count() == 0

    made = refund_doors.refund_by_seller(seller_order=shirts, wanted=mine, **asked)

    assert {line.seller_order_id for line in made.lines.all()} == {shirts.pk}
    assert made.door == RefundDoor.SELLER


def test_staff_give_a_reason_and_a_limit_needs_somebody_else(order, settings):
    settings.STAFF_REFUND_LIMIT_AMOUNTS = {"EUR": 1000}
    with pytest.raises(refund_doors.ReasonMissing):
        by_staff(order, Amount(amount=100, currency="EUR"), note=" ")
    with pytest.raises(refund_doors.AboveLimit) as refused:
        by_staff(order, Amount(amount=1001, currency="EUR"))
    assert (refused.value.limit_amount, refused.value.status_code) == (1000, 403)
    assert Refund.objects.count() == 0

    by_staff(order, Amount(amount=1000, currency="EUR"))
    made = by_staff(
        order,
        Amount(amount=1001, currency="EUR"),
        request_key="wish-2",
        is_unlimited=True,
    )

    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.reference, event.reason) == (
        "refund",
        made.public_id,
        "broken on arrival",
    )
