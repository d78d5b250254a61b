"""Where an order goes, and the links that open it."""

from typing import ClassVar

from django.db import models

from orders.models.order import Order


class Address(models.Model):
    """The delivery address of an order, as the buyer wrote it."""

    order = models.OneToOneField(
        Order, on_delete=models.CASCADE, related_name="address"
    )
    name = models.CharField(max_length=120)
    line1 = models.CharField(max_length=160)
    postal_code = models.CharField(max_length=20)
    city = models.CharField(max_length=80)
    region = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=2)
    phone = models.CharField(max_length=30, blank=True)

    def __str__(self) -> str:
        return f"{self.name}, {self.city}"


class OrderLink(models.Model):
    """A secret address of one order: at least 128 random bits, stored hashed.

    Each mail makes its own; all stay valid until revoked.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["order"])]

    def __str__(self) -> str:
        return f"link of {self.order_id}"
