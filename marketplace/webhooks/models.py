"""The inbox of notices from Stripe."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from marketplace.kit import states


class EventStatus(models.TextChoices):
    """RECEIVED waits for its first try, DEFERRED for its next; DEAD needs a person."""

    RECEIVED = "received"
    DEFERRED = "deferred"
    DONE = "done"
    IGNORED = "ignored"
    DEAD = "dead"


OPEN = (EventStatus.RECEIVED, EventStatus.DEFERRED)


class EventEndpoint(models.TextChoices):
    PLATFORM = "platform"
    CONNECT = "connect"
    V2 = "v2"


class StripeEventQuerySet(models.QuerySet["StripeEvent"]):
    def open(self) -> Self:
        """Keep what still has to be handled."""
        return self.filter(status__in=OPEN)

    def due(self, *, at: datetime) -> Self:
        """Keep what may be tried now; what is being tried is due when its lease ends."""
        return self.open().filter(Q(next_attempt_at=None) | Q(next_attempt_at__lte=at))


class StripeEvent(models.Model):
    """One notice, stored as it came and kept whatever becomes of it.

    It is only a hint that its object changed: handling it fetches the object again and
    applies its present state, so notices may come twice, late, in any order or never.
    """

    endpoint = models.CharField(max_length=10, choices=EventEndpoint.choices)
    event_id = models.CharField(max_length=255)
    type = models.CharField(max_length=255)
    object_id = models.CharField(max_length=255, blank=True)
    account = models.CharField(max_length=255, blank=True)
    api_version = models.CharField(max_length=255, blank=True)
    body = models.TextField(help_text="as it was received")
    is_polled = models.BooleanField(help_text="found by asking, not pushed to us")
    status = models.CharField(
        max_length=10, choices=EventStatus.choices, default=EventStatus.RECEIVED
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    objects = StripeEventQuerySet.as_manager()

    class Meta:
        permissions: ClassVar = [("replay_stripeevent", "Can handle an event again")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint", "event_id"], name="stripe_event_once"
            ),
            states.one_of("endpoint", EventEndpoint, name="stripe_event_endpoint"),
            states.one_of("status", EventStatus, name="stripe_event_status"),
            models.CheckConstraint(
                condition=Q(status__in=OPEN) | Q(handled_at__isnull=False),
                name="stripe_event_closed_when",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(status__in=OPEN),
                name="stripe_event_open",
            ),
            models.Index(fields=["object_id"], name="stripe_event_object"),
        ]

    def __str__(self) -> str:
        return self.event_id


class PollMark(models.Model):
    """The one row that says until when Stripe's own list of events was read."""

    read_until = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(pk=1), name="poll_mark_one_row")
        ]

    def __str__(self) -> str:
        return self.read_until.isoformat()
