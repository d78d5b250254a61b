"""Money on its way from the platform's balance to a connected account."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from marketplace.kit import asked, ids, states
from orders.models import SellerOrder
from payouts.models.account import ConnectedAccount
from payouts.models.payout import PayoutItem


class TransferKind(models.TextChoices):
    """SELLER draws on the buyer's charge; SUBSIDY is the platform's addition to it;
    RESTORED sends what became the seller's again (a dispute won, a refund withdrawn);
    CREATOR is a payout run's item; ADOPTED was made in the provider's dashboard.
    """

    SELLER = "seller"
    SUBSIDY = "subsidy"
    RESTORED = "restored"
    CREATOR = "creator"
    ADOPTED = "adopted"


class TransferStatus(models.TextChoices):
    PLANNED = "planned"
    SUBMITTED = "submitted"
    UNKNOWN = "unknown"
    SENT = "sent"
    FAILED = "failed"


# Neither arrived nor refused: still to be sent, or of unknown outcome.
OPEN_TRANSFERS = (
    TransferStatus.PLANNED,
    TransferStatus.SUBMITTED,
    TransferStatus.UNKNOWN,
)


class Transfer(asked.Asked):
    """One transfer, planned under the payee's lock and sent with a key of its own.

    A definitive refusal closes the row (`failed`) and gives the money back to payable;
    trying again is a new row.
    """

    KEY = "trf"
    MOVES: ClassVar = {
        TransferStatus.PLANNED: frozenset({TransferStatus.SUBMITTED}),
        TransferStatus.SUBMITTED: frozenset(
            {
                TransferStatus.SENT,
                TransferStatus.FAILED,
                TransferStatus.UNKNOWN,
                TransferStatus.PLANNED,
            }
        ),
        TransferStatus.UNKNOWN: frozenset(
            {TransferStatus.SUBMITTED, TransferStatus.SENT, TransferStatus.FAILED}
        ),
    }

    public_id = ids.field("trf")
    account = models.ForeignKey(
        ConnectedAccount, on_delete=models.PROTECT, related_name="transfers"
    )
    kind = models.CharField(max_length=10, choices=TransferKind.choices)
    status = models.CharField(
        max_length=10, choices=TransferStatus.choices, default=TransferStatus.PLANNED
    )
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    destination = models.CharField(max_length=80, help_text="pinned when planned")
    seller_order = models.ForeignKey(
        SellerOrder,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="transfers",
    )
    payout_item = models.OneToOneField(
        PayoutItem,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="transfer",
    )
    # Counts the `restored` ones of a seller order; all others are its first and only.
    part = models.PositiveSmallIntegerField(default=1)
    source_charge_id = models.CharField(max_length=80, blank=True)
    transfer_group = models.CharField(max_length=60)
    failure_code = models.CharField(max_length=60, blank=True)
    planned_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            states.one_of("kind", TransferKind, name="transfer_kind"),
            states.one_of("status", TransferStatus, name="transfer_status"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_positive"),
            models.CheckConstraint(
                condition=(
                    Q(kind="seller", payout_item=None, seller_order__isnull=False)
                    & ~Q(source_charge_id="")
                )
                | Q(
                    kind__in=["subsidy", "restored"],
                    payout_item=None,
                    seller_order__isnull=False,
                    source_charge_id="",
                )
                | Q(
                    kind="creator",
                    payout_item__isnull=False,
                    seller_order=None,
                    source_charge_id="",
                )
                | Q(
                    kind="adopted",
                    payout_item=None,
                    seller_order=None,
                    source_charge_id="",
                    status="sent",
                ),
                name="transfer_kind_whole",
            ),
            models.UniqueConstraint(
                fields=["seller_order", "kind", "part"],
                condition=Q(seller_order__isnull=False) & ~Q(status="failed"),
                name="transfer_once_per_seller_order",
            ),
            models.CheckConstraint(
                condition=Q(part=1) | Q(kind="restored", part__gt=1),
                name="transfer_restored_in_parts",
            ),
            models.CheckConstraint(
                condition=~Q(status="sent") | Q(provider_id__isnull=False),
                name="transfer_sent_has_provider_id",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "-id"]),
            models.Index(
                fields=["id"],
                condition=Q(status__in=list(OPEN_TRANSFERS)),
                name="transfer_open",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
