"""Who wants to be told when a variant is back in stock."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from sellers.models.product import Variant


class StockAlertQuerySet(models.QuerySet["StockAlert"]):
    def open(self) -> Self:
        """Keep those who have not been told."""
        return self.filter(sent_at=None)

    def of(self, email: str) -> Self:
        """Keep the wishes of an address, however it is written."""
        return self.annotate(lower=Lower("email")).filter(lower=email.strip().lower())


class StockAlert(models.Model):
    """One wish to be told, by one mail, that a variant is back. No account is needed,
    and it is no newsletter: the row goes some days after its mail.
    """

    variant = models.ForeignKey(
        Variant, on_delete=models.CASCADE, related_name="stock_alerts"
    )
    email = models.EmailField()
    language = models.CharField(max_length=5)
    asked_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    objects = StockAlertQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "variant",
                Lower("email"),
                condition=Q(sent_at=None),
                name="stock_alert_open_once",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["variant", "asked_at", "id"],
                condition=Q(sent_at=None),
                name="stock_alert_waiting",
            ),
            models.Index(fields=["variant", "sent_at"], name="stock_alert_told"),
            models.Index(Lower("email"), name="stock_alert_of"),
        ]

    def __str__(self) -> str:
        return f"alert {self.pk} for variant {self.variant_id}"
