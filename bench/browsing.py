"""How long the pages of a large catalogue take beside the least a list page can be.

10,000 live products of 200 shops, three variants each. In one process and database, all
in turn, each page whole: middleware, view, queries, template.

- `bare`: 24 product cards in the same frame, their rows fetched by primary key.
- `front`, `search` (everything, newest first), `category`, `words` (a word that one
  product in twelve has), `filtered` (size, colour and stock at once), `last` (the last
  page), `product`.

A search's numbers are kept for a minute as in life, and for ten what is like a product
and its shop's figures; pages marked `cold` are the same with all of it counted anew, as
for the first who asks. `./run bench browsing`
(`--products`, `--rounds`).
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
django.setup()

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import Client
from django.urls import path

from marketplace import urls
from marketplace.kit.policy import Policy
from marketplace.policies import PUBLIC, ROUTES
from sellers import queries
from sellers.models import Category, DeliveryProfile, Photo, Product, Shop, Variant
from sellers.services import indexing

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
BARE = (
    '{% extends "base.html" %}'
    '{% block content %}{% include "sellers/_cards.html" %}{% endblock %}'
)
# Pages with numbers beside their filters.
COUNTED = {
    "search": "/en/search",
    "category": "/en/c/kitchen",
    "words": "/en/search?q=kapa",
    "filtered": "/en/search?q=lamp&size=m&colour=moss&stock=1",
}
SHOPS = 200
CARDS = 24
COLOURS = ("Blue", "Red", "Ochre", "Moss", "Brick", "Sand")
SIZES = ("S", "M", "L")
THINGS = (
    *("Cup", "Bowl", "Lamp", "Rug", "Chair", "Throw"),
    *("Kåpa", "Mugg", "Ljus", "急須", "湯のみ", "シャツ"),
)


def fill(number: int) -> None:
    """Write shops, products, variants and photos, folded as the services do."""
    shops = Shop.objects.bulk_create(_shop(place) for place in range(SHOPS))
    DeliveryProfile.objects.bulk_create(
        DeliveryProfile(
            shop=shop,
            name="Parcel",
            countries=["SE", "NL"],
            price_amount=4_900,
            currency="SEK",
            days_min=2,
            days_max=4,
        )
        for shop in shops
    )
    products = Product.objects.bulk_create(
        (_product(place, shops[place % SHOPS]) for place in range(number)),
        batch_size=1_000,
    )
    variants = (
        _variant(product, place + step, step)
        for place, product in enumerate(products)
        for step in range(len(SIZES))
    )
    Variant.objects.bulk_create(variants, batch_size=2_000)
    Photo.objects.bulk_create(
        (_photo(product) for product in products), batch_size=2_000
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _shop(place: int) -> Shop:
    shop = Shop(
        handle=f"shop{place}",
        name=f"Verkstad {place}",
        kind="private",
        country="SE",
        currency="SEK",
        contact_email="shop@example.com",
        started_at=AT,
    )
    indexing.index_shop(shop)
    return shop


def _product(place: int, shop: Shop) -> Product:
    colour, thing = COLOURS[place % len(COLOURS)], THINGS[place % len(THINGS)]
    title = f"{thing} {colour} {place}"
    description = f"Made by hand in small numbers, holds {place % 40} dl. " * 4
    return Product(
        shop=shop,
        title=title,
        slug=f"thing-{place}",
        description=description,
        category=Category.values[place % len(Category.values)],
        status="live",
        option_names=["Size", "Colour"],
        listed_at=AT - timedelta(minutes=place),
        folded_title=indexing.padded(title),
        folded_text=indexing.padded(f"{title} Size S M L {description} {shop.name}"),
    )


def _variant(product: Product, place: int, step: int) -> Variant:
    options = {"Size": SIZES[step], "Colour": COLOURS[place % len(COLOURS)]}
    return Variant(
        product=product,
        options=options,
        position=step,
        price_amount=10_000 + 100 * (place % 900),
        currency="SEK",
        on_hand=place % 7,
        offered_at=AT,
        facets=indexing.facets(options),
    )


def _photo(product: Product) -> Photo:
    renditions = [
        {"width": width, "height": width * 5 // 4, "path": f"products/{width}.webp"}
        for width in (400, 800)
    ]
    return Photo(product=product, width=800, height=1000, renditions=renditions)


def bare(request: HttpRequest) -> HttpResponse:
    """The least a list can be: 24 cards in the frame, their rows by primary key."""
    first = Product.objects.values_list("pk", flat=True).first() or 0
    keys = range(first, first + CARDS)
    rows = Product.objects.filter(pk__in=keys).with_card()
    context = {
        "heading": "Cards",
        "id": "cards",
        "cards": [queries.card_of(row) for row in rows],
    }
    return HttpResponse(engines["django"].from_string(BARE).render(context, request))


def page(client: Client, address: str, *, cold: bool = False) -> Callable[[], float]:
    def load() -> float:
        if cold:
            cache.clear()
        before = time.perf_counter()
        response = client.get(address)
        taken = time.perf_counter() - before
        assert response.status_code == 200, (address, response.status_code)
        return taken

    return load


def pages(
    client: Client, product: Product, last: int
) -> dict[str, Callable[[], float]]:
    return {
        "bare": page(client, "/bare"),
        "front": page(client, "/en/"),
        **{name: page(client, address) for name, address in COUNTED.items()},
        "last": page(client, f"/en/search?page={last}"),
        "product": page(client, product.get_absolute_url()),
    }


def timed(loads: dict[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Load all in turn, so many times; gives the median seconds of each."""
    times: dict[str, list[float]] = {name: [] for name in loads}
    for number in range(rounds + 2):
        for name, load in loads.items():
            taken = load()
            if number > 1:  # the first rounds load templates and fill the cache
                times[name].append(taken)
    return {name: statistics.median(found) for name, found in times.items()}


def main() -> int:
    asked = argparse.ArgumentParser(description="pages beside a bare page of 24 cards")
    asked.add_argument("--products", type=int, default=10_000)
    asked.add_argument("--rounds", type=int, default=30)
    given = asked.parse_args()
    settings.ALLOWED_HOSTS = ["*"]
    settings.SECURE_SSL_REDIRECT = False
    settings.SEARCHES_PER_MINUTE = 10_000_000
    urls.urlpatterns.insert(0, path("bare", bare, name="bare"))
    table: dict[str, dict[str, Policy]] = {"bare": {"GET": PUBLIC}}
    ROUTES.update(table)
    before = time.perf_counter()
    fill(given.products)
    print(f"{given.products:,} products in {time.perf_counter() - before:.0f} s")
    client = Client()
    product = Product.objects.latest("pk")
    last = -(-given.products // CARDS)
    medians = timed(pages(client, product, last), given.rounds)
    cold = {
        f"{name} cold": page(client, address, cold=True)
        for name, address in (COUNTED | {"product": product.get_absolute_url()}).items()
    }
    medians |= timed(cold, max(given.rounds // 3, 1))
    for name, median in medians.items():
        share = medians["bare"] / median
        print(f"{name:13} {1000 * median:7.1f} ms   bare / {name}: {share:4.0%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
