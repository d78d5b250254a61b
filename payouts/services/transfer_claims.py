"""Who may send a transfer now: one worker at a time, at the pace Stripe allows, and not
while something stands in the way. A claim has a number; who comes back late with an old
one changes nothing.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings

from marketplace.kit import pacing, states, switches
from payouts.models import PayoutRun, SkipReason, Transfer, TransferStatus
from payouts.services import freezes, holds

logger = logging.getLogger(__name__)

PACE = "transfers"
RELATED = ("account", "payout_item__run", "seller_order__order")
STALE_AFTER = timedelta(minutes=2)


def read(transfer_id: int) -> Transfer:
    """Give a transfer with what decides about it."""
    found: Transfer = Transfer.objects.select_related(*RELATED).get(pk=transfer_id)
    return found


def may_be_sent(transfer: Transfer, *, at: datetime) -> bool:
    """Say whether a transfer is to be sent now: planned, not asked to wait, its run not
    paused, payouts not stopped.
    """
    if transfer.status != TransferStatus.PLANNED:
        return False
    if transfer.not_before is not None and transfer.not_before > at:
        return False
    item = transfer.payout_item
    if item is not None and item.run.paused_at is not None:
        return False
    return not switches.is_on(switches.PAYOUTS)


def refusal(transfer: Transfer, *, at: datetime) -> str:
    """Say why we do not send it ourselves: its account is not the one it was planned
    for, cannot receive or is on hold; a bank asks about its order. Empty when nothing
    is in the way. The switch only delays.
    """
    account = transfer.account
    if transfer.destination != account.provider_id:
        return SkipReason.DESTINATION_CHANGED
    reason = holds.payee_reason(account=account, at=at)
    if reason == SkipReason.RESTRICTED:
        return SkipReason.ACCOUNT_NOT_ACTIVE
    part = transfer.seller_order
    if reason is None and part is not None and freezes.is_frozen(part.order):
        return SkipReason.DISPUTED
    return reason or ""


def paced() -> bool:
    """Wait for our turn among all workers; says whether there was one soon."""
    return pacing.take(PACE, per_second=settings.PROVIDER_CALLS_PER_SECOND)


@contextmanager
def fenced(transfer: Transfer) -> Iterator[None]:
    """Let a worker that comes back late change nothing: the row has a new owner, who
    asks with the same key and hears the same answer.
    """
    try:
        yield
    except states.Raced:
        logger.warning("a late answer about transfer %s is left", transfer)


def claim(transfer: Transfer, *, at: datetime) -> bool:
    """Take a planned transfer to send it; says whether it was ours to take."""
    if transfer.status != TransferStatus.PLANNED:
        return False
    try:
        transfer.move_to(
            TransferStatus.SUBMITTED, at=at, submitted_at=at, claim=transfer.claim + 1
        )
    except states.Raced:
        return False
    transfer.claimed_at = time.monotonic()
    return True


def claim_again(transfer: Transfer, *, at: datetime) -> bool:
    """Take one in doubt from whoever had it, by compare-and-set on the claim."""
    taken = {
        "status": TransferStatus.SUBMITTED,
        "submitted_at": at,
        "claim": transfer.claim + 1,
    }
    claimed = Transfer.objects.filter(
        pk=transfer.pk, status=transfer.status, claim=transfer.claim
    ).update(**taken)
    if claimed != 1:
        return False
    for name, value in taken.items():
        setattr(transfer, name, value)
    transfer.claimed_at = time.monotonic()
    return True


def is_late(transfer: Transfer) -> bool:
    """Say whether this worker was stopped since it took the row: by now it may be
    another's, and the key may be one that was looked up and given up.
    """
    return time.monotonic() - transfer.claimed_at > STALE_AFTER.total_seconds()


def back_off(
    transfer: Transfer, retry_after: int | None, *, at: datetime, is_in_doubt: bool
) -> None:
    """Wait after being too fast: this one longer each time, and everybody for as long
    as Stripe asked. The key stays; nothing was done.
    """
    tries = transfer.tries + 1
    pause = pacing.pause_seconds(tries=tries, retry_after=retry_after)
    pacing.stand_back(PACE, seconds=retry_after or 1)
    transfer.move_to(
        TransferStatus.UNKNOWN if is_in_doubt else TransferStatus.PLANNED,
        at=at,
        tries=tries,
        not_before=at + timedelta(seconds=pause),
    )


def pause_run(transfer: Transfer, *, at: datetime) -> None:
    """Stop the rest of a run until the platform's balance is there, and say so once."""
    item = transfer.payout_item
    if item is None:
        return
    paused = PayoutRun.objects.filter(pk=item.run_id, paused_at=None)
    if paused.update(paused_at=at):
        logger.error(
            "payout run %s waits: the platform's balance does not cover %s %s",
            item.run,
            transfer.amount,
            transfer.currency,
        )
