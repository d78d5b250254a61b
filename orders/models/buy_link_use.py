"""Which order used which buy link; given back when the order is not paid."""

from typing import ClassVar

from django.db import models

from orders.models.buy_link import BuyLink
from orders.models.order import Order


class BuyLinkUse(models.Model):
    """One use of a link by one order."""

    link = models.ForeignKey(
        BuyLink, on_delete=models.PROTECT, related_name="order_uses"
    )
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="buy_link_uses"
    )
    used_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["link", "order"], name="buy_link_use_once_per_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.link} by {self.order}"
