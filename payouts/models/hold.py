"""What keeps earned money from being paid: a hold by staff, a reserve kept back for
returns, the days after a change of who can reach the money.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from marketplace.kit import ids, states
from orders.models import SellerOrder
from payouts.models.account import ConnectedAccount
from payouts.models.accrual import Accrual


class Hold(models.Model):
    """A stop by staff: on a whole payee, or on one earning or seller order of theirs.

    A payee on hold is paid nothing; an earning on hold is not released. Rows stay for
    ever: lifting one only fills in who did it and why.
    """

    public_id = ids.field("hold")
    account = models.ForeignKey(
        ConnectedAccount, on_delete=models.PROTECT, related_name="holds"
    )
    accrual = models.ForeignKey(
        Accrual, on_delete=models.PROTECT, null=True, blank=True, related_name="holds"
    )
    seller_order = models.ForeignKey(
        SellerOrder,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="holds",
    )
    reason = models.TextField()
    placed_by = models.CharField(max_length=40)
    placed_at = models.DateTimeField()
    release_reason = models.TextField(blank=True)
    released_by = models.CharField(max_length=40, blank=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(accrual=None) | Q(seller_order=None), name="hold_one_target"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="hold_has_reason"),
            models.CheckConstraint(
                condition=Q(released_at=None, released_by="", release_reason="")
                | Q(released_at__isnull=False)
                & ~Q(released_by="")
                & ~Q(release_reason=""),
                name="hold_release_whole",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["account"], condition=Q(released_at=None), name="hold_open"
            )
        ]

    def __str__(self) -> str:
        return self.public_id


class Reserve(models.Model):
    """A part of a release that stays held until a day, for returns that come late.

    Of a creator's earning or of a whole seller order. It lies in the held account, so a
    refund takes it first; what is left on the day is released by the entry
    `reserve_release/<public_id>`, or by none when nothing is left.
    """

    public_id = ids.field("rsv")
    account = models.ForeignKey(
        ConnectedAccount, on_delete=models.PROTECT, related_name="reserves"
    )
    accrual = models.OneToOneField(
        Accrual, on_delete=models.PROTECT, null=True, blank=True, related_name="reserve"
    )
    seller_order = models.OneToOneField(
        SellerOrder,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reserve",
    )
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    # The newest share taken back before: later ones of the earning came out of this.
    last_share_id = models.BigIntegerField()
    kept_at = models.DateTimeField()
    until = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="reserve_positive"),
            models.CheckConstraint(
                condition=Q(accrual=None, seller_order__isnull=False)
                | Q(accrual__isnull=False, seller_order=None),
                name="reserve_one_target",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["until"], condition=Q(released_at=None), name="reserve_open"
            )
        ]

    def __str__(self) -> str:
        return self.public_id


class Credential(models.TextChoices):
    PAYOUT_ACCOUNT = "payout_account"
    PASSWORD = "password"
    EMAIL = "email"
    MFA = "mfa"


class CredentialChange(models.Model):
    """A change after which somebody else might be at the money: payouts wait for
    `PAYOUT_HOLD_AFTER_CHANGE_HOURS` from it. Rows are only added.
    """

    account = models.ForeignKey(
        ConnectedAccount, on_delete=models.PROTECT, related_name="credential_changes"
    )
    what = models.CharField(max_length=20, choices=Credential.choices)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            states.one_of("what", Credential, name="credential_change_what")
        ]
        indexes: ClassVar = [models.Index(fields=["account", "-at"])]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.what}"
