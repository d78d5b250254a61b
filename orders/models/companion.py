"""What was bought with what, counted from paid orders from time to time."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from sellers.models import Product


class Companion(models.Model):
    """How many different buyers had both products in one paid order.

    Only pairs of enough buyers are kept, so that none shows what one person bought.
    `orders.services.together` rewrites the table; nothing else does.
    """

    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, related_name="companions"
    )
    other = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    buyers = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["product", "other"], name="companion_pair_once"
            ),
            models.CheckConstraint(
                condition=~Q(product=F("other")), name="companion_is_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} with {self.other_id}: {self.buyers}"
