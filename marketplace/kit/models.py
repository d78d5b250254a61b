from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone


class ClockOffset(models.Model):
    """The one row that says how far the sandbox platform's time is from real time."""

    offset = models.DurationField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(pk=1), name="clock_one_row")
        ]

    def __str__(self) -> str:
        return str(self.offset)


class Outbox(models.Model):
    """Work that was promised in a transaction and is done after it, at least once.

    Written by `jobs.enqueue` with the rows it belongs to; a Celery message is only a
    nudge. Columns of this table are technical and hold real time, but `run_at`.
    """

    function = models.CharField(max_length=120)
    arguments = models.JSONField(default=dict)
    run_at = models.DateTimeField(null=True, help_text="platform time; null: at once")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "outbox"
        indexes: ClassVar = [
            models.Index(
                fields=["id"],
                condition=models.Q(done_at=None),
                name="outbox_undone",
            )
        ]

    def __str__(self) -> str:
        return f"{self.function} {self.arguments}"


class AuditEvent(models.Model):
    """What a member of staff did, to what, and why. Rows are only added."""

    # Opaque: the key of the person; staff are above this app.
    actor = models.CharField(max_length=40)
    action = models.CharField(max_length=60)
    reference = models.CharField(max_length=80)
    reason = models.TextField(blank=True)
    details = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["reference"])]

    def __str__(self) -> str:
        return f"{self.action} {self.reference}"


class Switch(models.Model):
    """A named kill switch: while it is on, what asks for it stands still.

    No row is off. Turned by `switches.turn`, which leaves an AuditEvent.
    """

    name = models.CharField(max_length=40, unique=True)
    is_on = models.BooleanField()
    reason = models.TextField()
    changed_by = models.CharField(max_length=40)
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "switches"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(reason=""), name="switch_has_reason"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ConsentRecord(models.Model):
    """What a browser allowed, when, and to which words. Rows are only added."""

    # A random id in the browser's own cookie; no name, no address.
    subject = models.CharField(max_length=24)
    version = models.CharField(max_length=10)
    offered = models.JSONField()
    allowed = models.JSONField()
    language = models.CharField(max_length=8)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject"], name="kit_consent_subject_idx")
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {', '.join(self.allowed) or 'nothing'}"


class SentMailQuerySet(models.QuerySet["SentMail"]):
    CLAIM = timedelta(minutes=10)

    def claim(self, key: str) -> bool | None:
        """Take a mail to send. False: it has been sent; None: somebody is sending it."""
        real = timezone.now()
        row, is_new = self.get_or_create(key=key, defaults={"claimed_at": real})
        if is_new:
            return True
        if row.sent_at is not None:
            return False
        dead = self.filter(key=key, sent_at=None, claimed_at__lt=real - self.CLAIM)
        return True if dead.update(claimed_at=real) else None

    def note_sent(self, key: str) -> None:
        self.filter(key=key).update(sent_at=timezone.now())

    def let_go(self, key: str) -> None:
        """Give a mail back that could not be sent."""
        self.filter(key=key, sent_at=None).delete()


class SentMail(models.Model):
    """A mail that is sent once, whatever happens to its job. `key` names the effect
    (`shipped:ship_…`), never a person. Times are real ones.
    """

    key = models.CharField(max_length=120, unique=True)
    claimed_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    objects = SentMailQuerySet.as_manager()

    def __str__(self) -> str:
        return self.key


class MailRefusal(models.Model):
    """A kind of mail that somebody has switched off for an address, which is kept as a
    keyed hash: it outlives the erasing of a person, and names nobody.
    """

    address_hash = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["address_hash", "kind"], name="mail_refusal_once"
            )
        ]

    def __str__(self) -> str:
        return self.kind
