"""Earned money taken back: whose, out of which of his accounts, and how it was made
good: by a reversal at the provider, by netting against later earnings, or not at all.
"""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from marketplace.kit import asked, ids, states
from orders.models import OrderLine, Refund, SellerOrder
from payouts.models.account import ConnectedAccount
from payouts.models.accrual import Accrual
from payouts.models.dispute import Dispute
from payouts.models.transfer import Transfer


class ShareRole(models.TextChoices):
    """SUBSIDY is the platform's own discount coming back to it."""

    SELLER = "seller"
    CREATOR = "creator"
    PLATFORM = "platform"
    TAX = "tax"
    SUBSIDY = "subsidy"


class ReversedShareQuerySet(models.QuerySet["ReversedShare"]):
    def counting(self) -> Self:
        """Keep what was taken and not given back again: a refund withdrawn by staff and
        a dispute won on appeal count no longer.
        """
        return self.filter(
            Q(refund__isnull=False, refund__withdrawn_at=None)
            | Q(dispute__isnull=False, dispute__restored_at=None)
        )


class ReversedShare(models.Model):
    """One party's part of a refund or a lost dispute, per line or delivery.

    A party gives back first what is still held for it, then what is payable, and owes
    the rest (`from_receivable`). Append-only; a refund that was withdrawn or a dispute
    won on appeal counts no longer (`Refund.withdrawn_at`, `Dispute.restored_at`).
    """

    refund = models.ForeignKey(
        Refund,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="shares",
    )
    dispute = models.ForeignKey(
        Dispute,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="shares",
    )
    seller_order = models.ForeignKey(
        SellerOrder, on_delete=models.PROTECT, related_name="reversed_shares"
    )
    line = models.ForeignKey(
        OrderLine,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_shares",
    )
    role = models.CharField(max_length=10, choices=ShareRole.choices)
    account = models.ForeignKey(
        ConnectedAccount,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_shares",
    )
    accrual = models.ForeignKey(
        Accrual,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_shares",
    )
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    from_held_amount = models.PositiveBigIntegerField()
    from_payable_amount = models.PositiveBigIntegerField()
    from_receivable_amount = models.PositiveBigIntegerField()
    at = models.DateTimeField()

    objects = ReversedShareQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            states.one_of("role", ShareRole, name="reversed_share_role"),
            models.CheckConstraint(
                condition=Q(refund__isnull=False, dispute=None)
                | Q(refund=None, dispute__isnull=False),
                name="reversed_share_one_cause",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="reversed_share_positive"
            ),
            models.CheckConstraint(
                condition=Q(
                    role__in=["seller", "creator"],
                    accrual__isnull=False,
                    account__isnull=False,
                    amount=F("from_held_amount")
                    + F("from_payable_amount")
                    + F("from_receivable_amount"),
                )
                | Q(
                    role__in=["platform", "tax", "subsidy"],
                    accrual=None,
                    account=None,
                    from_held_amount=0,
                    from_payable_amount=0,
                    from_receivable_amount=0,
                ),
                name="reversed_share_whole",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "-id"])]

    def __str__(self) -> str:
        return f"{self.role} {self.amount}"


class Netting(models.Model):
    """What a party owed, set off against what it earned. Append-only.

    `seller_order` is the sale whose money was used; a creator's payable is one pool.
    """

    public_id = ids.field("net")
    account = models.ForeignKey(
        ConnectedAccount, on_delete=models.PROTECT, related_name="nettings"
    )
    seller_order = models.ForeignKey(
        SellerOrder,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="nettings",
    )
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    netted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="netting_positive")
        ]
        indexes: ClassVar = [models.Index(fields=["account", "-id"])]

    def __str__(self) -> str:
        return self.public_id


class ReversalStatus(models.TextChoices):
    PLANNED = "planned"
    SUBMITTED = "submitted"
    UNKNOWN = "unknown"
    SENT = "sent"
    FAILED = "failed"


# Neither sent nor refused: what it will bring of a debt is spoken for.
OPEN_REVERSALS = (
    ReversalStatus.PLANNED,
    ReversalStatus.SUBMITTED,
    ReversalStatus.UNKNOWN,
)


class Reversal(asked.Asked):
    """A transfer taken back, wholly or in part, with a key of its own: not the transfer's.

    While it is open its amount of the receivable is spoken for: netting leaves it. A
    refusal (`failed`: the account has not enough) leaves the receivable to netting.
    """

    KEY = "trr"
    MOVES: ClassVar = {
        ReversalStatus.PLANNED: frozenset({ReversalStatus.SUBMITTED}),
        ReversalStatus.SUBMITTED: frozenset(
            {
                ReversalStatus.PLANNED,
                ReversalStatus.UNKNOWN,
                ReversalStatus.SENT,
                ReversalStatus.FAILED,
            }
        ),
        ReversalStatus.UNKNOWN: frozenset(
            {ReversalStatus.SUBMITTED, ReversalStatus.SENT, ReversalStatus.FAILED}
        ),
    }

    public_id = ids.field("trr")
    transfer = models.ForeignKey(
        Transfer, on_delete=models.PROTECT, related_name="reversals"
    )
    refund = models.ForeignKey(
        Refund,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reversals",
    )
    dispute = models.ForeignKey(
        Dispute,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reversals",
    )
    status = models.CharField(
        max_length=10, choices=ReversalStatus.choices, default=ReversalStatus.PLANNED
    )
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    is_external = models.BooleanField(help_text="made at the provider, adopted here")
    failure_code = models.CharField(max_length=60, blank=True)
    planned_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            states.one_of("status", ReversalStatus, name="reversal_status"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="reversal_positive"),
            models.CheckConstraint(
                condition=~Q(status="sent") | Q(provider_id__isnull=False),
                name="reversal_sent_has_provider_id",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["id"],
                condition=Q(status__in=list(OPEN_REVERSALS)),
                name="reversal_open",
            )
        ]

    def __str__(self) -> str:
        return self.public_id


class WriteOffStatus(models.TextChoices):
    REQUESTED = "requested"
    APPROVED = "approved"
    DECLINED = "declined"


class WriteOff(states.Stateful):
    """Debt given up. Asked for by one person with a reason and approved by another, or
    made by the policy that bounds what a party can owe (`is_policy`).
    """

    MOVES: ClassVar = {
        WriteOffStatus.REQUESTED: frozenset(
            {WriteOffStatus.APPROVED, WriteOffStatus.DECLINED}
        )
    }

    public_id = ids.field("wof")
    account = models.ForeignKey(
        ConnectedAccount, on_delete=models.PROTECT, related_name="write_offs"
    )
    status = models.CharField(
        max_length=10, choices=WriteOffStatus.choices, default=WriteOffStatus.REQUESTED
    )
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.TextField()
    is_policy = models.BooleanField()
    requested_by = models.CharField(max_length=40)
    requested_at = models.DateTimeField()
    decided_by = models.CharField(max_length=40, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            states.one_of("status", WriteOffStatus, name="write_off_status"),
            models.CheckConstraint(
                condition=Q(amount__gt=0) & ~Q(reason=""), name="write_off_whole"
            ),
            models.CheckConstraint(
                condition=~Q(status="approved")
                | Q(is_policy=True)
                | ~Q(decided_by=F("requested_by")),
                name="write_off_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
