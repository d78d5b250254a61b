"""What happened to an order, in order. Rows are never changed or deleted (a trigger)."""

from typing import ClassVar

from django.db import models


class OrderEvent(models.Model):
    """One move of an order or of a seller's part; `subject` is its public id."""

    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="events"
    )
    subject = models.CharField(max_length=24)
    before = models.CharField(max_length=20, blank=True)
    after = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["subject", "id"])]

    def __str__(self) -> str:
        return f"{self.subject}: {self.before} → {self.after}"
