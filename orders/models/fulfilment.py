"""What left the shop, when, and how to follow it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from marketplace.kit import ids
from orders.models.order import OrderLine, SellerOrder


class Shipment(models.Model):
    """A parcel of one seller order."""

    public_id = ids.field("ship")
    seller_order = models.ForeignKey(
        SellerOrder, on_delete=models.PROTECT, related_name="shipments"
    )
    carrier = models.CharField(max_length=40, blank=True)
    tracking_number = models.CharField(max_length=60, blank=True)
    shipped_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.public_id


class ShipmentLine(models.Model):
    """How many units of a line are in a parcel."""

    shipment = models.ForeignKey(
        Shipment, on_delete=models.PROTECT, related_name="lines"
    )
    line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, related_name="shipment_lines"
    )
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shipment", "line"], name="shipment_line_once"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="shipment_line_quantity_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.line_id}"
