"""The parties of a story, made through the services: shops, products, a creator with a
post, the terms between them, and one code if one was drawn."""

import io
from dataclasses import dataclass
from datetime import datetime

from creators.models import Creator, Post
from creators.services import content, partnerships, profiles
from marketplace.accounts.models import User
from marketplace.demo import render
from marketplace.demo.story.draw import Drawn, DrawnSeller
from orders.services import discounts, tax
from sellers.models import Product, Shop, ShopKind, Variant
from sellers.services import catalog, delivery, photos, shops

# Taxes of the countries a story is told in, contained in prices.
TAX_BPS = {"NL": 2100, "SE": 2500, "JP": 1000}
STOCK = 100
PICTURE_WIDTH = 200


@dataclass(frozen=True, slots=True)
class Parties:
    """Who takes part, in the order they were drawn."""

    shops: tuple[Shop, ...]
    variants: tuple[Variant, ...]
    creator: Creator
    post: Post


def make(*, drawn: Drawn, at: datetime) -> Parties:
    """Make the parties of a story in an empty database."""
    tax.set_rate(
        country=drawn.country,
        rate_bps=TAX_BPS[drawn.country],
        is_included=True,
        collected_by="seller",
    )
    picture = render.jpeg("mug", width=PICTURE_WIDTH)
    made = tuple(_shop(drawn, seller, at) for seller in drawn.sellers)
    products = tuple(
        _product(made[line.seller], line.title, line.unit_amount, picture, at)
        for line in drawn.lines
    )
    creator = profiles.join(
        user=User.objects.create_user("creator@story.example"),
        handle="story.creator",
        name=drawn.creator,
        country=drawn.country,
        at=at,
    )
    for shop, seller in zip(made, drawn.sellers, strict=True):
        _terms(shop, seller, creator, at)
    post = content.publish_post(
        creator=creator,
        picture=io.BytesIO(picture),
        caption="",
        alt="Mug",
        tags=[
            (product, 500, 100 + 100 * number)
            for number, product in enumerate(products)
            if drawn.lines[number].is_tagged
        ],
        at=at,
    )
    _discount(drawn, made, creator, at)
    return Parties(
        shops=made,
        variants=tuple(product.variants.get() for product in products),
        creator=creator,
        post=post,
    )


def _shop(drawn: Drawn, seller: DrawnSeller, at: datetime) -> Shop:
    email = f"{seller.handle}@story.example"
    shop = shops.start(
        user=User.objects.create_user(email),
        name=seller.name,
        handle=seller.handle,
        kind=ShopKind.BUSINESS if seller.is_business else ShopKind.PRIVATE,
        country=drawn.country,
        currency=drawn.currency,
        contact_email=email,
        legal_name=seller.name,
        legal_address=drawn.country,
        at=at,
    )
    delivery.set_delivery(
        shop=shop,
        name="Parcel",
        countries=[drawn.country],
        price_amount=seller.delivery_amount,
        days_min=1,
        days_max=3,
    )
    return shop


def _product(
    shop: Shop, title: str, unit_amount: int, picture: bytes, at: datetime
) -> Product:
    product = catalog.add_product(
        shop=shop,
        title=title,
        description="",
        category="home",
        variants=[
            catalog.VariantInput(options={}, price_amount=unit_amount, stock=STOCK)
        ],
        at=at,
    )
    photos.add_photo(product=product, file=io.BytesIO(picture), alt=title)
    catalog.publish(product=product, at=at)
    return product


def _terms(shop: Shop, seller: DrawnSeller, creator: Creator, at: datetime) -> None:
    opened = partnerships.open(
        shop=shop,
        rate_bps=seller.creator_bps,
        funded_by=seller.creator_funded_by,
        starts_at=at,
    )
    if seller.is_joined:
        partnerships.join(creator=creator, collaboration=opened, at=at)


def _discount(
    drawn: Drawn, made: tuple[Shop, ...], creator: Creator, at: datetime
) -> None:
    if drawn.discount is None:
        return
    by_seller = drawn.discount.seller is not None
    discounts.create(
        word=creator.code.word if drawn.discount.is_creators else drawn.discount.word,
        rate_bps=drawn.discount.rate_bps,
        funded_by=drawn.discount.funded_by,
        shop=made[drawn.discount.seller or 0] if by_seller else None,
        creator_code=creator.code if drawn.discount.is_creators else None,
        starts_at=at,
    )
