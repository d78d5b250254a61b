"""A bank, a refund and several notices at the same moment: each cent goes one way."""

import threading
from unittest import mock

import pytest

from marketplace import gateway
from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from orders.models import Order, Refund, RefundDoor, RefundReason
from payouts.models import Dispute, Entry, EntryKind, Reversal, ReversedShare
from payouts.services import disputes as service
from payouts.services import refund_sending, refunds
from payouts.services.refunds import Units
from tests.factories import disputes, market

pytestmark = pytest.mark.race
THREADS = 4


@pytest.fixture
def sold(market_day):
    market.take_in_topups()
    shop = market.shop()
    return market.buy(market.cart((market.variant(shop, price_amount=10_000), 2)))


def lost(order) -> gateway.DisputeFacts:
    """What is fetched of a dispute that was lost, of which nobody knows yet."""
    dispute_id = disputes.open_(order)
    sandbox_control.close_dispute(dispute_id, "lost")
    return gateway.fetch_dispute(dispute_id=dispute_id)


def test_notices_at_once_without_the_orders_lock_end_in_an_error(sold, at_once):
    """The harm: all see a loss that nobody bears yet, and take it. The net of unique
    entries lets one of them through.
    """
    facts = lost(sold)
    service.apply(facts=replace_status(facts), at=clock.now())
    seen = threading.Barrier(2)

    def lock_nothing(payment):
        order = Order.objects.get(pk=payment.order_id)
        seen.wait(timeout=20)
        return order

    def apply(number):
        service.apply(facts=facts, at=clock.now())
        return "applied"

    with mock.patch.object(service, "_lock_order", lock_nothing):
        outcomes = at_once(2, apply)

    assert outcomes["applied"] == 1
    assert sum(outcomes.values()) == 2


def replace_status(facts: gateway.DisputeFacts) -> gateway.DisputeFacts:
    """The same dispute before it was decided."""
    known = {name: getattr(facts, name) for name in facts.__slots__}
    return gateway.DisputeFacts(**known | {"status": "under_review"})


def test_notices_at_once_take_a_loss_once(sold, at_once):
    market.ship(sold)
    market.release_sellers()
    facts, at = lost(sold), clock.now()

    def apply(number):
        service.apply(facts=facts, at=at)
        return "applied"

    assert at_once(THREADS, apply) == {"applied": THREADS}
    assert Entry.objects.filter(kind=EntryKind.DISPUTE).count() == 1
    assert Entry.objects.filter(kind=EntryKind.DISPUTE_LOST).count() == 1
    assert Reversal.objects.count() == 1


def test_a_reversal_is_sent_by_one_of_many(sold, at_once):
    market.ship(sold)
    market.release_sellers()
    service.apply(facts=lost(sold), at=clock.now())

    at_once(THREADS, lambda number: jobs.drain() and "drained")
    jobs.drain()

    assert [row.status for row in Reversal.objects.all()] == ["sent"]
    asked = [
        line
        for line in sandbox_control.journal()
        if line["path"].endswith("/reversals") and line["outcome"] == "executed"
    ]
    assert len(asked) == 1


@pytest.mark.parametrize("round_", range(3))
def test_a_refund_and_a_loss_at_once_do_not_take_the_same_money(sold, at_once, round_):
    facts, at = lost(sold), clock.now()
    line = sold.seller_orders.get().lines.get()

    def act(number):
        if number:
            service.apply(facts=facts, at=at)
            return "applied"
        refunds.refund(
            order=sold,
            wanted=Units(lines={line.pk: 2}),
            door=RefundDoor.STAFF,
            reason=RefundReason.CANCELLED,
            actor="7",
            note="",
            request_key=f"round-{round_}",
            at=at,
        )
        return "refunded"

    outcomes = at_once(2, act)
    assert outcomes["applied"] == 1
    jobs.drain()
    refund_sending.resolve(at=market.advance(market.DAY))
    service.poll(at=clock.now())

    left = disputes.balances()
    assert "dispute_clearing" not in left
    assert "dispute_loss" not in left
    assert "buyer_refund_due" not in left
    assert Dispute.objects.get().closed_at is not None
    assert not Refund.objects.filter(status="sent").exists()
    # Taken once, whoever was first.
    taken = sum(ReversedShare.objects.values_list("amount", flat=True))
    assert taken == sold.total_amount
