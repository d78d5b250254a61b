"""A link that sells: one thing or a bundle, for a while, so many times, at a price that
may be fixed. Made by a shop of its own things, or by a creator of what it recommends.
"""

import secrets
from datetime import datetime
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q
from django.urls import reverse

from creators.models import Creator
from marketplace.kit import ids
from sellers.models import Product, Shop, Variant

CODE_LENGTH = 8


def new_code() -> str:
    """Make a code that is short enough to read out: about 44 random bits."""
    return "".join(secrets.choice(ids.ALPHABET) for _ in range(CODE_LENGTH))


class BuyLinkState(models.TextChoices):
    OPEN = "open"
    STOPPED = "stopped"
    EXPIRED = "expired"
    USED_UP = "used_up"


class BuyLinkQuerySet(models.QuerySet["BuyLink"]):
    def visible_to(self, user: Any) -> Self:
        """Keep the links of this person's shops and of his creator page."""
        return self.filter(
            Q(shop__in=Shop.objects.filter(memberships__user=user))
            | Q(creator__user=user)
        )

    def with_items(self) -> Self:
        """Load what each link sells, in 5 more queries."""
        return self.select_related("shop", "creator").prefetch_related(
            models.Prefetch(
                "items",
                BuyLinkItem.objects.select_related("product__shop", "variant").order_by(
                    "position"
                ),
            ),
            "items__product__photos",
            "items__product__variants",
        )

    def with_paid(self) -> Self:
        """Count the paid orders of each link as `paid`."""
        return self.annotate(
            paid=Count("order_uses", filter=Q(order_uses__order__paid_at__isnull=False))
        )


class BuyLink(models.Model):
    """What one address sells and on what terms. Amounts are minor units of `currency`.

    `locked_amount` is the price of all its goods together; an item may have its own
    instead. What a lock gives away is the shop's, so only a shop's link has one.
    `uses` counts the orders that are paid or may still be.
    """

    code = models.CharField(
        max_length=12, unique=True, editable=False, default=new_code
    )
    shop = models.ForeignKey(
        Shop,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="buy_links",
    )
    creator = models.ForeignKey(
        Creator,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="buy_links",
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    currency = models.CharField(max_length=3)
    locked_amount = models.PositiveBigIntegerField(null=True, blank=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    max_uses = models.PositiveIntegerField(null=True, blank=True)
    uses = models.PositiveIntegerField(default=0, editable=False)
    views = models.PositiveIntegerField(default=0, editable=False)

    objects = BuyLinkQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(shop=None, creator__isnull=False)
                | Q(shop__isnull=False, creator=None),
                name="buy_link_one_maker",
            ),
            models.CheckConstraint(
                condition=Q(locked_amount=None)
                | Q(locked_amount__gt=0, shop__isnull=False),
                name="buy_link_lock_is_the_shops",
            ),
            models.CheckConstraint(
                condition=Q(max_uses=None) | Q(max_uses__gt=0, uses__lte=F("max_uses")),
                name="buy_link_not_overused",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("buying:link", args=[self.code])

    @property
    def share_url(self) -> str:
        """The address to be shared: short, and in each reader's own language."""
        return f"{settings.SITE_URL}/b/{self.code}"

    def state(self, *, at: datetime, own_uses: int = 0) -> BuyLinkState:
        """Say whether it still sells; `own_uses` are this buyer's unpaid orders'."""
        if self.stopped_at is not None:
            return BuyLinkState.STOPPED
        if self.expires_at is not None and self.expires_at <= at:
            return BuyLinkState.EXPIRED
        if self.max_uses is not None and self.uses - own_uses >= self.max_uses:
            return BuyLinkState.USED_UP
        return BuyLinkState.OPEN


class BuyLinkItem(models.Model):
    """A thing of a link and how many; without a variant the buyer chooses one.

    `locked_amount` is the price of the whole item, all its units.
    """

    link = models.ForeignKey(BuyLink, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    quantity = models.PositiveIntegerField()
    locked_amount = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["link", "position"], name="buy_link_item_position_once"
            ),
            models.UniqueConstraint(
                fields=["link", "variant"], name="buy_link_item_variant_once"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="buy_link_item_quantity_positive"
            ),
            models.CheckConstraint(
                condition=Q(locked_amount=None) | Q(locked_amount__gt=0),
                name="buy_link_item_lock_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product}"
