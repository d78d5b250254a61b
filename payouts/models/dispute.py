"""A buyer's bank takes a payment back: what the provider says, and what we booked."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from marketplace.kit import ids, states
from orders.models import Payment


class DisputeStatus(models.TextChoices):
    """The provider's own words; warnings and `prevented` move no money of themselves,
    and `lost` may still be appealed.
    """

    WARNING_NEEDS_RESPONSE = "warning_needs_response"
    WARNING_UNDER_REVIEW = "warning_under_review"
    WARNING_CLOSED = "warning_closed"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    PREVENTED = "prevented"
    APPEAL_NEEDS_RESPONSE = "appeal_needs_response"
    APPEAL_UNDER_REVIEW = "appeal_under_review"


class Dispute(models.Model):
    """One dispute of one payment, as last fetched.

    Its effects are ledger entries, each once: `dispute/<balance line>` when the money
    leaves, `dispute_reinstated/<balance line>` when it comes back, `dispute_lost/<id>`
    when the parties bear it, `dispute_restored/<id>` when an appeal undoes that.
    """

    public_id = ids.field("dsp")
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="disputes"
    )
    provider_id = models.CharField(max_length=80, unique=True)
    status = models.CharField(max_length=24, choices=DisputeStatus.choices)
    reason = models.CharField(max_length=60)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    evidence_due_at = models.DateTimeField(null=True)
    submissions = models.PositiveSmallIntegerField()
    opened_at = models.DateTimeField()
    checked_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    lost_at = models.DateTimeField(null=True, help_text="the parties bear it since")
    restored_at = models.DateTimeField(null=True, help_text="an appeal undid that")

    class Meta:
        constraints: ClassVar = [
            states.one_of("status", DisputeStatus, name="dispute_status"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="dispute_positive"),
            models.CheckConstraint(
                condition=Q(restored_at=None) | Q(lost_at__isnull=False),
                name="dispute_restored_after_lost",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["payment", "id"])]

    def __str__(self) -> str:
        return self.public_id
