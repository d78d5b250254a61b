"""Where an order goes, the addresses a buyer keeps, and the links that open an order."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.kit import ids
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


class SavedAddressQuerySet(models.QuerySet["SavedAddress"]):
    def visible_to(self, user: Any) -> Self:
        """Keep this person's own addresses."""
        return self.filter(user=user)

    def in_order(self) -> Self:
        """Put the default first, then the one kept last."""
        return self.order_by("-is_default", "-kept_at", "-pk")


class SavedAddress(models.Model):
    """An address a buyer keeps for the next time; one of them is the default."""

    public_id = ids.field("addr")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="saved_addresses",
    )
    name = models.CharField(max_length=120)
    line1 = models.CharField(max_length=160)
    postal_code = models.CharField(max_length=20)
    city = models.CharField(max_length=80)
    region = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=2)
    is_default = models.BooleanField()
    kept_at = models.DateTimeField()

    objects = SavedAddressQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(is_default=True),
                name="saved_address_one_default",
            ),
            models.UniqueConstraint(
                fields=[
                    *("user", "name", "line1", "postal_code"),
                    *("city", "region", "country"),
                ],
                name="saved_address_once",
            ),
        ]

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
