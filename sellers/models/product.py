"""What is sold: a product of one shop, its variants and its photos."""

from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.kit import ids, states
from sellers.models.shop import Shop


class Category(models.TextChoices):
    HOME = "home", _("Home")
    KITCHEN = "kitchen", _("Kitchen and table")
    LIGHTING = "lighting", _("Lighting")
    CLOTHING = "clothing", _("Clothing")
    ACCESSORIES = "accessories", _("Accessories")
    BEAUTY = "beauty", _("Beauty")
    TECH = "tech", _("Tech")
    OTHER = "other", _("Other")


class WithdrawalException(models.TextChoices):
    """Why a buyer may not simply withdraw from a thing: directive 2011/83/EU, article
    16 c, d, e and i. What is sealed he may withdraw from until he breaks the seal.
    """

    CUSTOM_MADE = "custom_made", _("Made to the buyer's own measure or wish")
    PERISHABLE = "perishable", _("Spoils or expires quickly")
    SEALED_HYGIENE = "sealed_hygiene", _("Sealed for health or hygiene")
    SEALED_RECORDING = "sealed_recording", _("Sealed recording or software")


NEVER_WITHDRAWN = frozenset(
    {WithdrawalException.CUSTOM_MADE, WithdrawalException.PERISHABLE}
)


def withdrawal_exception_known(*, name: str) -> models.CheckConstraint:
    """Make the CHECK that a thing has one of the exceptions or none."""
    return models.CheckConstraint(
        condition=Q(withdrawal_exception__in=["", *WithdrawalException.values]),
        name=name,
    )


class ProductStatus(models.TextChoices):
    DRAFT = "draft"
    LIVE = "live"
    HIDDEN = "hidden"
    BLOCKED = "blocked"


class ProductQuerySet(models.QuerySet["Product"]):
    def visible_to(self, user: Any) -> Self:
        """Keep the products of the shops this person runs."""
        return self.filter(shop__memberships__user=user)

    def live(self) -> Self:
        """Keep what the public may see and buy."""
        return self.filter(status=ProductStatus.LIVE, shop__is_open=True)

    def in_stock(self) -> Self:
        """Keep what has a variant on sale with a unit left."""
        left = Variant.objects.filter(
            product=OuterRef("pk"), is_active=True, on_hand__gt=F("reserved")
        )
        return self.filter(Exists(left))

    def with_card(self) -> Self:
        """Load what a product card shows: shop, photos and variants, in 3 queries."""
        found = self.select_related("shop").prefetch_related("photos", "variants")
        return found.defer("folded_title", "folded_text")


class Product(states.Stateful):
    """One thing a shop sells, in one or more variants of one currency: the shop's."""

    MOVES: ClassVar = {
        ProductStatus.DRAFT: frozenset({ProductStatus.LIVE}),
        ProductStatus.LIVE: frozenset({ProductStatus.HIDDEN, ProductStatus.BLOCKED}),
        ProductStatus.HIDDEN: frozenset({ProductStatus.LIVE, ProductStatus.BLOCKED}),
        ProductStatus.BLOCKED: frozenset({ProductStatus.HIDDEN}),
    }

    public_id = ids.field("prod")
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="products")
    title = models.CharField(max_length=150)
    slug = models.SlugField(max_length=80)
    description = models.TextField(max_length=5000, blank=True)
    category = models.CharField(max_length=20, choices=Category.choices)
    status = models.CharField(
        max_length=10, choices=ProductStatus.choices, default=ProductStatus.DRAFT
    )
    # The axes its variants differ in, in order: ["Size", "Colour"]; [] for one variant.
    option_names = models.JSONField(default=list, blank=True)
    # Not for quick buy: whoever taps it gets this page to read, not the buy sheet.
    needs_full_page = models.BooleanField(default=False)
    # Told before it is bought, and frozen on the line; empty is the usual right.
    withdrawal_exception = models.CharField(
        max_length=20, choices=WithdrawalException.choices, blank=True, default=""
    )
    listed_at = models.DateTimeField()
    # What is searched, see `sellers.services.indexing`; begins and ends with a space.
    folded_title = models.TextField(default=" ", editable=False)
    folded_text = models.TextField(default=" ", editable=False)

    objects = ProductQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            states.one_of("status", ProductStatus, name="product_status"),
            states.one_of("category", Category, name="product_category"),
            models.CheckConstraint(condition=~Q(title=""), name="product_title"),
            withdrawal_exception_known(name="product_withdrawal_exception"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["shop", "status", "-listed_at"]),
            models.Index(fields=["status", "-listed_at", "-id"], name="product_newest"),
            models.Index(
                fields=["status", "category", "-listed_at", "-id"],
                name="product_newest_in",
            ),
            GinIndex(
                fields=["folded_text"], opclasses=["gin_trgm_ops"], name="product_trgm"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("sellers:product", args=[self.public_id, self.slug])

    @property
    def is_live(self) -> bool:
        return self.status == ProductStatus.LIVE

    @property
    def is_draft(self) -> bool:
        return self.status == ProductStatus.DRAFT


class VariantQuerySet(models.QuerySet["Variant"]):
    def live(self) -> Self:
        return self.filter(
            is_active=True,
            product__status=ProductStatus.LIVE,
            product__shop__is_open=True,
        )


class Variant(models.Model):
    """A concrete thing to put in a cart: its options, its price, its stock.

    `on_hand` and `reserved` are sums kept beside their journals (StockMove and live
    Reservations); only `sellers.services.stock` writes them, and invariants I01 to I03
    compare.

    `was_amount` is what the price may be shown struck against, while it is reduced: the
    lowest price of the 30 days before `reduced_at`, see `sellers.services.prices`.
    `offered_at` is since when the public can buy it without a break.
    """

    public_id = ids.field("var")
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="variants"
    )
    # One value for each of the product's option_names: {"Size": "M"}.
    options = models.JSONField(default=dict, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    price_amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    on_hand = models.PositiveIntegerField(default=0)
    reserved = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    was_amount = models.PositiveBigIntegerField(null=True)
    reduced_at = models.DateTimeField(null=True)
    offered_at = models.DateTimeField(null=True)
    # Its size and colour as they are filtered by: ["size:m", "colour:blue"].
    facets = ArrayField(models.TextField(), default=list, editable=False)

    objects = VariantQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(price_amount__gt=0), name="variant_price_positive"
            ),
            models.CheckConstraint(
                condition=Q(on_hand__gte=0)
                & Q(reserved__gte=0)
                & Q(reserved__lte=F("on_hand")),
                name="variant_stock_sane",
            ),
            models.UniqueConstraint(
                fields=["product", "options"], name="variant_options_once"
            ),
            models.CheckConstraint(
                condition=Q(was_amount=None, reduced_at=None)
                | Q(
                    was_amount__isnull=False,
                    was_amount__gt=F("price_amount"),
                    reduced_at__isnull=False,
                ),
                name="variant_was_more",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["reduced_at"],
                condition=Q(reduced_at__isnull=False),
                name="variant_reduced",
            ),
            GinIndex(
                fields=["facets"],
                condition=Q(is_active=True),
                name="variant_facets",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product.title} {self.label}".strip()

    @property
    def available(self) -> int:
        """Units that can still be bought."""
        return self.on_hand - self.reserved

    @property
    def label(self) -> str:
        """The option values as a buyer reads them: "M, Blue"."""
        return ", ".join(str(value) for value in self.options.values())


class Photo(models.Model):
    """A picture of a product, in renditions made at upload from re-encoded pixels.

    `renditions` is [{"width": 400, "height": 500, "path": "…webp"}], smallest first.
    """

    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, related_name="photos"
    )
    position = models.PositiveSmallIntegerField(default=0)
    alt = models.CharField(max_length=200, blank=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    renditions = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["product", "position"], name="photo_position_once"
            )
        ]

    def __str__(self) -> str:
        return self.alt or f"photo {self.pk}"
