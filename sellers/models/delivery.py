"""What delivery costs: one price per shop and order, by country."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from sellers.models.shop import Shop


class DeliveryProfile(models.Model):
    """How a shop delivers to some countries: one price for the whole seller order."""

    shop = models.ForeignKey(
        Shop, on_delete=models.CASCADE, related_name="delivery_profiles"
    )
    name = models.CharField(max_length=60)
    countries = models.JSONField(help_text='["SE", "NL"]')
    price_amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    days_min = models.PositiveSmallIntegerField()
    days_max = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(days_min__lte=F("days_max")), name="delivery_days_ordered"
            )
        ]

    def __str__(self) -> str:
        return self.name
