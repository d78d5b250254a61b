"""Computing a run: what it would send to whom, kept as figures. Nothing is taken."""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from marketplace.kit import switches
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.models import AuditEvent
from payouts.models import (
    SYSTEM,
    PayoutPreview,
    PayoutRun,
    PayoutRunStatus,
    Schedule,
)
from payouts.services import releases
from payouts.services.payout_runs import figures
from payouts.services.payout_runs.figures import Figure

logger = logging.getLogger(__name__)


PREVIEW = """
    INSERT INTO payouts_payoutpreview (run_id, account_id, amount, destination, reason)
    SELECT %(run)s, * FROM unnest(
        %(accounts)s::bigint[], %(amounts)s::bigint[], %(destinations)s::text[],
        %(reasons)s::text[]
    )
"""


class RunExists(MarketplaceError):
    """There is a payout run for this currency and cut-off already; look at that one."""

    status_code = 409


class PayoutsStopped(MarketplaceError):
    """Payouts are stopped by the kill switch. Nothing was taken from anybody; turn it
    off first.
    """

    status_code = 409


def preview(
    *,
    currency: str,
    cut_off_at: datetime,
    at: datetime,
    schedule: str = Schedule.MANUAL,
) -> list[Figure]:
    """Give what a run up to a cut-off would pay or skip now, those it releases first
    included; nothing is written.

    :raises NoMinimum: the currency has none set.
    """
    due = releases.due_to_creators(currency=currency, before=cut_off_at)
    return figures.read(currency=currency, schedule=schedule, at=at, due=due)


def compute(
    *,
    currency: str,
    cut_off_at: datetime,
    schedule: str,
    requested_by: str = SYSTEM,
    reason: str = "",
    at: datetime,
) -> PayoutRun:
    """Release what became available before the cut-off, and write down what a run of
    this schedule would send now. Nothing is taken: a computed run may be cancelled.

    :raises PayoutsStopped: the kill switch is on.
    :raises RunExists: for this currency, cut-off and schedule.
    :raises NoMinimum: the currency has none set.
    """
    refuse_when_stopped()
    least = figures.minimum(currency)
    releases.release_creators(at=at, before=cut_off_at)
    with transaction.atomic(durable=True):
        try:
            with transaction.atomic():
                run = PayoutRun.objects.create(
                    currency=currency,
                    cut_off_at=cut_off_at,
                    schedule=schedule,
                    minimum_amount=least,
                    previewed_amount=0,
                    previewed_number=0,
                    needs_approval=True,
                    requested_by=requested_by,
                    reason=reason,
                    computed_at=at,
                )
        except IntegrityError as problem:
            raise RunExists from problem
        write_preview(run, at=at)
        if requested_by != SYSTEM:
            AuditEvent.objects.create(
                actor=requested_by,
                action="payout_run.start",
                reference=run.public_id,
                reason=reason,
                details={
                    "currency": currency,
                    "previewed_amount": run.previewed_amount,
                    "previewed_payees": run.previewed_number,
                },
                at=at,
            )
    return run


def recompute(*, run_id: int, at: datetime) -> PayoutRun:
    """Look again at what a computed run would send, as time has passed.

    :raises PayoutRun.DoesNotExist: it is not waiting for approval any more.
    """
    with transaction.atomic(durable=True):
        waiting = PayoutRun.objects.select_for_update(no_key=True)
        run = waiting.get(pk=run_id, status=PayoutRunStatus.COMPUTED)
        write_preview(run, at=at)
    return run


def write_preview(run: PayoutRun, *, at: datetime) -> None:
    """Replace a run's figures by those of now, and say whether they need a second
    person. Assumes a transaction that holds the run.
    """
    rows = figures.read(currency=run.currency, schedule=run.schedule, at=at)
    PayoutPreview.objects.filter(run=run).delete()
    with connection.cursor() as cursor:
        cursor.execute(
            PREVIEW,
            {
                "run": run.pk,
                "accounts": [row.account_id for row in rows],
                "amounts": [row.amount for row in rows],
                "destinations": [row.destination for row in rows],
                "reasons": [row.reason or "" for row in rows],
            },
        )
    sent = [row for row in rows if row.reason is None]
    run.previewed_amount = sum(row.amount for row in sent)
    run.previewed_number = len(sent)
    run.needs_approval = is_above_limit(run.currency, sent)
    run.computed_at = at
    run.save(
        update_fields=[
            *("previewed_amount", "previewed_number", "needs_approval", "computed_at")
        ]
    )


def is_above_limit(currency: str, sent: Sequence[Figure]) -> bool:
    """Say whether a second person must agree; without a limit, always."""
    limit = settings.PAYOUT_APPROVAL_LIMIT_AMOUNTS.get(currency)
    return limit is None or sum(row.amount for row in sent) > limit


def refuse_when_stopped() -> None:
    """Refuse while the kill switch is on.

    :raises PayoutsStopped: it is.
    """
    if switches.is_on(switches.PAYOUTS):
        raise PayoutsStopped
