"""A buyer's bank takes a payment back: what the provider says, and what we booked."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.kit import ids, states
from orders.models import Payment
from payouts.models.account import ConnectedAccount
from sellers.models import Shop


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


# Why a buyer's bank asks, in words; the codes are the provider's.
REASONS = {
    "credit_not_processed": _("The buyer says a refund did not arrive"),
    "duplicate": _("The buyer says it was paid twice"),
    "fraudulent": _("The buyer says they did not pay this"),
    "product_not_received": _("The buyer says it did not arrive"),
    "product_unacceptable": _("The buyer says it is not what was sold"),
    "unrecognized": _("The buyer does not know this payment"),
}


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def concerning(self, shop: Shop) -> Self:
        """Keep the disputes of orders in which this shop sold something."""
        return self.filter(payment__order__seller_orders__shop=shop).distinct()


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

    objects = DisputeQuerySet.as_manager()

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

    @property
    def reason_words(self) -> str:
        return str(REASONS.get(self.reason, _("The bank gives no reason")))

    @property
    def waits_for_answer(self) -> bool:
        return self.status in (
            DisputeStatus.WARNING_NEEDS_RESPONSE,
            DisputeStatus.NEEDS_RESPONSE,
            DisputeStatus.APPEAL_NEEDS_RESPONSE,
        )


class EvidenceKind(models.TextChoices):
    """What a piece of evidence shows; the first four are words, the others files."""

    EXPLANATION = "explanation", _("What happened, in your words")
    DESCRIPTION = "description", _("What was sold, as the buyer saw it")
    CARRIER = "carrier", _("Who carried the parcel")
    TRACKING = "tracking", _("Tracking number")
    RECEIPT = "receipt", _("Receipt or invoice")
    CONVERSATION = "conversation", _("Messages with the buyer")
    DELIVERY = "delivery", _("Proof of shipping or delivery")
    OTHER = "other", _("Another document")


class DisputeEvidence(models.Model):
    """One piece of what is answered to a bank, text or a file, kept until it is sent.

    Files stay in the database: they are private, few and small, and must not be lost.
    """

    public_id = ids.field("evd")
    dispute = models.ForeignKey(
        Dispute, on_delete=models.PROTECT, related_name="evidence"
    )
    kind = models.CharField(max_length=20, choices=EvidenceKind.choices)
    text = models.TextField(blank=True)
    file = models.BinaryField(null=True)
    filename = models.CharField(max_length=120, blank=True)
    content_type = models.CharField(max_length=40, blank=True)
    size = models.PositiveIntegerField(null=True)
    # The seller who added it; none for staff.
    account = models.ForeignKey(
        ConnectedAccount, on_delete=models.PROTECT, null=True, related_name="evidence"
    )
    added_by = models.CharField(max_length=40)
    added_at = models.DateTimeField()
    provider_file_id = models.CharField(max_length=80, blank=True)
    submitted_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "dispute evidence"
        constraints: ClassVar = [
            states.one_of("kind", EvidenceKind, name="dispute_evidence_kind"),
            models.CheckConstraint(
                condition=(Q(file=None, filename="", size=None) & ~Q(text=""))
                | (Q(file__isnull=False, size__gt=0, text="") & ~Q(filename="")),
                name="dispute_evidence_text_or_file",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
