"""Never both refunded and disputed for the same money, whichever comes first."""

import pytest

from marketplace import gateway
from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from orders.models import Refund, RefundDoor, RefundReason
from payouts.models import ReversedShare
from payouts.services import disputes as service
from payouts.services import refund_failures, refund_sending, refunds
from payouts.services.refunds import Amount, Units
from tests.factories import disputes, market

pytestmark = pytest.mark.django_db

TOTAL = 20_495


@pytest.fixture
def sold(books):
    """Two units of 100.00 and 4.95 delivery, paid and not shipped."""
    market.take_in_topups()
    shop = market.shop()
    creator = market.creator(shop)
    variant = market.variant(shop, price_amount=10_000)
    return market.buy(market.cart((variant, 2, creator)))


def refund(order, wanted, key="key-1") -> Refund:
    return refunds.refund(
        order=order,
        wanted=wanted,
        door=RefundDoor.STAFF,
        reason=RefundReason.ADJUSTMENT
        if isinstance(wanted, Amount)
        else RefundReason.CANCELLED,
        actor="7",
        note="asked",
        request_key=key,
        at=clock.now(),
    )


def whole(order) -> Units:
    line = order.seller_orders.get().lines.get()
    return Units(lines={line.pk: 2}, deliveries=None)


def at_the_bank(order) -> int:
    """What really left the platform for this buyer: refunds and disputes at Stripe."""
    intent = order.payments.get().payment_intent_id
    sent = sum(
        facts.amount
        for facts in gateway.refunds_of(payment_intent_id=intent)
        if facts.status == "sent"
    )
    taken = -sum(
        line.amount
        for facts in gateway.list_disputes(since=clock.now() - market.DAY * 40)
        for line in facts.balance_lines
    )
    return sent + taken


def test_a_dispute_between_preview_and_refund_refuses_the_refund(sold):
    refunds.preview(
        order=sold,
        wanted=whole(sold),
        reason=RefundReason.CANCELLED,
        at=clock.now(),
    )
    disputes.opened(sold)

    with pytest.raises(refunds.OrderDisputed):
        refund(sold, whole(sold))

    assert not Refund.objects.exists()
    assert not ReversedShare.objects.exists()


def test_a_refund_that_was_not_sent_when_the_dispute_opened_goes_out_once(sold):
    """The bank refuses nothing to the buyer: what it keeps is what he was owed."""
    made = refund(sold, whole(sold))
    dispute_id = disputes.open_(sold)
    jobs.drain()
    made.refresh_from_db()
    assert made.status == "failed"
    assert disputes.balances()["buyer_refund_due"] == TOTAL

    sandbox_control.close_dispute(dispute_id, "lost")
    dispute = disputes.fetched(dispute_id)

    left = disputes.balances()
    assert "buyer_refund_due" not in left
    assert "dispute_loss" not in left
    assert "dispute_clearing" not in left
    assert dispute.closed_at is not None
    assert at_the_bank(sold) == TOTAL
    with pytest.raises(refunds.NothingToRefund):
        refund_failures.retry(refund=made, actor="7", at=clock.now())
    assert Refund.objects.count() == 1


def test_such_a_refund_stays_owed_when_the_dispute_was_won(sold):
    """Stripe refunds no charge that was ever disputed: nobody is paid twice, and what
    the buyer is owed stays on the books for staff.
    """
    made = refund(sold, whole(sold))
    dispute_id = disputes.open_(sold)
    jobs.drain()
    made.refresh_from_db()
    disputes.fetched(dispute_id)
    with pytest.raises(refunds.OrderDisputed):
        refund_failures.retry(refund=made, actor="7", at=clock.now())
    sandbox_control.close_dispute(dispute_id, "won")
    disputes.fetched(dispute_id)

    again = refund_failures.retry(refund=made, actor="7", at=clock.now())
    jobs.drain()

    again.refresh_from_db()
    assert (again.status, again.failure_reason) == ("failed", "charge_disputed")
    assert at_the_bank(sold) == 0
    assert disputes.balances()["buyer_refund_due"] == TOTAL


def test_a_bank_may_take_from_the_parties_what_the_platform_gave_before(sold):
    """What the platform gave out of its own is its own loss: the parties kept their
    parts then, and lose them to the bank now, once.
    """
    refunds.refund(
        order=sold,
        wanted=Amount(amount=5_000, currency="EUR"),
        door=RefundDoor.STAFF,
        reason=RefundReason.ADJUSTMENT,
        actor="7",
        note="sorry",
        request_key="key-1",
        funded_by="platform",
        at=clock.now(),
    )
    jobs.drain()

    dispute_id = disputes.open_(sold, amount=TOTAL)
    disputes.fetched(dispute_id)
    sandbox_control.close_dispute(dispute_id, "lost")
    disputes.fetched(dispute_id)

    shares = ReversedShare.objects.exclude(dispute=None)
    assert sum(shares.values_list("amount", flat=True)) == TOTAL
    assert not any(market.broken_invariants().values())
    left = disputes.balances()
    assert left["goodwill"] == -5_000
    assert {kind for kind in left if kind.endswith("_held")} == set()


def test_a_loss_waits_for_a_refund_that_may_be_out_already(sold):
    """It was: the bank's part is what is left, and nobody pays twice."""
    made = refund(sold, Amount(amount=5_000, currency="EUR"))
    sandbox_control.arm_fault(match="POST /v1/refunds", do="timeout_after_commit")
    jobs.drain()
    made.refresh_from_db()
    assert made.status == "unknown"
    dispute_id = disputes.open_(sold)
    sandbox_control.close_dispute(dispute_id, "lost")

    dispute = service.refresh(provider_id=dispute_id, at=clock.now())
    assert (dispute.status, dispute.lost_at, dispute.closed_at) == ("lost", None, None)
    assert disputes.balances()["dispute_clearing"] == -(TOTAL - 5_000)

    refund_sending.resolve(at=market.advance(market.DAY / 24))
    service.poll(at=clock.now())

    dispute.refresh_from_db()
    assert dispute.closed_at is not None
    left = disputes.balances()
    assert "dispute_loss" not in left
    assert "dispute_clearing" not in left
    assert "clearing_refund" not in left
    assert at_the_bank(sold) == TOTAL


def test_what_was_refunded_before_is_not_taken_from_the_parties_again(sold):
    refund(sold, Amount(amount=5_000, currency="EUR"))
    jobs.drain()

    disputes.decided(disputes.opened(sold), "lost")

    left = disputes.balances()
    held = [name for name in left if "held" in name or "payable" in name]
    assert held == []
    assert "dispute_loss" not in left
    assert at_the_bank(sold) == TOTAL


def test_a_bank_that_takes_more_than_is_left_costs_the_platform_the_rest(sold):
    """Refunded in part and then disputed whole: the parties bear what is left."""
    refund(sold, Amount(amount=5_000, currency="EUR"))
    jobs.drain()

    disputes.decided(disputes.opened(sold, amount=TOTAL), "lost")

    assert disputes.balances()["dispute_loss"] == -5_000


def test_an_inquiry_may_be_settled_by_a_refund(sold):
    disputes.opened(sold, inquiry=True)

    refund(sold, whole(sold))
    jobs.drain()

    assert Refund.objects.get().status == "sent"
    assert at_the_bank(sold) == TOTAL
