"""Workers that die, are run twice, or wake up late in the middle of a payout run: each
payee is paid once. Each harm is shown first, with what protects from it switched off.
"""

import threading
from datetime import timedelta
from unittest import mock

import pytest
from django.db import connection

from marketplace import gateway
from marketplace.kit import clock, jobs
from marketplace.kit.models import Outbox
from payouts.models import PayoutItem, PayoutRun, Transfer
from payouts.services import (
    asking,
    ledger,
    payout_runs,
    transfers,
)
from payouts.services.payout_runs import computing
from tests.factories import market
from tests.payouts.services.runs.steps import calls, due

pytestmark = pytest.mark.race
THREADS = 6
PAYEES = 5


class Killed(BaseException):
    """The worker is gone: nothing after this line of its work ever happens."""


@pytest.fixture
def earned(market_day, settings):
    """Five creators with a delivered sale of 618 cents' share each."""
    settings.PAYOUT_MINIMUM_AMOUNTS = {"EUR": 1}
    settings.PAYOUT_SCHEDULE = "daily"
    market.take_in_topups()
    shop = market.shop()
    variant = market.variant(shop, price_amount=1995)
    creators = []
    for number in range(PAYEES):
        creator = market.creator(shop)
        buyer = market.buyer(email=f"b{number}@example.com")
        market.ship(market.buy(market.cart((variant, 3, creator)), buyer))
        creators.append(creator)
    return creators


def start() -> PayoutRun:
    at, cut_off_at = due()
    return payout_runs.start(currency="EUR", cut_off_at=cut_off_at, at=at)


def payable() -> int:
    return sum(
        amount
        for code, amount in ledger.balances().items()
        if code.startswith("creator_payable")
    )


def converge() -> None:
    """What time brings: the resolver, the sweep, the end of the run."""
    at = market.advance(timedelta(minutes=11))
    transfers.resolve(at=at)
    transfers.send_planned(at=at)
    payout_runs.finish(at=at)


def assert_each_was_paid_once() -> None:
    assert calls().count("executed") == PAYEES
    assert (
        sorted(Transfer.objects.values_list("amount", "status"))
        == [(618, "sent")] * PAYEES
    )
    assert payable() == 0
    assert PayoutRun.objects.get().status == "done"


# --- killed ---------------------------------------------------------------------------
@pytest.mark.parametrize("number", [1, 3, 5])
@pytest.mark.parametrize("point", ["before the call", "after the call", "after all"])
def test_a_worker_killed_in_the_middle_of_a_run_leaves_each_paid_once(
    earned, number, point
):
    start()
    asked = []
    send, record = gateway.send_transfer, transfers.Sending.record

    def send_and_die(**call):
        asked.append(call)
        if len(asked) == number and point == "before the call":
            raise Killed
        answer = send(**call)
        if len(asked) == number and point == "after the call":
            raise Killed
        return answer

    def record_and_die(*given, **named):
        record(*given, **named)
        if len(asked) == number and point == "after all":
            raise Killed

    with (
        mock.patch.object(gateway, "send_transfer", send_and_die),
        mock.patch.object(transfers.Sending, "record", record_and_die),
        pytest.raises(Killed),
    ):
        jobs.drain()

    converge()
    assert_each_was_paid_once()


def test_a_worker_killed_while_it_takes_leaves_nothing_taken(earned):
    with (
        mock.patch.object(jobs, "enqueue_many", side_effect=Killed),
        pytest.raises(Killed),
    ):
        start()

    assert PayoutRun.objects.get().status == "computed"
    assert not PayoutItem.objects.exists()
    assert not Transfer.objects.filter(kind="creator").exists()
    assert payable() == PAYEES * 618
    payout_runs.approve(run_id=PayoutRun.objects.get().pk, actor="7", at=clock.now())
    jobs.drain()
    converge()
    assert_each_was_paid_once()


# --- at once --------------------------------------------------------------------------
@pytest.fixture
def without_the_constraint(earned):
    """Take the net of one run for each cut-off away, and put it back."""
    constraint = next(
        one for one in PayoutRun._meta.constraints if one.name == "payout_run_once"
    )
    with connection.schema_editor() as editor:
        editor.remove_constraint(PayoutRun, constraint)
    yield
    connection.close()
    PayoutRun.objects.filter(items=None).update(schedule="monthly")
    with connection.schema_editor() as editor:
        editor.add_constraint(PayoutRun, constraint)


def test_without_the_constraint_two_beats_make_two_runs(
    without_the_constraint, at_once
):
    """The harm: both look for the run and find none. The lock alone still keeps the
    second from taking anything; it is an empty run that nobody understands.
    """
    at, _cut_off = due()
    both_looked = threading.Barrier(2)
    refuse = computing.refuse_when_stopped

    def wait_for_the_other():
        refuse()
        both_looked.wait(timeout=20)

    with mock.patch.object(computing, "refuse_when_stopped", wait_for_the_other):
        at_once(2, lambda n: len(payout_runs.run_due(at=at)))

    assert PayoutRun.objects.count() == 2
    jobs.drain()
    assert calls().count("executed") == PAYEES


def test_many_beats_and_workers_at_once_make_one_run_that_pays_each_once(
    earned, at_once
):
    at, _cut_off = due()

    made = at_once(THREADS, lambda n: len(payout_runs.run_due(at=at)))
    assert made[1] <= 1
    at_once(THREADS, lambda n: jobs.relay())
    converge()

    assert_each_was_paid_once()


def test_a_task_delivered_again_while_it_runs_sends_nothing_twice(earned, at_once):
    start()
    [job] = Outbox.objects.filter(function="payouts.tasks.send_together", done_at=None)

    at_once(THREADS, lambda n: jobs.resolve(job.function)(**job.arguments))
    converge()

    assert_each_was_paid_once()


# --- late -----------------------------------------------------------------------------
def wake_up_late(transfer: Transfer) -> None:
    """A worker is stopped in its call; another takes the row over and is asking when
    the first comes back with a refusal.
    """
    owner = transfers.SENDING.rows().get(pk=transfer.pk)

    def refused_late(**call):
        later = market.advance(timedelta(minutes=3))
        owner.refresh_from_db()
        assert asking.claim_again(owner, at=later)
        raise gateway.Refused("no such destination", code="resource_missing")

    with mock.patch.object(gateway, "send_transfer", refused_late):
        transfers.send(transfer_id=transfer.pk, at=clock.now())
    with asking.fenced(owner):
        transfers.SENDING._ask(owner, at=clock.now(), is_in_doubt=True)


def test_without_the_fence_a_late_refusal_makes_sent_money_payable_again(earned):
    """The harm: the refusal closes the row while its new owner's call is under way."""
    run = start()
    transfer = run.items.first().transfer

    with mock.patch.object(Transfer, "FENCE", ()):
        wake_up_late(transfer)

    transfer.refresh_from_db()
    assert calls() == ["executed"]
    assert transfer.status == "failed"
    assert payable() == 618


def test_a_worker_that_wakes_up_late_changes_nothing(earned):
    run = start()
    transfer = run.items.first().transfer

    wake_up_late(transfer)

    transfer.refresh_from_db()
    assert (transfer.status, transfer.claim) == ("sent", 2)
    assert calls() == ["executed"]
    assert payable() == 0


def test_a_worker_stopped_between_claim_and_call_does_not_call_any_more(earned):
    run = start()
    transfer = run.items.first().transfer

    with mock.patch.object(asking, "is_late", return_value=True):
        transfers.send(transfer_id=transfer.pk, at=clock.now())

    transfer.refresh_from_db()
    assert (transfer.status, calls()) == ("submitted", [])
    jobs.drain()
    converge()
    assert_each_was_paid_once()
