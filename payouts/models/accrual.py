"""What a sale earned for whom, line by line, and what it waits for."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from marketplace.kit import ids, states
from orders.models import OrderLine, SellerOrder
from payouts.models.account import ConnectedAccount


class AccrualKind(models.TextChoices):
    GOODS = "goods"
    SHIPPING = "shipping"
    SHARE = "share"


class WaitsFor(models.TextChoices):
    """The moment of the seller order from which the hold is counted."""

    FULFILLED = "fulfilled"
    DELIVERED = "delivered"


class AccrualQuerySet(models.QuerySet["Accrual"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(account__in=ConnectedAccount.objects.visible_to(user))


class Accrual(models.Model):
    """An amount owed to a party for a line (or a delivery), written once at capture.

    The day it becomes available depends on shipping, so it is not a column: it is the
    seller order's moment plus `hold_days`, both frozen. Its state word is derived.
    """

    public_id = ids.field("acc")
    account = models.ForeignKey(
        ConnectedAccount, on_delete=models.PROTECT, related_name="accruals"
    )
    seller_order = models.ForeignKey(
        SellerOrder, on_delete=models.PROTECT, related_name="accruals"
    )
    line = models.ForeignKey(
        OrderLine,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="accruals",
    )
    kind = models.CharField(max_length=10, choices=AccrualKind.choices)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    base_amount = models.PositiveBigIntegerField(help_text="what the rate was taken of")
    waits_for = models.CharField(max_length=10, choices=WaitsFor.choices)
    hold_days = models.PositiveSmallIntegerField()
    accrued_at = models.DateTimeField()

    objects = AccrualQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            states.one_of("kind", AccrualKind, name="accrual_kind"),
            states.one_of("waits_for", WaitsFor, name="accrual_waits_for"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="accrual_positive"),
            models.UniqueConstraint(
                fields=["line", "kind"],
                condition=Q(line__isnull=False),
                name="accrual_once_per_line",
            ),
            models.UniqueConstraint(
                fields=["seller_order"],
                condition=Q(kind="shipping"),
                name="accrual_once_per_delivery",
            ),
            models.CheckConstraint(
                condition=Q(kind="shipping", line=None)
                | (~Q(kind="shipping") & Q(line__isnull=False)),
                name="accrual_line",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "-id"])]

    def __str__(self) -> str:
        return self.public_id

    @property
    def available_at(self) -> datetime | None:
        """When it becomes available; None while its parcel has not moved so far.
        Reads `seller_order`.
        """
        moment: datetime | None = (
            self.seller_order.fulfilled_at
            if self.waits_for == WaitsFor.FULFILLED
            else self.seller_order.delivered_at
        )
        return moment + timedelta(days=self.hold_days) if moment else None


class WithheldShare(models.Model):
    """A creator share that was agreed at sale and not earned: the buyer turned out to
    be the creator when the payment came. The line is split as if it had no creator.
    """

    line = models.OneToOneField(
        OrderLine, on_delete=models.PROTECT, related_name="withheld_share"
    )
    account = models.ForeignKey(
        ConnectedAccount, on_delete=models.PROTECT, related_name="withheld_shares"
    )
    reason = models.CharField(max_length=40)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.line_id}: {self.reason}"
