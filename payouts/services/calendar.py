"""Moving the sandbox platform's clock, and doing what has become due on the way."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.module_loading import import_string

from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from marketplace.kit.models import AuditEvent

STEP = timedelta(days=1)
# What looks at everything since its last time finds the same once, at the end of a move;
# each day that passes is compared whole by `reconcile_days`.
ONCE = frozenset({"payouts.tasks.reconcile", "payouts.tasks.check_invariants"})


def move_clock(*, by: timedelta, actor: str) -> datetime:
    """Move the sandbox and the platform forward together, at most a day a step, and
    after each step do everything that is due. Returns the new time, UTC.

    The sandbox goes first: should we stop in between, our clock is behind, and what is
    due later is merely done later.

    :raises clock.ClockIsReal: the platform talks to real Stripe.
    :raises clock.ClockGoesForward: for a step of nothing or back.
    """
    if not clock.is_movable():
        raise clock.ClockIsReal
    if by <= timedelta():
        raise clock.ClockGoesForward
    left = by
    while left > timedelta():
        step = min(left, STEP)
        sandbox_control.advance_clock(seconds=step)
        clock.shift(by=step)
        left -= step
        run_due(without=frozenset() if left <= timedelta() else ONCE)
    at = clock.now()
    AuditEvent.objects.create(
        actor=actor, action="clock.move", reference=str(by), at=at, details={}
    )
    return at


def run_due(*, without: frozenset[str] = frozenset()) -> None:
    """Do what is due now, in the order of PERIODIC_JOBS, and what that promised;
    `without` names jobs to leave out.
    """
    for name, _seconds in settings.PERIODIC_JOBS:
        if name not in without:
            import_string(name)(at=clock.now())
    jobs.drain()
    # What was just sent may complete a run or free something planned.
    for name in ("payouts.tasks.resolve_transfers", "payouts.tasks.run_payouts"):
        import_string(name)(at=clock.now())
    jobs.drain()
