"""Reads over shops, products and delivery, each with a known number of queries."""

from collections.abc import Collection, Iterable

from django.db.models import Count, F, IntegerField, QuerySet, Sum
from django.db.models.functions import Coalesce

from marketplace.kit.errors import NotFound
from sellers.models import DeliveryProfile, Product, ProductStatus, Shop
from sellers.models.product import ProductQuerySet


def live_product(public_id: str) -> Product:
    """Give a product the public may see, with its shop, photos and variants.

    :raises NotFound: for a draft, hidden or blocked one, a closed shop's, or none.
    """
    product = Product.objects.live().with_card().filter(public_id=public_id).first()
    if product is None:
        raise NotFound
    return product


def product_list(
    *, shops: Collection[Shop] | None = None, category: str = "", words: str = ""
) -> ProductQuerySet:
    """List what the public may buy, newest first, with what a card shows."""
    products = Product.objects.live().with_card()
    if shops is not None:
        products = products.filter(shop__in=shops)
    if category:
        products = products.filter(category=category)
    if words:
        products = products.filter(title__icontains=words)
    return products.order_by("-listed_at", "-pk")


def back_office_list(
    *, shop: Shop, status: str = "", words: str = ""
) -> QuerySet[Product]:
    """List a shop's products for those who run it, newest first, with stock summed
    over what is on sale: `units_on_hand`, `units_held`.
    """
    products = shop.products.all()
    if status in ProductStatus.values:
        products = products.filter(status=status)
    if words:
        products = products.filter(title__icontains=words)
    return products.prefetch_related("photos", "variants").order_by("-listed_at", "-pk")


def products_by_status(*, shop: Shop) -> dict[str, int]:
    """Count a shop's products in each status; one query."""
    counted = dict.fromkeys(ProductStatus.values, 0)
    rows = shop.products.order_by().values_list("status").annotate(Count("pk"))
    return counted | dict(rows)


def units_left(*, shop: Shop) -> int:
    """Sum the units of a shop's live products that can still be bought; one query."""
    left = Coalesce(
        Sum(
            F("variants__on_hand") - F("variants__reserved"),
            output_field=IntegerField(),
        ),
        0,
    )
    live = shop.products.filter(status=ProductStatus.LIVE, variants__is_active=True)
    return int(live.aggregate(left=left)["left"])


def delivery_for(shops: Iterable[Shop], country: str) -> dict[int, DeliveryProfile]:
    """Give each shop's delivery to a country, by the shop's primary key; a shop that
    does not deliver there is absent. One query.
    """
    found: dict[int, DeliveryProfile] = {}
    profiles = DeliveryProfile.objects.filter(
        shop__in=[shop.pk for shop in shops], countries__contains=[country]
    )
    for profile in profiles.order_by("shop_id", "position", "pk"):
        found.setdefault(profile.shop_id, profile)
    return found
