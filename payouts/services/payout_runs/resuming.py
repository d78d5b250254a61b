"""Going on with a run that waited for the platform's balance."""

import logging
from datetime import datetime

from django.db import transaction

from marketplace import gateway
from marketplace.kit import switches
from payouts.models import (
    SYSTEM,
    PayoutRun,
    PayoutRunStatus,
    Transfer,
    TransferStatus,
)
from payouts.services.payout_runs import executing
from payouts.services.payout_runs.executing import NothingToRetry

logger = logging.getLogger(__name__)


def resume(*, at: datetime) -> list[PayoutRun]:
    """Look whether the balance covers what was refused for lack of it, and if so pay
    those again and send the rest. Returns the runs that go on.
    """
    paused = list(
        PayoutRun.objects.filter(
            status=PayoutRunStatus.EXECUTING, paused_at__isnull=False
        ).order_by("pk")
    )
    if not paused or switches.is_on(switches.PAYOUTS):
        return []
    try:
        balances = gateway.fetch_balance()
    except gateway.GatewayError as problem:
        logger.warning("paused runs wait, the balance is not known: %s", problem)
        return []
    available = {code: row.available_amount for code, row in balances.items()}
    return [
        run
        for run in paused
        if available.get(run.currency, 0) >= _needed_amount(run) and _go_on(run, at=at)
    ]


def _needed_amount(run: PayoutRun) -> int:
    """What the balance must cover: the largest amount it fell short of, minor units."""
    short = executing.newest_items(run).filter(transfer__status=TransferStatus.FAILED)
    return max(short.values_list("amount", flat=True), default=1)


def _go_on(run: PayoutRun, *, at: datetime) -> bool:
    with transaction.atomic(durable=True):
        going = PayoutRun.objects.filter(pk=run.pk, paused_at=run.paused_at)
        if not going.update(paused_at=None):
            return False  # another worker was first
        run.paused_at = None
        planned = Transfer.objects.filter(
            payout_item__run=run, status=TransferStatus.PLANNED
        )
        executing.promise_to_send(
            list(planned.order_by("pk").values_list("pk", flat=True))
        )
    try:
        executing.retry(run_id=run.pk, actor=SYSTEM, reason="balance is there", at=at)
    except NothingToRetry:
        logger.info("payout run %s goes on, nobody has to be paid again", run)
    return True
