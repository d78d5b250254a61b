"""What every row asked for once has: a claim that a late worker does not outlive, waits
that grow, a pace. Transfers have more of it in `test_payout_run_races`.
"""

import contextlib
from datetime import timedelta
from unittest import mock

import pytest
from django.core.cache import cache

from marketplace import gateway
from marketplace.gateway import sandbox_control
from marketplace.kit import clock, pacing, switches
from orders.models import Refund
from payouts.models import Reversal, Transfer
from payouts.services import (
    asking,
    refund_sending,
    refunds,
    releases,
    reversal_sending,
    transfers,
)
from payouts.services.refunds import Amount
from tests.factories import market

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]

KINDS = {
    "refund": refund_sending.SENDING,
    "reversal": reversal_sending.SENDING,
    "transfer": transfers.SENDING,
}
SENDS = {
    "refund": "POST /v1/refunds",
    "reversal": "POST /v1/transfers/*",
    "transfer": "POST /v1/transfers",
}


@pytest.fixture
def shirt():
    market.take_in_topups()
    return market.variant(market.shop(), price_amount=1995)


def sold(shirt):
    """An order whose transfer is sent."""
    order = market.buy(market.cart((shirt, 3)))
    market.ship(order)
    market.release_sellers()
    return order


def give_back(order, *, wish="wish-1") -> Refund:
    """Refund 10.00, committed and not asked for: a refund, and a planned reversal."""
    return refunds.refund(
        order=order,
        wanted=Amount(amount=1000, currency="EUR"),
        door="staff",
        reason="adjustment",
        actor="staff-1",
        note="late",
        request_key=wish,
        at=clock.now(),
    )


def planned_transfer(shirt) -> Transfer:
    market.ship(market.buy(market.cart((shirt, 1))))
    releases.release_sellers(at=market.advance(8 * market.DAY))
    return Transfer.objects.get(status="planned")


@pytest.fixture(params=["refund", "reversal"])
def name(request) -> str:
    return request.param


@pytest.fixture
def kind(name):
    return KINDS[name]


@pytest.fixture
def send(name) -> str:
    return SENDS[name]


@pytest.fixture
def row(name, shirt):
    refund = give_back(sold(shirt))
    return refund if name == "refund" else Reversal.objects.get()


def executed(name: str) -> int:
    """How often the provider did it."""
    ending = {"refund": "/refunds", "reversal": "/reversals", "transfer": "/transfers"}
    return len(
        [
            line
            for line in sandbox_control.journal()
            if line["path"].endswith(ending[name]) and line["outcome"] == "executed"
        ]
    )


# --- late -----------------------------------------------------------------------------
def stopped_before_its_call(kind, *, looks: bool):
    """A worker is stopped between claim and call. Meanwhile its key grows old, so
    another looks the row up, finds nothing, and asks with a new key.
    """
    really = asking.is_late

    def wakes_up(row) -> bool:
        with mock.patch.object(asking, "is_late", really):
            kind.resolve(at=market.advance(timedelta(hours=21)))
        row.claimed_at -= 21 * 3600
        return looks and really(row)

    return mock.patch.object(asking, "is_late", wakes_up)


def test_without_looking_at_its_watch_a_late_worker_asks_under_a_key_given_up(
    row, kind, name
):
    """The harm: the money moves twice."""
    tells = (
        pytest.raises(refund_sending.NotThisRefund)
        if name == "refund"
        else contextlib.nullcontext()
    )
    with stopped_before_its_call(kind, looks=False), tells:
        kind.send(row.pk, at=clock.now())

    assert executed(name) == 2


def test_a_worker_stopped_before_its_call_does_not_ask_any_more(row, kind, name):
    with stopped_before_its_call(kind, looks=True):
        kind.send(row.pk, at=clock.now())

    row.refresh_from_db()
    assert (row.status, row.attempt, row.claim) == ("sent", 2, 2)
    assert executed(name) == 1


def wake_up_late(row, kind, answer: gateway.GatewayError) -> None:
    """A worker is stopped in its call; another takes the row over and is asking when
    the first comes back with its answer.
    """
    owner = kind.rows().get(pk=row.pk)

    def answered_late(_self, _row):
        owner.refresh_from_db()
        assert asking.claim_again(owner, at=market.advance(timedelta(minutes=3)))
        raise answer

    with mock.patch.object(type(kind), "ask", answered_late):
        kind.send(row.pk, at=clock.now())
    row.refresh_from_db()


BUSY = gateway.RateLimited("too fast")
NO = gateway.Refused("no", code="resource_missing")


def test_without_the_fence_a_late_answer_takes_the_row_from_who_is_asking(row, kind):
    """The harm: a third may take it, and wait with a pause that is not its own."""
    with mock.patch.object(type(row), "FENCE", ()):
        wake_up_late(row, kind, BUSY)

    assert row.status == row.UNASKED
    assert row.tries == 1


@pytest.mark.parametrize("answer", [BUSY, NO, gateway.OutcomeUnknown("lost")])
def test_a_worker_that_wakes_up_late_changes_nothing(row, kind, name, answer):
    wake_up_late(row, kind, answer)

    assert (row.status, row.claim, row.tries, row.not_before) == (
        "submitted",
        2,
        0,
        None,
    )
    kind.resolve(at=market.advance(timedelta(minutes=3)))
    row.refresh_from_db()
    assert (row.status, row.attempt) == ("sent", 1)
    assert executed(name) == 1


def test_a_notice_that_is_faster_than_a_busy_answer_stands(row, kind, name, deliver):
    ask = type(kind).ask

    def told_before(self, row):
        ask(self, row)
        deliver()
        raise BUSY

    with mock.patch.object(type(kind), "ask", told_before):
        kind.send(row.pk, at=clock.now())

    row.refresh_from_db()
    assert (row.status, row.tries) == ("sent", 0)
    assert executed(name) == 1


# --- too fast -------------------------------------------------------------------------
def test_each_time_the_provider_is_busy_the_row_waits_longer_and_is_sent_once(
    row, kind, name, send
):
    sandbox_control.arm_fault(match=send, do="429", times=3)
    for tries, least in enumerate(pacing.BACKOFF_SECONDS[:3], start=1):
        at = clock.now()
        kind.send_planned(at=at)
        row.refresh_from_db()
        assert (row.status, row.tries) == (row.UNASKED, tries)
        waits = row.not_before - at
        assert timedelta(seconds=least) <= waits <= timedelta(seconds=least * 1.5)
        # Before its time it is left alone, whoever asks.
        kind.send_planned(at=at)
        kind.send(row.pk, at=at)
        market.advance(timedelta(seconds=int(waits.total_seconds()) + 1))

    kind.send_planned(at=clock.now())

    row.refresh_from_db()
    assert (row.status, row.attempt, row.claim) == ("sent", 1, 4)
    assert executed(name) == 1


def test_one_in_doubt_that_is_too_fast_stays_in_doubt_and_waits(row, kind, name, send):
    sandbox_control.arm_fault(match=send, do="timeout_after_commit")
    kind.send(row.pk, at=clock.now())
    sandbox_control.arm_fault(match=send, do="429")
    at = market.advance(timedelta(minutes=3))
    kind.resolve(at=at)
    row.refresh_from_db()
    assert (row.status, row.tries) == ("unknown", 1)
    assert row.not_before > at

    kind.resolve(at=at)
    row.refresh_from_db()
    assert row.claim == 2
    kind.resolve(at=market.advance(timedelta(minutes=1)))

    row.refresh_from_db()
    assert (row.status, row.attempt) == ("sent", 1)
    assert executed(name) == 1


def test_after_one_was_too_fast_all_of_its_kind_wait_and_no_other(shirt, settings):
    settings.PROVIDER_CALLS_PER_SECOND = 25
    order = sold(shirt)
    first, second = give_back(order), give_back(order, wish="wish-2")
    reversal = Reversal.objects.order_by("pk").first()
    sandbox_control.arm_fault(match=SENDS["refund"], do="429")
    with mock.patch.object(pacing, "stand_back", _for_long(pacing.stand_back)):
        refund_sending.send(refund_id=first.pk, at=clock.now())

    left = refund_sending.send(refund_id=second.pk, at=clock.now())
    other = reversal_sending.send(reversal_id=reversal.pk, at=clock.now())

    assert (left.status, left.tries, left.claim) == ("requested", 0, 0)
    assert other.status == "sent"
    cache.delete("pace:refunds:until")
    left = refund_sending.send(refund_id=second.pk, at=clock.now())
    assert left.status == "sent"


def _for_long(stand_back):
    return lambda name, *, seconds: stand_back(name, seconds=50 + seconds)


def test_a_run_that_takes_every_turn_of_transfers_keeps_no_refund_waiting(
    shirt, settings
):
    settings.PROVIDER_CALLS_PER_SECOND = 25
    refund = give_back(sold(shirt))
    waiting = planned_transfer(shirt)

    def taken(slot: str) -> bool:
        return ":transfers:" not in slot

    with mock.patch.object(pacing, "_is_free", taken):
        transfers.send(transfer_id=waiting.pk, at=clock.now())
        refund_sending.send(refund_id=refund.pk, at=clock.now())

    waiting.refresh_from_db()
    refund.refresh_from_db()
    assert (waiting.status, waiting.claim) == ("planned", 0)
    assert refund.status == "sent"


def test_a_batch_ends_before_what_it_takes_would_look_long_taken(shirt):
    order = sold(shirt)
    first, second = give_back(order), give_back(order, wish="wish-2")
    with mock.patch.object(asking, "_is_over", side_effect=[False, True]):
        refund_sending.SENDING.send_planned(at=clock.now())

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("sent", "requested")


def test_the_longest_wait_and_call_are_over_before_another_may_look(row, kind):
    """A row is taken at most so long after the batch's `at`, asked for so long after
    that, and the call ends; only then may another find that nothing was made.
    """
    slowest = 2 * asking.ASKS_WITHIN + timedelta(
        seconds=pacing.AHEAD_SECONDS + sum(gateway.client.TIMEOUT_SECONDS)
    )
    assert slowest < asking.STALE_AFTER


# --- the switch -----------------------------------------------------------------------
def test_while_payouts_are_stopped_money_still_goes_back(row, kind, name):
    switches.turn(
        name=switches.PAYOUTS, on=True, actor="7", reason="books", at=clock.now()
    )

    kind.send_planned(at=clock.now())

    row.refresh_from_db()
    assert row.status == "sent"
    assert executed(name) == 1
