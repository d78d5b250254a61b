"""Our books beside the provider's: each comparison, and each difference it found."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from marketplace.kit import ids, states
from payouts.models.ledger import LedgerAccount


class ReconciliationScope(models.TextChoices):
    """DAY: whole days, each night; SINCE: asked for; LIGHT: what happened just now."""

    DAY = "day"
    SINCE = "since"
    LIGHT = "light"


class ReconciliationRun(models.Model):
    """One comparison of the ledger with the provider, from `since` to before `until`.

    `sums` are the days' totals as compared, `sealed_hash` the end of the ledger's
    chain at that moment. `finished_at` is None when the provider did not answer.
    """

    public_id = ids.field("rec")
    scope = models.CharField(max_length=10, choices=ReconciliationScope.choices)
    since_at = models.DateTimeField()
    until_at = models.DateTimeField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    lines_read = models.PositiveIntegerField(default=0)
    lines_booked = models.PositiveIntegerField(default=0)
    differences = models.PositiveIntegerField(default=0)
    sums = models.JSONField(default=list)
    sealed_sequence = models.PositiveBigIntegerField(default=0)
    sealed_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints: ClassVar = [
            states.one_of("scope", ReconciliationScope, name="reconciliation_scope"),
            models.CheckConstraint(
                condition=Q(until_at__gt=F("since_at")), name="reconciliation_window"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["scope", "-until_at"])]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_equal(self) -> bool:
        return self.finished_at is not None and self.differences == 0


class DiscrepancyKind(models.TextChoices):
    """What does not agree.

    Balance lines: UNKNOWN_LINE is nobody's of ours (its money stands in suspense),
    UNBOOKED is ours and not in the ledger, AMOUNT is booked with another amount,
    NO_LINE is booked and the provider has no line for it. Objects: UNKNOWN_OBJECT is
    not here, OBJECT_DIFFERS has another amount, NO_OBJECT is not there. PARTY_TOTAL: a
    party got another sum than our books say; BALANCE: the whole balance differs.
    """

    UNKNOWN_LINE = "unknown_line"
    UNBOOKED = "unbooked"
    AMOUNT = "amount"
    NO_LINE = "no_line"
    UNKNOWN_OBJECT = "unknown_object"
    OBJECT_DIFFERS = "object_differs"
    NO_OBJECT = "no_object"
    PARTY_TOTAL = "party_total"
    BALANCE = "balance"


class Resolution(models.TextChoices):
    """ADOPTED: became a row of ours; CORRECTED: booked out of suspense by two people;
    EXPLAINED: no longer found, and why.
    """

    ADOPTED = "adopted"
    CORRECTED = "corrected"
    EXPLAINED = "explained"


class Discrepancy(models.Model):
    """A difference, from when it was first seen until a person has resolved it.

    Amounts are signed minor units as they count for the balance at the provider: ours
    by the ledger, theirs by the provider. Nothing clears a discrepancy by itself.
    """

    public_id = ids.field("dif")
    kind = models.CharField(max_length=20, choices=DiscrepancyKind.choices)
    reference = models.CharField(max_length=100, help_text="the row that differs")
    object_id = models.CharField(max_length=80, blank=True)
    currency = models.CharField(max_length=3)
    our_amount = models.BigIntegerField()
    their_amount = models.BigIntegerField()
    details = models.JSONField(default=dict)
    first_run = models.ForeignKey(
        ReconciliationRun, on_delete=models.PROTECT, related_name="found_first"
    )
    last_run = models.ForeignKey(
        ReconciliationRun, on_delete=models.PROTECT, related_name="found_last"
    )
    found_at = models.DateTimeField()
    resolution = models.CharField(max_length=10, choices=Resolution.choices, blank=True)
    reason = models.TextField(blank=True)
    correct_to = models.ForeignKey(
        LedgerAccount,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="corrections",
    )
    requested_by = models.CharField(max_length=40, blank=True)
    requested_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=40, blank=True)
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "discrepancies"
        constraints: ClassVar = [
            states.one_of("kind", DiscrepancyKind, name="discrepancy_kind"),
            models.UniqueConstraint(
                fields=["kind", "reference", "currency"],
                condition=Q(resolved_at=None),
                name="discrepancy_open_once",
            ),
            models.CheckConstraint(
                condition=Q(resolved_at=None)
                | (Q(resolution__in=Resolution.values) & ~Q(reason="")),
                name="discrepancy_resolved_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(resolved_at=None)
                | ~Q(resolution="corrected")
                | (~Q(resolved_by=F("requested_by")) & ~Q(requested_by="")),
                name="discrepancy_four_eyes",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["object_id"]),
            models.Index(
                fields=["id"],
                condition=Q(resolved_at=None),
                name="discrepancy_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"
