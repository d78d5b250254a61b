"""More like this: near in category, words, price and options, never the same again."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import (
    Case,
    DecimalField,
    Expression,
    Min,
    OuterRef,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Greatest, Least

from marketplace.kit import kept
from sellers.models import Product, Variant

SHOWN = 8
# Among so many of the newest of the category, and of the shop, the nearest are looked
# for: the work does not grow with the catalogue.
LOOKED_AMONG = 300
RATIO = DecimalField(max_digits=8, decimal_places=4)
AMOUNT = DecimalField(max_digits=24, decimal_places=4)


def to(*, product: Product, limit: int = SHOWN) -> list[Product]:
    """List products like this one that can be bought now, the nearest first, with what
    a card shows; 4 queries, 1 when there are none. Which they are is looked up every
    FIGURES_SECONDS; what is no longer for sale by then is left out.

    The same category counts most, more than all else together; then likeness of the
    titles, nearness of the price, and the same options to choose by. Where the category
    holds too little, the shop's other things follow.
    """
    keys = kept.for_seconds(
        settings.FIGURES_SECONDS,
        f"alike:{product.pk}:{limit}",
        lambda: _nearest(product, limit),
    )
    for_sale = Product.objects.live().in_stock().filter(pk__in=keys)
    found = {each.pk: each for each in for_sale.with_card()}
    return [found[key] for key in keys if key in found]


def _nearest(product: Product, limit: int) -> list[int]:
    nearest = (
        _newest(product, category=product.category)
        .union(_newest(product, shop=product.shop_id))
        .order_by("-likeness", "-pk")[:limit]
    )
    return [key for key, _likeness in nearest]


def _newest(product: Product, **like: object) -> Any:
    others = Product.objects.live().in_stock().filter(**like).exclude(pk=product.pk)
    return (
        others.annotate(likeness=_likeness(product))
        .order_by("-listed_at", "-pk")
        .values_list("pk", "likeness")[:LOOKED_AMONG]
    )


def _likeness(product: Product) -> Coalesce:
    price = min(
        (one.price_amount for one in product.variants.all() if one.is_active),
        default=None,
    )
    near: Expression = Value(0, output_field=RATIO)
    if price is not None:
        near = Case(
            When(shop__currency=product.shop.currency, then=_nearness(price)),
            default=near,
            output_field=RATIO,
        )
    alike = (
        Case(When(category=product.category, then=Value(4)), default=Value(0))
        + Cast(TrigramSimilarity("title", product.title), RATIO) * 2
        + near
        + Case(When(option_names=product.option_names, then=Value(1)), default=Value(0))
        / Value(2, output_field=RATIO)
    )
    return Coalesce(alike, Value(0), output_field=RATIO)


def _nearness(price: int) -> Subquery:
    """Divide the lower of this price and a product's lowest by the higher."""
    here = Value(price, output_field=AMOUNT)
    there = Cast(Min("price_amount"), AMOUNT)
    lowest = Variant.objects.filter(product=OuterRef("pk"), is_active=True)
    return Subquery(
        lowest.order_by()
        .values("product")
        .annotate(nearness=Least(here, there) / Greatest(here, there))
        .values("nearness"),
        output_field=RATIO,
    )
