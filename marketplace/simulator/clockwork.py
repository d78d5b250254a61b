"""The platform's own machinery in a run: the beat, the worker, the inbox.

Whatever goes wrong here as in life (no answer, a refusal, a death) is part of the run;
an error nobody foresaw is a violation.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.module_loading import import_string

from marketplace.gateway import sandbox_control
from marketplace.kit import jobs
from marketplace.kit.asked import SUBMITTED, UNKNOWN
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.models import Outbox
from marketplace.simulator.provider import ProcessKilled
from marketplace.simulator.world import BEGINS, World
from marketplace.webhooks.services import inbox
from orders.models import Refund
from payouts.models import Transfer

# The simulator looks at the books itself, after every step.
WATCHING = "payouts.tasks.check_invariants"
# They move neither money nor goods, and nobody in a run waits for them.
IDLE = frozenset(
    {
        "orders.tasks.count_together",
        "orders.tasks.take_over_returns",
        "sellers.tasks.end_reductions",
        "sellers.tasks.forget_misses",
        "sellers.tasks.tell_of_stock",
        "sellers.tasks.forget_alerts",
        "marketplace.accounts.tasks.drop_old_exports",
        "marketplace.accounts.tasks.erase_due",
    }
)
MAILS = ("orders.tasks.send_", "payouts.tasks.mail_")
# How often a turn is missed while faults run.
MISSED = {
    "payouts.tasks.reconcile": 0.9,
    "payouts.tasks.reconcile_days": 0.85,
    "payouts.tasks.issue_invoices": 0.9,
    "payouts.tasks.refresh_accounts": 0.6,
    "payouts.tasks.poll_lost_disputes": 0.5,
    "payouts.tasks.write_off_old_debt": 0.5,
}
DAY = timedelta(days=1)
SOON = timedelta(minutes=5)
RESOLVERS = ("payouts.tasks.resolve_refunds", "payouts.tasks.resolve_transfers")
MOST_LEAPS = 3
ROUNDS = 20
_WATCHED = ("marketplace.kit.jobs", "marketplace.webhooks.services.processing")


class Watch(logging.Handler):
    """Hears of the errors that jobs and notices swallowed, and keeps the unforeseen."""

    def __init__(self, world: World) -> None:
        super().__init__(logging.ERROR)
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        problem = record.exc_info[1] if record.exc_info else None
        if problem is not None and not isinstance(problem, MarketplaceError):
            note_crash(self._world, problem)

    def listen(self) -> None:
        for name in _WATCHED:
            logging.getLogger(name).addHandler(self)

    def leave(self) -> None:
        for name in _WATCHED:
            logging.getLogger(name).removeHandler(self)


def note_crash(world: World, problem: BaseException) -> None:
    """Keep an error that no service foresaw, with where it came from."""
    trace = problem.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    world.crashes.append(f"{type(problem).__name__}: {problem} at {place}"[:600])


def attempt(world: World, work: Callable[[], object]) -> bool:
    """Do something that may be refused, go unanswered or die; says whether it did not."""
    try:
        work()
    except MarketplaceError:
        return False
    except ProcessKilled:
        world.happened["kill"] += 1
        return False
    except Exception as problem:
        note_crash(world, problem)
        return False
    return True


def periodic_jobs() -> list[tuple[str, int]]:
    """Give name and seconds of the periodic jobs that matter in a run, in their order."""
    return [job for job in settings.PERIODIC_JOBS if job[0] not in IDLE]


def beat(world: World) -> None:
    """Do what is due now, in the order of PERIODIC_JOBS; while faults run the beat
    misses some turns, the more often the longer a job takes.
    """
    for name, seconds in periodic_jobs():
        due_at = world.last_run.get(name, BEGINS) + timedelta(seconds=seconds)
        if name == WATCHING or due_at > world.now():
            continue
        if world.faults_run and world.chance.random() < MISSED.get(name, 0.2):
            continue
        world.last_run[name] = world.now()
        run_periodic(world, name)
    work(world)


def run_periodic(world: World, name: str) -> None:
    """Let the beat start one job; it ends with whatever stops it."""
    attempt(world, lambda: import_string(name)(at=world.now()))


def work(world: World) -> None:
    """Let the worker do what was promised, until nothing is due or it dies."""
    # Mails move no money, and to write them takes longer than all the rest.
    for mails in MAILS:
        Outbox.objects.filter(function__startswith=mails, done_at=None).update(
            done_at=world.now()
        )
    attempt(world, lambda: jobs.drain(rounds=ROUNDS))


def live(world: World, by: timedelta) -> None:
    """Let time pass in a few leaps, with the beat going if the worker is up."""
    leaps = min(MOST_LEAPS, by // DAY + 1)
    for _ in range(leaps):
        world.pass_time(by // leaps)
        if world.is_worker_up:
            beat(world)
    if world.is_worker_up and _awaits_an_answer():
        # As in life the beat comes again while the provider still knows the keys.
        world.pass_time(SOON)
        for name in RESOLVERS:
            run_periodic(world, name)


def _awaits_an_answer() -> bool:
    lost = Q(status__in=(SUBMITTED, UNKNOWN), provider_id=None)
    return any(kind.objects.filter(lost).exists() for kind in (Transfer, Refund))


def hear(world: World, *, is_faithful: bool) -> int:
    """Take in what the provider has to tell: all of it in order, or as networks do."""
    pending = sandbox_control.pending()
    chance = world.chance
    if not is_faithful:
        chance.shuffle(pending)
        pending = pending[: chance.randint(1, len(pending) + 1)]
    for notice in pending:
        copies = 1
        if not is_faithful:
            copies = chance.choice((0, 1, 1, 1, 1, 1, 2, 3))
            if copies != 1:
                world.happened["notice lost" if copies == 0 else "notice repeated"] += 1
        for _ in range(copies):
            attempt(world, partial(_receive, world, notice))
        sandbox_control.answered(notice["id"], HTTPStatus.OK)
    return len(pending)


def _receive(world: World, notice: dict[str, Any]) -> None:
    inbox.receive(
        endpoint=notice["endpoint"],
        body=notice["body"].encode(),
        header=notice["signature"],
        at=world.now(),
    )
