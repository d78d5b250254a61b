"""Money on its way back to a buyer: what of, how much, and how far it has come."""

from typing import ClassVar

from django.db import models
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum

from marketplace.kit import asked, ids, states
from orders.models.order import Order, OrderLine, SellerOrder
from orders.models.payment import Payment


class RefundStatus(models.TextChoices):
    """WAITS_FOR_BUYER: a cash payment's buyer has still to name a bank account."""

    REQUESTED = "requested"
    SUBMITTED = "submitted"
    UNKNOWN = "unknown"
    WAITS_FOR_BUYER = "waits_for_buyer"
    SENT = "sent"
    FAILED = "failed"


class RefundDoor(models.TextChoices):
    """Who asked. PLATFORM: by itself, for money that no order may keep; PROVIDER: made
    in Stripe's dashboard and adopted here.
    """

    BUYER = "buyer"
    SELLER = "seller"
    STAFF = "staff"
    PLATFORM = "platform"
    PROVIDER = "provider"


class RefundReason(models.TextChoices):
    """CANCELLED before shipping; ADJUSTMENT is an amount without units; UNEARNED money
    came for an order that could not be kept.
    """

    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    RETURNED = "returned"
    ADJUSTMENT = "adjustment"
    UNEARNED = "unearned"
    RETRY = "retry"


class RefundFunding(models.TextChoices):
    """Who bears it. PARTIES: each his part of the line; PLATFORM: goodwill; DUE: the
    buyer is owed it already (`buyer_refund_due`); SUSPENSE: money set aside.
    """

    PARTIES = "parties"
    PLATFORM = "platform"
    DUE = "due"
    SUSPENSE = "suspense"


class Refund(asked.Asked):
    """One refund of one payment. The row, its lines, the parties' parts and the ledger
    entry are written together, before the provider is asked.

    What the parties gave back stays taken when the provider cannot deliver it
    (`failed`): the buyer is still owed it. `withdrawn_at` is set when staff take the
    refund itself back, and with it all it did.
    """

    KEY = "ref"
    UNASKED = RefundStatus.REQUESTED
    MOVES: ClassVar = {
        RefundStatus.REQUESTED: frozenset({RefundStatus.SUBMITTED}),
        RefundStatus.SUBMITTED: frozenset(
            {
                RefundStatus.REQUESTED,
                RefundStatus.UNKNOWN,
                RefundStatus.WAITS_FOR_BUYER,
                RefundStatus.SENT,
                RefundStatus.FAILED,
            }
        ),
        RefundStatus.UNKNOWN: frozenset(
            {
                RefundStatus.SUBMITTED,
                RefundStatus.WAITS_FOR_BUYER,
                RefundStatus.SENT,
                RefundStatus.FAILED,
            }
        ),
        RefundStatus.WAITS_FOR_BUYER: frozenset(
            {RefundStatus.SENT, RefundStatus.FAILED}
        ),
        # A bank may send it back days later.
        RefundStatus.SENT: frozenset({RefundStatus.FAILED}),
    }

    public_id = ids.field("ref")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds")
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="refunds"
    )
    status = models.CharField(
        max_length=20, choices=RefundStatus.choices, default=RefundStatus.REQUESTED
    )
    amount = models.PositiveBigIntegerField(help_text="what the buyer gets")
    due_amount = models.PositiveBigIntegerField(
        help_text="what of it he was owed already, by a refund that failed before"
    )
    currency = models.CharField(max_length=3)
    door = models.CharField(max_length=10, choices=RefundDoor.choices)
    reason = models.CharField(max_length=12, choices=RefundReason.choices)
    funded_by = models.CharField(max_length=10, choices=RefundFunding.choices)
    note = models.TextField(blank=True, help_text="why, in the words of who asked")
    actor = models.CharField(max_length=40, blank=True)
    # One press of a button is one refund, however often the form arrives.
    request_key = models.CharField(max_length=60, unique=True)
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="retry"
    )
    pending_reason = models.CharField(max_length=40, blank=True)
    failure_reason = models.CharField(max_length=60, blank=True)
    requested_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        permissions: ClassVar = [
            ("refund_any_amount", "Can refund more than one person may alone"),
        ]
        constraints: ClassVar = [
            states.one_of("status", RefundStatus, name="refund_status"),
            states.one_of("door", RefundDoor, name="refund_door"),
            states.one_of("reason", RefundReason, name="refund_reason"),
            states.one_of("funded_by", RefundFunding, name="refund_funded_by"),
            # Goods go back without money when the buyer was given all of it before.
            models.CheckConstraint(
                condition=Q(amount__gt=0) | Q(funded_by="parties", status="sent"),
                name="refund_positive",
            ),
            models.CheckConstraint(
                condition=Q(funded_by="due", due_amount=F("amount"))
                | Q(funded_by="parties", due_amount__lt=F("amount"))
                | Q(funded_by="parties", due_amount=0)
                | Q(funded_by__in=["platform", "suspense"], due_amount=0),
                name="refund_due_amount_fits_funding",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["waits_for_buyer", "sent"])
                | Q(provider_id__isnull=False)
                | Q(amount=0),
                name="refund_known_to_provider",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(status="failed"),
                name="refund_withdrawn_after_failing",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["order", "id"]),
            models.Index(
                fields=["id"],
                condition=Q(
                    status__in=["requested", "submitted", "unknown", "waits_for_buyer"]
                ),
                name="refund_open",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class RefundLine(models.Model):
    """What a refund gives back of a line, or (without one) of a seller's delivery.

    `quantity` counts units that were cancelled or come back; 0 for a mere amount.
    `amount` is the buyer's; `subsidy_amount` goes back to the platform that had added
    it, and `goodwill_amount` to the platform that had given it to the buyer before.
    Their sum is what the parties give back. Append-only (a trigger).
    """

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="lines")
    seller_order = models.ForeignKey(
        SellerOrder, on_delete=models.PROTECT, related_name="refund_lines"
    )
    line = models.ForeignKey(
        OrderLine,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="refund_lines",
    )
    quantity = models.PositiveIntegerField()
    amount = models.PositiveBigIntegerField()
    subsidy_amount = models.PositiveBigIntegerField()
    goodwill_amount = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["refund", "line"],
                condition=Q(line__isnull=False),
                name="refund_line_once",
            ),
            models.UniqueConstraint(
                fields=["refund", "seller_order"],
                condition=Q(line=None),
                name="refund_delivery_once",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0)
                | Q(amount__gt=0)
                | Q(goodwill_amount__gt=0),
                name="refund_line_of_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.line_id or 'delivery'}"


def lines_given_back() -> QuerySet[OrderLine]:
    """Give the lines whose buyer gets the money back, of all units or all the amount."""
    back = (
        RefundLine.objects.filter(line=OuterRef("pk"), refund__withdrawn_at=None)
        .order_by()
        .values("line")
    )
    return OrderLine.objects.alias(
        units_back=Subquery(back.annotate(all=Sum("quantity")).values("all")),
        amount_back=Subquery(back.annotate(all=Sum("amount")).values("all")),
    ).filter(
        Q(units_back__gte=F("quantity"))
        | Q(amount_back__gte=F("paid_amount"), paid_amount__gt=0)
    )
