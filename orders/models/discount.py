"""A word that lowers the price, who bears it, and how often it may be used."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from creators.models import Code, FundedBy
from marketplace.kit import states
from orders.models.order import Order
from sellers.models import Shop


class DiscountQuerySet(models.QuerySet["Discount"]):
    def running(self, at: datetime) -> Self:
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=at), starts_at__lte=at)


class Discount(models.Model):
    """A share of the goods, in basis points, off with a code.

    Funded by a seller it lowers that shop's lines only; funded by the platform, all.
    """

    word = models.CharField(max_length=20, unique=True)
    rate_bps = models.PositiveIntegerField()
    funded_by = models.CharField(max_length=10, choices=FundedBy.choices)
    shop = models.ForeignKey(
        Shop, on_delete=models.PROTECT, null=True, blank=True, related_name="discounts"
    )
    creator_code = models.OneToOneField(
        Code, on_delete=models.PROTECT, null=True, blank=True, related_name="discount"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    max_redemptions = models.PositiveIntegerField(null=True, blank=True)
    redeemed = models.PositiveIntegerField(default=0, editable=False)

    objects = DiscountQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            states.one_of("funded_by", FundedBy, name="discount_funded_by"),
            models.CheckConstraint(
                condition=Q(rate_bps__gt=0) & Q(rate_bps__lte=9000),
                name="discount_rate",
            ),
            models.CheckConstraint(
                condition=Q(funded_by="platform", shop=None)
                | Q(funded_by="seller", shop__isnull=False),
                name="discount_funder",
            ),
            models.CheckConstraint(
                condition=Q(max_redemptions=None)
                | Q(redeemed__lte=F("max_redemptions")),
                name="discount_not_overused",
            ),
        ]

    def __str__(self) -> str:
        return self.word


class Redemption(models.Model):
    """One use of a discount by one order; given back when the order is not paid."""

    discount = models.ForeignKey(
        Discount, on_delete=models.PROTECT, related_name="redemptions"
    )
    order = models.OneToOneField(
        Order, on_delete=models.PROTECT, related_name="redemption"
    )
    redeemed_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.discount} by {self.order}"
