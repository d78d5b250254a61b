"""Paying creators: a run of a currency and cut-off is computed, looked at, approved and
executed; it is done when none of its transfers is in doubt.

`schedules` says when, `figures` reads what each payee could be sent, `computing` keeps
those figures, `executing` takes the money; sending is `transfers`' work.
"""

import logging
from collections.abc import Collection
from datetime import datetime

from marketplace.kit import switches
from payouts.models import (
    SYSTEM,
    AccountKind,
    ConnectedAccount,
    LedgerAccount,
    PayoutRun,
    Schedule,
)
from payouts.services.payout_runs import outlooks, schedules
from payouts.services.payout_runs.computing import (
    PayoutsStopped,
    RunExists,
    compute,
    is_above_limit,
    preview,
    recompute,
)
from payouts.services.payout_runs.executing import (
    AmountsChanged,
    ApprovedByRequester,
    NotCancellable,
    NothingToRetry,
    NotWaiting,
    approve,
    approve_by_policy,
    cancel,
    cancel_item,
    finish,
    newest_items,
    retry,
    totals,
)
from payouts.services.payout_runs.figures import Figure, NoMinimum
from payouts.services.payout_runs.resuming import resume
from payouts.services.payout_runs.schedules import (
    due_cut_off,
    next_run_at,
    schedule_of,
)

__all__ = [
    "AmountsChanged",
    "ApprovedByRequester",
    "Figure",
    "NoMinimum",
    "NotCancellable",
    "NotWaiting",
    "NothingToRetry",
    "PayoutsStopped",
    "RunExists",
    "approve",
    "cancel",
    "cancel_item",
    "compute",
    "currencies",
    "due_cut_off",
    "finish",
    "is_above_limit",
    "names",
    "newest_items",
    "next_run_at",
    "outlooks",
    "preview",
    "recompute",
    "resume",
    "retry",
    "run_due",
    "schedule_of",
    "start",
    "totals",
]

logger = logging.getLogger(__name__)


def run_due(*, at: datetime) -> list[PayoutRun]:
    """Make, for each currency and schedule in use, the run that is due; finish those
    under way. Safe to call any number of times at once. None while payouts are stopped.
    """
    made: list[PayoutRun] = []
    if not switches.is_on(switches.PAYOUTS):
        for schedule in schedules.in_use():
            cut_off_at = due_cut_off(at=at, schedule=schedule)
            for currency in currencies():
                run = _start_due(currency, schedule, cut_off_at, at=at)
                made += [run] if run else []
    finish(at=at)
    return made


def start(
    *,
    currency: str,
    cut_off_at: datetime,
    at: datetime,
    schedule: str = Schedule.MANUAL,
    requested_by: str = SYSTEM,
    reason: str = "",
) -> PayoutRun:
    """Compute a run, and execute it when it is within the limit; above it, it waits for
    a person other than who asked. Transfers are sent by jobs.

    :raises PayoutsStopped: the kill switch is on.
    :raises RunExists: for this currency, cut-off and schedule.
    :raises NoMinimum: the currency has none set.
    """
    run = compute(
        currency=currency,
        cut_off_at=cut_off_at,
        schedule=schedule,
        requested_by=requested_by,
        reason=reason,
        at=at,
    )
    if not run.needs_approval:
        approve_by_policy(run, at=at)
    finish(at=at)
    run.refresh_from_db()
    return run


def currencies() -> list[str]:
    """List the currencies creators have earned in."""
    kinds = [AccountKind.CREATOR_HELD, AccountKind.CREATOR_PAYABLE]
    found = LedgerAccount.objects.filter(kind__in=kinds)
    return sorted(set(found.values_list("currency", flat=True)))


def names(account_ids: Collection[int]) -> dict[int, str]:
    """Name these payees, by account id; one query."""
    found = ConnectedAccount.objects.filter(pk__in=account_ids)
    return {row.pk: str(row.party) for row in found.select_related("creator", "shop")}


def _start_due(
    currency: str, schedule: str, cut_off_at: datetime, *, at: datetime
) -> PayoutRun | None:
    known = PayoutRun.objects.filter(
        cut_off_at=cut_off_at, currency=currency, schedule=schedule
    )
    found = known.first()
    try:
        if found is None:
            return start(
                currency=currency, cut_off_at=cut_off_at, schedule=schedule, at=at
            )
        # Its worker died between computing and taking, or payouts were stopped then.
        if found.status == "computed" and not found.needs_approval:
            approve_by_policy(found, at=at)
    except (RunExists, PayoutsStopped):
        return None  # made by another worker, or stopped just now
    except NoMinimum:
        # The other currencies' payees do not wait for it.
        logger.error("no payout minimum is set for %s", currency)
    return None
