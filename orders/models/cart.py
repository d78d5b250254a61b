"""What a buyer means to buy, kept on the server and reachable by a token."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.kit import ids
from orders.models.buy_link import BuyLink
from sellers.models import Variant


class Cart(models.Model):
    """The open cart of one browser; closed once its order is paid.

    The browser holds a random token, we hold its hash. The same token opens the next
    cart, so the browser that placed an order is known again without a visitor id.
    """

    public_id = ids.field("cart")
    token_hash = models.CharField(max_length=64)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    currency = models.CharField(max_length=3, blank=True)
    code = models.CharField(max_length=20, blank=True, help_text="the word typed")
    came_from = models.CharField(
        max_length=300, blank=True, help_text="the page whose sheet was used last"
    )
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["token_hash"], condition=Q(closed_at=None), name="cart_one_open"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["token_hash"])]

    def __str__(self) -> str:
        return self.public_id


class CartLine(models.Model):
    """A variant and how many, with the price that was shown and where it was found.

    `source_*` is the surface that led here: a newer one
    replaces an older one on this line only.
    """

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()
    listed_amount = models.PositiveBigIntegerField(help_text="unit price shown")
    source_type = models.CharField(max_length=12, blank=True)
    source_id = models.CharField(max_length=24, blank=True)
    source_date = models.DateField(null=True)
    # The buy link that put it here, with the price it may hold.
    buy_link = models.ForeignKey(
        BuyLink, on_delete=models.SET_NULL, null=True, related_name="cart_lines"
    )
    added_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cart", "variant"], name="cart_line_once"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="cart_line_quantity_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant_id}"
