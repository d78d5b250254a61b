"""What the worker runs for the inbox."""

from datetime import datetime

from marketplace.kit import clock
from marketplace.webhooks.services import inbox, processing


def process(*, stripe_event_id: int) -> None:
    """Handle one notice."""
    processing.process(stripe_event_id=stripe_event_id, at=clock.now())


def retry_deferred(*, at: datetime) -> None:
    """Handle what was put off and is due."""
    processing.retry_due(at=at)


def poll_events(*, at: datetime) -> None:
    """Look for notices that never reached us."""
    inbox.poll(at=at)
