"""What a public id stands for, as far as the public may see it now."""

from typing import Any

from creators.models import Collection, Creator, Post
from creators.queries import card_of, picks_of
from sellers import queries as seller_queries
from sellers.models import Product, Shop

# Enough for a shop's picture; the rest of its shelf says no more.
SHOWN = 3


def product(public_id: str) -> Product | None:
    """Find a product that is for sale; at most three queries."""
    found = Product.objects.live().with_card().filter(public_id=public_id)
    return found.first()


def pictures_of(public_id: str) -> list[str]:
    """Give the stored paths of the pictures that stand for a thing, the largest
    rendition of each; none for what is not public.
    """
    kind = public_id.partition("_")[0]
    finder = _PICTURES.get(kind)
    renditions = finder(public_id) if finder else []
    return [one[-1]["path"] for one in renditions if one]


def _of_product(public_id: str) -> list[Any]:
    found = product(public_id)
    return _first_photos([found] if found else [])


def _of_shop(public_id: str) -> list[Any]:
    shop = Shop.objects.open().filter(public_id=public_id).first()
    if shop is None:
        return []
    return _first_photos(list(seller_queries.product_list(shops=[shop])[:SHOWN]))


def _of_collection(public_id: str) -> list[Any]:
    shown = Collection.objects.published().filter(public_id=public_id).first()
    if shown is None:
        return []
    return _first_photos([row.card.product for row in picks_of(shown)[:SHOWN]])


def _of_creator(public_id: str) -> list[Any]:
    return list(
        Creator.objects.filter(public_id=public_id).values_list("portrait", flat=True)
    )


def _of_post(public_id: str) -> list[Any]:
    return list(
        Post.objects.filter(public_id=public_id).values_list("renditions", flat=True)
    )


def _first_photos(products: list[Product]) -> list[Any]:
    photos = [card_of(one).photo for one in products]
    return [photo.renditions for photo in photos if photo is not None]


_PICTURES = {
    "prod": _of_product,
    "shop": _of_shop,
    "col": _of_collection,
    "cre": _of_creator,
    "post": _of_post,
}
