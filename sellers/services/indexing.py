"""What the search reads, written beside what it is made of: the folded words of a
product and a shop, and a variant's size and colour.
"""

import unicodedata
from collections.abc import Iterable, Mapping

from marketplace.kit import folding
from sellers.models import Product, Shop, Variant

# What sellers call the two options everybody filters by, folded. An option with another
# name is found by its words and is no filter.
AXES = {
    "size": "size storlek maat grosse taille talla taglia さいず 大きさ",
    "colour": "colour color farg kleur farbe couleur colore からー 色",
}
_AXIS_OF = {name: axis for axis, names in AXES.items() for name in names.split()}


def padded(text: str) -> str:
    """Fold a text, with a space before and after, so that a word's beginning can be
    looked for.
    """
    return f" {folding.fold_text(text)} "


def value_of(text: str) -> str:
    """Give the form of a size or colour that is compared: `Blå`, `blå` and `ＢＬå` are
    one, `bla` is another.
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def facets(options: Mapping[str, str]) -> list[str]:
    """Give the size and the colour among a variant's options: `["size:m"]`."""
    known = [(_AXIS_OF.get(folding.fold(name)), text) for name, text in options.items()]
    return [f"{axis}:{value_of(text)}" for axis, text in known if axis]


def index_variant(variant: Variant) -> None:
    """Set the variant's facets; the caller saves."""
    variant.facets = facets(variant.options)


def index_shop(shop: Shop) -> None:
    """Set the shop's folded name; the caller saves."""
    shop.folded_name = padded(shop.name)


def index_product(product: Product) -> None:
    """Write the folded words of a product, its variants' options and its shop. One
    query to read the options and one to write.
    """
    found = product.variants.order_by("position", "pk").values_list(
        "options", flat=True
    )
    _fold(product, found)
    product.save(update_fields=["folded_title", "folded_text"])


def index_products_of(shop: Shop) -> None:
    """Write the folded words of all products of a shop that has a new name: two queries
    and one for each 500 products.
    """
    products = list(shop.products.prefetch_related("variants"))
    for product in products:
        product.shop = shop
        _fold(product, [variant.options for variant in product.variants.all()])
    Product.objects.bulk_update(
        products, ["folded_title", "folded_text"], batch_size=500
    )


def _fold(product: Product, options: Iterable[Mapping[str, str]]) -> None:
    words = dict.fromkeys(
        word for given in options for pair in given.items() for word in pair
    )
    parts = [product.title, *words, product.description, product.shop.name]
    product.folded_title = padded(product.title)
    product.folded_text = padded(" · ".join(parts))
