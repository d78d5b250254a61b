"""`{% load product_found %}`: what search engines and other sites read of a product."""

import hashlib
from collections.abc import Sequence
from typing import Any

from django import template
from django.conf import settings
from django.core.files.storage import default_storage
from django.urls import reverse

from marketplace.kit import found, money
from sellers import queries
from sellers.models import (
    NEVER_WITHDRAWN,
    DeliveryProfile,
    Photo,
    Product,
    Shop,
    Variant,
)

register = template.Library()

# The axes schema.org knows, by the words sellers write for them.
AXES = {
    "color": ("colour", "color", "färg", "kleur", "色", "カラー"),
    "size": ("size", "storlek", "maat", "サイズ"),
    "material": ("material", "materiaal", "素材"),
    "pattern": ("pattern", "mönster", "patroon", "柄"),
}
AXIS_OF = {word: axis for axis, words in AXES.items() for word in words}


@register.simple_tag
def product_meta(
    product: Product, photos: Sequence[Photo], deliveries: Sequence[DeliveryProfile]
) -> found.Meta:
    """`{% product_meta product photos delivery_profiles as meta %}`. Reads rows that
    are loaded already; asks nothing.
    """
    variants = [one for one in product.variants.all() if one.is_active]
    buyable = [one for one in variants if one.available > 0]
    prices = [one.price_amount for one in buyable or variants]
    first = photos[0] if photos else None
    return found.Meta(
        title=product.title,
        path=product.get_absolute_url(),
        description=found.one_line(product.description),
        type="product",
        card=card_url(product.public_id, [first.renditions] if first else []),
        card_alt=(first.alt if first else "") or product.title,
        offered=found.Offered(
            amount=min(prices),
            currency=product.shop.currency,
            is_available=bool(buyable),
        )
        if prices
        else None,
        data=(_data(product, photos, variants, deliveries),) if variants else (),
        is_embeddable=True,
    )


def card_url(public_id: str, pictures: Sequence[Any]) -> str:
    """Give the address of a thing's picture for sharing, which changes with what is on
    it; "" without a picture.
    """
    paths = [renditions[-1]["path"] for renditions in pictures if renditions]
    if not paths:
        return ""
    version = hashlib.sha256("\n".join(paths).encode()).hexdigest()[:8]
    return reverse("site:card", args=[public_id, version])


def seller(shop: Shop) -> found.Data:
    """Who sells, as the page names him: a business or a person."""
    return found.node(
        "Organization" if shop.is_business else "Person",
        name=shop.name,
        legalName=shop.legal_name if shop.is_business else "",
        url=_shop_url(shop),
    )


def return_policy(
    shop: Shop, countries: Sequence[str], *, exception: str = ""
) -> found.Data:
    """What the page says of returns. Who pays the way back is agreed with each order,
    so nothing is said of fees.
    """
    if exception in NEVER_WITHDRAWN:
        return found.node(
            "MerchantReturnPolicy",
            applicableCountry=list(countries),
            returnPolicyCategory=f"{found.SCHEMA}/MerchantReturnNotPermitted",
        )
    least = settings.WITHDRAWAL_DAYS if shop.is_business else 0
    return found.node(
        "MerchantReturnPolicy",
        applicableCountry=list(countries),
        returnPolicyCategory=f"{found.SCHEMA}/MerchantReturnFiniteReturnWindow",
        merchantReturnDays=max(shop.return_days, least),
        returnMethod=f"{found.SCHEMA}/ReturnByMail",
        refundType=f"{found.SCHEMA}/FullRefund",
    )


def _shop_url(shop: Shop) -> str:
    return found.absolute(shop.get_absolute_url())


def _data(
    product: Product,
    photos: Sequence[Photo],
    variants: Sequence[Variant],
    deliveries: Sequence[DeliveryProfile],
) -> found.Data:
    """One product, or a group with what is sold of it. `#product` names the node, so
    that a rating given by buyers may be said of it in a node of its own.
    """
    url = found.absolute(product.get_absolute_url())
    common = {
        "id_": f"{url}#product",
        "name": product.title,
        "description": product.description,
        "image": [_image(photo) for photo in photos],
        "url": url,
    }
    if not product.option_names:
        only = variants[0]
        return found.node(
            "Product",
            **common,
            sku=only.public_id,
            offers=_offer(only, product, url, deliveries),
        )
    return found.node(
        "ProductGroup",
        **common,
        productGroupID=product.public_id,
        variesBy=[
            f"{found.SCHEMA}/{AXIS_OF[name.casefold()]}"
            for name in product.option_names
            if name.casefold() in AXIS_OF
        ],
        hasVariant=[
            _variant(variant, product, url, photos, deliveries) for variant in variants
        ],
    )


def _variant(
    variant: Variant,
    product: Product,
    url: str,
    photos: Sequence[Photo],
    deliveries: Sequence[DeliveryProfile],
) -> found.Data:
    known = {
        AXIS_OF[name.casefold()]: str(value)
        for name, value in variant.options.items()
        if name.casefold() in AXIS_OF
    }
    others = [
        found.node("PropertyValue", name=name, value=str(value))
        for name, value in variant.options.items()
        if name.casefold() not in AXIS_OF
    ]
    return found.node(
        "Product",
        name=f"{product.title}, {variant.label}",
        sku=variant.public_id,
        image=_image(photos[0]) if photos else None,
        additionalProperty=others,
        offers=_offer(variant, product, url, deliveries),
        **known,
    )


def _offer(
    variant: Variant, product: Product, url: str, deliveries: Sequence[DeliveryProfile]
) -> found.Data:
    """One variant's offer. The price it is reduced from is told where the page strikes
    it: on the lowest price shown.
    """
    stands = "InStock" if variant.available > 0 else "OutOfStock"
    countries = sorted({code for one in deliveries for code in one.countries})
    return found.node(
        "Offer",
        url=url,
        price=money.plain(variant.price_amount, variant.currency),
        priceCurrency=variant.currency,
        availability=f"{found.SCHEMA}/{stands}",
        seller=seller(product.shop),
        priceSpecification=_struck(variant, product),
        shippingDetails=[_shipping(one) for one in deliveries],
        hasMerchantReturnPolicy=return_policy(
            product.shop, countries, exception=product.withdrawal_exception
        )
        if countries
        else None,
    )


def _struck(variant: Variant, product: Product) -> found.Data | None:
    active = [one for one in product.variants.all() if one.is_active]
    shown = [one for one in active if one.available > 0] or active
    before = queries.struck_price(shown)
    lowest = min(one.price_amount for one in shown)
    if before is None or variant.price_amount != lowest:
        return None
    return found.node(
        "UnitPriceSpecification",
        priceType=f"{found.SCHEMA}/StrikethroughPrice",
        price=money.plain(before, variant.currency),
        priceCurrency=variant.currency,
    )


def _shipping(delivery: DeliveryProfile) -> found.Data:
    return found.node(
        "OfferShippingDetails",
        shippingRate=found.node(
            "MonetaryAmount",
            value=money.plain(delivery.price_amount, delivery.currency),
            currency=delivery.currency,
        ),
        shippingDestination=[
            found.node("DefinedRegion", addressCountry=code)
            for code in delivery.countries
        ],
        deliveryTime=found.node(
            "ShippingDeliveryTime",
            transitTime=found.node(
                "QuantitativeValue",
                minValue=delivery.days_min,
                maxValue=delivery.days_max,
                unitCode="DAY",
            ),
        ),
    )


def _image(photo: Photo) -> str:
    return found.absolute(default_storage.url(photo.renditions[-1]["path"]))
