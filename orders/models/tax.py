"""What part of a price is tax, by country. A missing row is an error, not zero."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from marketplace.kit import states


class TaxCollector(models.TextChoices):
    SELLER = "seller"
    PLATFORM = "platform"
    NONE = "none"


class TaxRate(models.Model):
    """The tax on a trader's goods and delivery, sent to a country.

    `is_included`: shown prices contain it (EU, Japan) or it is added (US).
    `collected_by`: who hands it to the state for a trader; a private seller has none.
    """

    country = models.CharField(max_length=2)
    category = models.CharField(
        max_length=20, blank=True, help_text="a product category; empty: all others"
    )
    rate_bps = models.PositiveIntegerField()
    is_included = models.BooleanField()
    collected_by = models.CharField(
        max_length=10,
        choices=[
            (TaxCollector.SELLER, TaxCollector.SELLER.label),
            (TaxCollector.PLATFORM, TaxCollector.PLATFORM.label),
        ],
    )

    class Meta:
        constraints: ClassVar = [
            states.one_of("collected_by", TaxCollector, name="tax_rate_collected_by"),
            models.UniqueConstraint(
                fields=["country", "category"], name="tax_rate_once"
            ),
            models.CheckConstraint(
                condition=Q(rate_bps__lte=5000), name="tax_rate_bounded"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.category} {self.rate_bps} bps"
