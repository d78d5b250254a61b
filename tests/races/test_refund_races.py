"""Two who refund the same order at the same moment: no more goes back than came."""

import threading
from unittest import mock

import pytest

from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from orders.models import Refund
from payouts.models import Entry
from payouts.services import ledger, refund_adoption, refund_sending, refunds
from payouts.services.refunds import Amount
from tests.factories import market

pytestmark = pytest.mark.race
THREADS = 4


@pytest.fixture
def order(market_day):
    """Three shirts and delivery: 64.80, paid and known."""
    market.take_in_topups()
    shirt = market.variant(market.shop(), price_amount=1995)
    return market.buy(market.cart((shirt, 3)))


def refund(order, amount, *, key):
    return refunds.refund(
        order=order,
        wanted=Amount(amount=amount, currency="EUR"),
        door="staff",
        reason="adjustment",
        actor="staff-1",
        note="late",
        request_key=key,
        at=clock.now(),
    )


def sent_back() -> int:
    """What the provider says it gave back."""
    return sum(
        int(line["request"]["amount"])
        for line in sandbox_control.journal()
        if line["path"] == "/v1/refunds" and line["outcome"] == "executed"
    )


REALLY_DECIDE = refunds._decide


@pytest.mark.usefixtures("transactional_db", "stripe")
def test_without_the_orders_lock_more_is_promised_than_came(at_once):
    """The harm: both read what remains before either has taken it. Its books are not
    looked at afterwards: they are broken.
    """
    market.set_taxes()
    shirt = market.variant(market.shop(), price_amount=1995)
    order = market.buy(market.cart((shirt, 3)))
    read = threading.Barrier(2)

    def decide(*asked):
        decided = REALLY_DECIDE(*asked)
        read.wait(timeout=20)
        return decided

    with (
        mock.patch.object(refunds, "lock_order", lambda order: order),
        mock.patch.object(refunds.refunding, "lock_parts", return_value=[]),
        mock.patch.object(refunds, "_decide", decide),
    ):
        at_once(2, lambda number: refund(order, 6480 - number, key=f"k{number}").status)

    assert sum(Refund.objects.values_list("amount", flat=True)) == 6480 + 6479


def test_a_part_and_the_whole_at_once_never_exceed_what_came(order, at_once):
    amounts = (6480, 1000, 6480, 1000)

    outcomes = at_once(
        THREADS, lambda number: refund(order, amounts[number], key=f"k{number}").status
    )
    jobs.drain()

    refunded = sum(Refund.objects.values_list("amount", flat=True))
    assert refunded in (6480, 2000)
    assert (
        outcomes["requested"] + outcomes["RefundExceeds"] + outcomes["NothingToRefund"]
        == THREADS
    )
    assert sent_back() == refunded
    assert ledger.trial_balance()["EUR"] == 0


def test_the_same_wish_at_once_is_one_refund_and_the_others_hear_so(order, at_once):
    outcomes = at_once(THREADS, lambda number: refund(order, 500, key="wish").status)
    jobs.drain()

    assert outcomes == {"requested": 1, "AlreadyRequested": THREADS - 1}
    assert sent_back() == 500
    assert Entry.objects.filter(kind="refund").count() == 1


def test_senders_at_once_ask_the_provider_once(order, at_once):
    made = refund(order, 500, key="wish")

    at_once(
        THREADS,
        lambda number: refund_sending.send(refund_id=made.pk, at=clock.now()).pk,
    )
    refund_sending.resolve(at=clock.now())

    made.refresh_from_db()
    assert made.status == "sent"
    assert sent_back() == 500


def test_notices_of_one_made_by_hand_at_once_adopt_it_once(order, at_once):
    intent = order.payments.get().payment_intent_id
    sandbox_control.refund_from_dashboard(intent, 700)

    def take_in(number):
        refund_adoption.take_in_all(payment_intent_id=intent, at=clock.now())
        return "taken in"

    assert at_once(THREADS, take_in) == {"taken in": THREADS}
    assert Refund.objects.get().amount == 700
    assert Entry.objects.filter(kind__startswith="refund").count() == 2
