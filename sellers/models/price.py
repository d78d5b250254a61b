"""What a variant has cost, and since when."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from sellers.models.product import Variant


class PriceChange(models.Model):
    """A price, in minor units, and the moment from which it applies: the first one of
    a variant, and each later one. Rows are never changed or deleted (a trigger).
    """

    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="price_changes"
    )
    price_amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(price_amount__gt=0), name="price_change_positive"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["variant", "-at", "-id"])]

    def __str__(self) -> str:
        return f"{self.price_amount} {self.currency} from {self.at:%Y-%m-%d}"
