"""Home, creators, shops, collections, posts and products."""

import contextlib

from django.urls import reverse

from creators.models import Creator, Post
from sellers.models import Shop
from tests.looks.state import Path, State
from tests.looks.world import World


def product(name: str, query: str = "") -> Path:
    return lambda world: world.products[name].get_absolute_url() + query


def _page(name: str, query: str = "") -> Path:
    return lambda world: reverse("creators:profile", args=[name]) + query


def _post(name: str, query: str = "") -> Path:
    return lambda world: world.posts[name].get_absolute_url() + query


def _home(_world: World) -> str:
    return reverse("pages:home")


@contextlib.contextmanager
def _nothing_for_sale(_world: World):
    """Close every shop for a while, and show no post."""
    posts = dict(Post.objects.values_list("pk", "creator_id"))
    shops = list(Shop.objects.filter(is_open=True).values_list("pk", flat=True))
    quiet = Creator.objects.get(handle="sora")
    Shop.objects.update(is_open=False)
    Post.objects.update(creator=quiet)
    try:
        yield
    finally:
        Shop.objects.filter(pk__in=shops).update(is_open=True)
        for post, creator in posts.items():
            Post.objects.filter(pk=post).update(creator=creator)


STATES = (
    State("home", _home, is_public=True),
    State("home-empty", _home, is_public=True, world_is=_nothing_for_sale),
    State("creator-shop", _page("elin"), is_public=True),
    State("creator-posts", _page("elin", "?tab=posts"), is_public=True),
    State("creator-collections", _page("elin", "?tab=collections"), is_public=True),
    State("creator-empty", _page("sora"), is_public=True),
    State("creator-empty-posts", _page("sora", "?tab=posts"), is_public=True),
    State(
        "creator-empty-collections", _page("sora", "?tab=collections"), is_public=True
    ),
    State("creator-none", _page("nobody.here"), status=404),
    State("shop", _page("lerkulla"), is_public=True),
    State("shop-long-name", _page("houtenzoon"), is_public=True),
    State("shop-private", _page("ingrid"), is_public=True),
    State("shop-empty", _page("tomvind"), is_public=True),
    State(
        "collection",
        lambda world: world.collections["full"].get_absolute_url(),
        is_public=True,
    ),
    State("post", _post("table"), is_public=True),
    State("post-plain", _post("plain"), is_public=True),
)
PRODUCTS = (
    State("product", product("mug"), is_public=True),
    State("product-reduced", product("reduced"), is_public=True),
    State("product-variants", product("shirt"), is_public=True),
    State("product-long-variants", product("chair"), is_public=True),
    State("product-sold-out", product("sold-out"), is_public=True),
    State("product-few-left", product("few"), is_public=True),
    State("product-huge-price", product("dear"), is_public=True),
    State("product-least-price", product("cheap"), is_public=True),
    State("product-long-swedish", product("blanket"), is_public=True),
    State("product-long-japanese", product("teapot"), is_public=True),
    State("product-custom-made", product("engraved"), is_public=True),
    State("product-sealed", product("sealed"), is_public=True),
    State("product-private-seller", product("lamp"), is_public=True),
    State("product-hidden", product("hidden"), status=404),
    State("product-removed", product("blocked"), status=410),
    State(
        "product-reviews",
        lambda world: reverse(
            "reviews:of-product", args=[world.products["mug"].public_id]
        ),
        is_public=True,
    ),
    State(
        "product-no-reviews",
        lambda world: reverse(
            "reviews:of-product", args=[world.products["dear"].public_id]
        ),
        is_public=True,
    ),
    State(
        "product-questions",
        lambda world: reverse(
            "sellers:questions", args=[world.products["mug"].public_id]
        ),
        is_public=True,
    ),
    State(
        "product-ask",
        lambda world: reverse("sellers:ask", args=[world.products["mug"].public_id]),
        by="newcomer",
    ),
)
