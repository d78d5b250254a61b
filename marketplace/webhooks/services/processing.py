"""Notices are handled: each tried until it is done, at most ten times."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from marketplace.kit import jobs
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.models import AuditEvent
from marketplace.webhooks import handlers
from marketplace.webhooks.models import OPEN, EventStatus, StripeEvent
from marketplace.webhooks.services import inbox

logger = logging.getLogger(__name__)

# A worker that dies while handling leaves the notice due again when this has passed.
LEASE = timedelta(minutes=2)
# Ten attempts in nearly three days: as long as Stripe itself goes on delivering.
PAUSES = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=24),
)
ATTEMPTS = len(PAUSES) + 1
BATCH = 200


class StillOpen(MarketplaceError):
    """This event is still being tried; there is nothing to replay yet."""

    status_code = 409


def process(*, stripe_event_id: int, at: datetime) -> EventStatus | None:
    """Handle one notice now; returns its new status, None when it is not due.

    The handler runs outside any transaction, fetches the object again and applies what
    it finds. It bears being run twice, so the outcome is noted after it.
    """
    event = _claim(stripe_event_id, at)
    if event is None:
        return None
    handler = handlers.HANDLERS.get(event.type)
    if handler is None:
        return _close(event, EventStatus.IGNORED, at)
    try:
        outcome = handler(event=event, at=at)
    except MarketplaceError as reason:
        # Foreseen, such as Stripe not answering: said in one line, without a traceback.
        logger.warning("%s %s put off: %s", event.type, event, reason)
        return _put_off(event, reason, at)
    # One notice that nobody can handle must not stop the others.
    except Exception as problem:
        logger.exception("%s %s failed, attempt %s", event.type, event, event.attempts)
        return _put_off(event, problem, at)
    handled = outcome is not handlers.Outcome.NOT_OURS
    return _close(event, EventStatus.DONE if handled else EventStatus.IGNORED, at)


def retry_due(*, at: datetime) -> int:
    """Handle what was put off and is due, and what a dead worker left behind.

    Returns how many were tried.
    """
    due = StripeEvent.objects.due(at=at).order_by("pk").values_list("pk", flat=True)
    tried = [process(stripe_event_id=pk, at=at) for pk in due[:BATCH]]
    return len([status for status in tried if status is not None])


def replay(*, stripe_event_id: int, actor: str, at: datetime) -> None:
    """Open a closed notice again, with all its attempts, and promise its handling.
    `actor` is the key of the member of staff who asks for it.

    :raises StillOpen: when it is being tried anyway.
    """
    with transaction.atomic():
        opened = (
            StripeEvent.objects.filter(pk=stripe_event_id)
            .exclude(status__in=OPEN)
            .update(
                status=EventStatus.RECEIVED,
                attempts=0,
                handled_at=None,
                next_attempt_at=None,
            )
        )
        if not opened:
            raise StillOpen
        event = StripeEvent.objects.get(pk=stripe_event_id)
        AuditEvent.objects.create(
            actor=actor, action="replay_stripe_event", reference=event.event_id, at=at
        )
        jobs.enqueue(inbox.PROCESS, stripe_event_id=event.pk)


def _claim(stripe_event_id: int, at: datetime) -> StripeEvent | None:
    """Take a due notice by compare-and-set, so that two workers do not both try it."""
    claimed = (
        StripeEvent.objects.due(at=at)
        .filter(pk=stripe_event_id)
        .update(attempts=F("attempts") + 1, next_attempt_at=at + LEASE)
    )
    return StripeEvent.objects.get(pk=stripe_event_id) if claimed else None


def _close(event: StripeEvent, status: EventStatus, at: datetime) -> EventStatus:
    """Note the outcome, in a statement of its own, after the handler's commits."""
    StripeEvent.objects.filter(pk=event.pk).update(
        status=status, handled_at=at, next_attempt_at=None, last_error=""
    )
    return status


def _put_off(event: StripeEvent, reason: Exception, at: datetime) -> EventStatus:
    error = f"{type(reason).__name__}: {reason}"[:2000].replace("\0", "")
    row = StripeEvent.objects.filter(pk=event.pk)
    if event.attempts >= ATTEMPTS:
        row.update(
            status=EventStatus.DEAD,
            handled_at=at,
            next_attempt_at=None,
            last_error=error,
        )
        return EventStatus.DEAD
    row.update(
        status=EventStatus.DEFERRED,
        next_attempt_at=at + PAUSES[event.attempts - 1],
        last_error=error,
    )
    return EventStatus.DEFERRED
