"""Reads over shops, products and delivery, each with a known number of queries."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, IntegerField, Prefetch, QuerySet, Sum, Window
from django.db.models.functions import Coalesce, RowNumber

from marketplace.kit.errors import NotFound
from sellers.models import (
    DeliveryProfile,
    Photo,
    Product,
    ProductStatus,
    Shop,
    Variant,
)
from sellers.models.product import ProductQuerySet

# Among so many of the newest products the front page looks for different shops.
NEWEST = 300
FEW = 5


@dataclass(frozen=True, slots=True)
class Card:
    """What a page shows of a product: the lowest price of its variants, what that is
    reduced from, and a word about stock. Built from rows that are loaded already; asks
    nothing.
    """

    product: Product
    amount: int | None
    currency: str
    is_from: bool
    is_sold_out: bool
    is_few_left: bool
    is_gone: bool
    was_amount: int | None = None

    @property
    def photo(self) -> Photo | None:
        """The first photo, or None."""
        photos = sorted(self.product.photos.all(), key=lambda photo: photo.position)
        return photos[0] if photos else None


def card_of(product: Product) -> Card:
    """Make the card of a product loaded `with_card`."""
    variants = [each for each in product.variants.all() if each.is_active]
    prices = {each.price_amount for each in variants}
    available = sum(each.available for each in variants)
    return Card(
        product=product,
        amount=min(prices, default=None),
        currency=product.shop.currency,
        is_from=len(prices) > 1,
        is_sold_out=available <= 0,
        is_few_left=0 < available <= FEW,
        is_gone=not (product.is_live and product.shop.is_open and variants),
        was_amount=struck_price(variants),
    )


def struck_price(variants: Collection[Variant]) -> int | None:
    """Give what the lowest price of these is reduced from: the least of what the
    variants at that price were before, and nothing unless each of them is reduced.
    """
    lowest = min((each.price_amount for each in variants), default=0)
    before = [each.was_amount for each in variants if each.price_amount == lowest]
    known = [amount for amount in before if amount is not None]
    return min(known) if known and len(known) == len(before) else None


def shops_of(user: Any) -> list[Shop]:
    """List the shops a person runs, the newest first; one query."""
    return list(Shop.objects.visible_to(user).order_by("-started_at", "-pk"))


def shop_of(*, user: Any, public_id: str) -> Shop:
    """Give a shop to someone who runs it; one query.

    :raises NotFound: when there is none, or it is someone else's.
    """
    shop = Shop.objects.visible_to(user).filter(public_id=public_id).first()
    if shop is None:
        raise NotFound
    return shop


def product_of(*, user: Any, shop: Shop, public_id: str) -> Product:
    """Give a product of a shop to someone who runs it, with photos and variants in
    order; three queries.

    :raises NotFound: when there is none, or it is another shop's.
    """
    product = (
        Product.objects.visible_to(user)
        .filter(shop=shop, public_id=public_id)
        .select_related("shop")
        .prefetch_related(*in_order())
        .first()
    )
    if product is None:
        raise NotFound
    return product


def in_order() -> "tuple[Prefetch[str], Prefetch[str]]":
    """Prefetch photos and variants as they are to be shown."""
    return (
        Prefetch("photos", Photo.objects.order_by("position")),
        Prefetch("variants", Variant.objects.order_by("position", "pk")),
    )


def live_product(public_id: str) -> Product:
    """Give a product the public may see, with its shop, and photos and variants
    in order; three queries.

    :raises NotFound: for a draft, hidden or blocked one, a closed shop's, or none.
    """
    product = (
        Product.objects.live()
        .filter(public_id=public_id)
        .select_related("shop")
        .prefetch_related(*in_order())
        .first()
    )
    if product is None:
        raise NotFound
    return product


def product_that_was_public(public_id: str) -> Product:
    """Give a product that was for sale once and is not now; one query.

    :raises NotFound: there is none, or it was never listed.
    """
    once = Product.objects.exclude(status=ProductStatus.DRAFT)
    product = once.filter(public_id=public_id).first()
    if product is None:
        raise NotFound
    return product


def similar_to(product: Product, *, limit: int) -> ProductQuerySet:
    """List what can be bought now of the same category, newest first, with what a card
    shows; three queries.
    """
    found = product_list(category=product.category).in_stock()
    return found.exclude(pk=product.pk)[:limit]


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


def newest_of_each_shop(*, limit: int) -> ProductQuerySet:
    """List what can be bought now for the front page, with what a card shows: each
    shop's newest product, then each one's next, so that one shop's new shelf leaves
    room for the others. What is sold out is left out. Three queries.
    """
    there = Product.objects.live().in_stock()
    newest = there.order_by("-listed_at", "-pk").values("pk")[:NEWEST]
    nth = Window(
        RowNumber(),
        partition_by=F("shop_id"),
        order_by=[F("listed_at").desc(), F("pk").desc()],
    )
    return (
        Product.objects.filter(pk__in=newest)
        .with_card()
        .annotate(nth_of_shop=nth)
        .order_by("nth_of_shop", "-listed_at", "-pk")[:limit]
    )


def back_office_list(
    *, shop: Shop, status: str = "", words: str = ""
) -> QuerySet[Product]:
    """List a shop's products for those who run it, newest first, with photos and
    variants; three queries a page.
    """
    products = shop.products.all()
    if status in ProductStatus.values:
        products = products.filter(status=status)
    if words:
        products = products.filter(title__icontains=words)
    return products.prefetch_related(*in_order()).order_by("-listed_at", "-pk")


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


def scarce_variants(*, shop: Shop, below: int) -> QuerySet[Variant]:
    """List what is on sale and has fewer units left than `below`, the least first;
    one query.
    """
    on_sale = Variant.objects.live().filter(product__shop=shop)
    left = F("on_hand") - F("reserved")
    return (
        on_sale.select_related("product")
        .annotate(left=left)
        .filter(left__lt=below)
        .order_by("left", "pk")
    )


def deliveries_of(shop: Shop) -> list[DeliveryProfile]:
    """List a shop's delivery prices in their order; one query."""
    return list(shop.delivery_profiles.order_by("position", "pk"))


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
