"""`{% load product_page %}`: what the product page of sellers shows of orders."""

from typing import Any

from django import template
from django.conf import settings

from creators import queries as creator_queries
from creators.queries import Card
from marketplace.kit import clock, found, kept
from orders import queries
from orders.services import standing, together
from sellers.models import Product, Shop
from sellers.services import alike

register = template.Library()

REVIEWS_SHOWN = 3
CARDS_SHOWN = 4


@register.simple_tag
def product_rating(product: Product) -> standing.Rating:
    """Count the stars of a product; one query, once for each product object."""
    known: standing.Rating | None = product.__dict__.get("known_rating")
    if known is None:
        known = product.__dict__["known_rating"] = standing.rating_of(product=product)
    return known


@register.simple_tag
def rating_data(product: Product, rating: standing.Rating) -> found.Data:
    """Say the stars of a product in JSON-LD: one more node of what the page names
    `#product`.
    """
    return found.node(
        "ProductGroup" if product.option_names else "Product",
        id_=f"{found.absolute(product.get_absolute_url())}#product",
        name=product.title,
        aggregateRating=found.node(
            "AggregateRating",
            ratingValue=str(rating.average),
            reviewCount=rating.number,
            bestRating=max(standing.STARS),
        ),
    )


@register.simple_tag
def product_reviews(product: Product) -> list[Any]:
    """Give the newest reviews of a product; one query."""
    return list(queries.reviews_of(product=product)[:REVIEWS_SHOWN])


@register.simple_tag
def shop_record(shop: Shop) -> standing.Record:
    """Give a shop's figures, counted every FIGURES_SECONDS; 3 queries."""
    return kept.for_seconds(
        settings.FIGURES_SECONDS,
        f"record:{shop.pk}",
        lambda: standing.record_of(shop=shop, at=clock.now()),
    )


@register.simple_tag
def bought_together(product: Product) -> list[Card]:
    """Give cards of what was often bought with a product; 3 queries, 1 without any."""
    others = together.bought_with(product=product, limit=CARDS_SHOWN)
    return [creator_queries.card_of(one) for one in others]


@register.simple_tag
def more_like(product: Product, others: list[Card]) -> list[Card]:
    """Give cards of what is like a product and not among the others; 4 queries."""
    shown = {card.product.pk for card in others}
    alikes = alike.to(product=product, limit=CARDS_SHOWN + len(shown))
    fresh = [one for one in alikes if one.pk not in shown]
    return [creator_queries.card_of(one) for one in fresh[:CARDS_SHOWN]]
