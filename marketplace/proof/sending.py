"""Paying the parties: workers that die, two of everything, accounts that cannot be paid,
a balance that is short."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest import mock

from django.db import connection

from marketplace import gateway
from marketplace.gateway import sandbox_control
from marketplace.kit import jobs
from marketplace.kit.models import Outbox
from marketplace.proof import people
from marketplace.proof.frame import Fault, at_once
from marketplace.simulator import clockwork, plants, staff
from marketplace.simulator.provider import Side
from marketplace.simulator.world import World
from payouts.models import EntryKind, PayoutItem, PayoutRun, Transfer, TransferStatus
from payouts.services import ledger, transfers

POINTS, SALES = 20, 3
SIDES: tuple[Side, Side] = ("before", "after")
SENDS = "POST /v1/transfers"
RUN_PAYOUTS = "payouts.tasks.run_payouts"


def is_killed_mid_batch(here: World) -> Iterator[str]:
    """F28: the worker dies at twenty calls, before and after the provider did it."""
    for _ in range(SALES):
        people.deliver(here, people.bought(here))
    here.faults_run = False
    for number in range(POINTS):
        here.provider.kill(in_calls=1, side=SIDES[number % 2], call=SENDS)
        # A few rounds of a day, then days: keys are young, and keys are old.
        here.pass_time(timedelta(days=6) if number % 4 == 0 else timedelta(minutes=20))
        clockwork.beat(here)
        here.provider.spare()
        staff.let_payouts_go_on(here)
    if not here.provider.kills:
        yield "nothing died"
    yield from people.paid_out(here)


def runs_twice_at_once(here: World) -> Iterator[str]:
    """F29: six beats start the payout run in the same moment."""
    _earn(here)

    def start(_number: int) -> str:
        clockwork.run_periodic(here, RUN_PAYOUTS)
        jobs.drain()
        return "done"

    at_once(6, start)
    runs = PayoutRun.objects.values_list("currency", "cut_off_at")
    if len(runs) != len(set(runs)):
        yield f"{len(runs)} runs of {len(set(runs))} cut-offs"
    items = PayoutItem.objects.values_list("account_id", "run__currency", "amount")
    if len(items) != len({one[:2] for one in items}):
        yield f"{len(items)} items of {len({one[:2] for one in items})} payees"
    yield from people.paid_out(here)


def loses_an_account(here: World) -> Iterator[str]:
    """F30: one payee is restricted after the run was computed."""
    for number in (0, 1):
        people.deliver(
            here,
            people.tell(
                here,
                people.pay(
                    here,
                    people.place(
                        here,
                        people.fill(
                            here,
                            (people.variants(here)[0], 2),
                            creator=here.creators[number],
                        ),
                    ),
                ),
            ),
        )
    _wait_for_the_window(here)
    clockwork.run_periodic(here, RUN_PAYOUTS)
    first = Transfer.objects.filter(kind="creator").order_by("pk").first()
    if first is None:
        yield "no run was made"
        return
    sandbox_control.restrict_account(first.destination)
    clockwork.attempt(here, jobs.drain)
    clockwork.run_periodic(here, "payouts.tasks.send_transfers")
    for transfer in Transfer.objects.filter(kind="creator").exclude(pk=first.pk):
        if transfer.status != TransferStatus.SENT:
            yield f"the other payee's transfer is {transfer.status}"
    yield from people.healed(here)
    first.refresh_from_db()
    if first.status != TransferStatus.FAILED:
        yield f"the restricted payee's transfer is {first.status}"
    sandbox_control.unrestrict_account(first.destination)
    yield from people.paid_out(here)


def is_short_of_balance(here: World) -> Iterator[str]:
    """F31: the platform's balance does not cover the run; it pays when it does."""
    people.deliver(here, people.bought(here))
    _wait_for_the_window(here)
    available = gateway.fetch_balance()[people.CURRENCY].available_amount
    sandbox_control.drain_platform(people.CURRENCY, available)
    clockwork.run_periodic(here, RUN_PAYOUTS)
    clockwork.attempt(here, jobs.drain)
    if Transfer.objects.filter(kind="creator", status=TransferStatus.SENT).exists():
        yield "a transfer went out of nothing"
    yield from people.healed(here)
    sandbox_control.top_up(people.CURRENCY, 10_000_000)
    yield from people.paid_out(here)


def is_redelivered(here: World) -> Iterator[str]:
    """F34: the broker hands a running job out a second time."""
    people.bought(here)
    job = Outbox.objects.filter(done_at=None).order_by("pk").first()
    assert job is not None
    both, runs = threading.Barrier(2), list[int]()

    def slow(**_arguments: Any) -> None:
        runs.append(1)
        _meet(both)

    with mock.patch.object(jobs, "resolve", return_value=slow):
        outcomes = at_once(2, lambda n: jobs.run(outbox_id=job.pk))
    if outcomes != {True: 1, False: 1} or len(runs) != 1:
        yield f"the job ran {len(runs)} times: {dict(outcomes)}"


def _earn(here: World) -> None:
    for _ in range(SALES):
        people.deliver(here, people.bought(here))
    _wait_for_the_window(here)


def _wait_for_the_window(here: World) -> None:
    """Pass the return window up to the next Friday, without a payout run."""
    here.faults_run = False
    here.pass_time(8 * people.DAY)
    clockwork.run_periodic(here, "payouts.tasks.book_fees")
    clockwork.run_periodic(here, "payouts.tasks.release_due")
    jobs.drain()
    here.pass_time(14 * people.DAY)


def _meet(barrier: threading.Barrier) -> None:
    try:
        barrier.wait(timeout=2)
    except threading.BrokenBarrierError:
        return


@contextmanager
def _two_read_one_balance() -> Iterator[None]:
    """No lock of the payee, no unique run: both read before either has taken."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'u'"
            " AND conrelid = 'payouts_payoutrun'::regclass"
            " AND conname NOT LIKE '%public_id%'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE payouts_payoutrun DROP CONSTRAINT "{name}"')
    read = threading.Barrier(6)
    balance = ledger.balance

    def read_together(*asked: Any, **options: Any) -> int:
        amount = balance(*asked, **options)
        if threading.current_thread() is not threading.main_thread():
            _meet(read)
        return amount

    with (
        mock.patch.object(ledger, "lock_payable", return_value=None),
        mock.patch.object(ledger, "lock_payables", return_value=None),
        mock.patch.object(ledger, "balance", read_together),
    ):
        yield


def _does_not_hear_a_no() -> Any:
    return mock.patch.object(transfers.Sending, "close", return_value=None)


@contextmanager
def _claims_nothing() -> Iterator[None]:
    def claim(outbox_id: int) -> Outbox:
        found: Outbox = Outbox.objects.get(pk=outbox_id)
        return found

    with mock.patch.object(jobs, "_claim", claim):
        yield


FAULTS = (
    Fault(
        id="F28",
        says="the worker killed at twenty points of a batch",
        scenario=is_killed_mid_batch,
        off=plants.new_key_for_each_try,
    ),
    Fault(
        id="F29",
        says="six beats at once",
        scenario=runs_twice_at_once,
        off=_two_read_one_balance,
    ),
    Fault(
        id="F30",
        says="a payee restricted within the run",
        scenario=loses_an_account,
        off=_does_not_hear_a_no,
    ),
    Fault(
        id="F31",
        says="the platform's balance is short",
        scenario=is_short_of_balance,
        off=lambda: plants.without(EntryKind.TRANSFER_FAILED),
    ),
    Fault(
        id="F34",
        says="the broker hands a running job out again",
        scenario=is_redelivered,
        off=_claims_nothing,
    ),
)
