"""The search over everything that is for sale: what was asked, what it finds and in
which order, and how many there would be with one more filter.

Every word must be found in a product's title, options or description, or in its shop's
name. What is asked of size, colour, price and stock must hold for ONE variant: blue in
M and red in L is not blue in L. Prices are compared within one currency only.

The order is told on the page, as Directive 2011/83/EU Art. 6a(1)(a) and Regulation (EU)
2019/1150 Art. 5 ask: all words in the title first, then the rest, the newest first
within each. Nobody can pay for a place.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection
from django.db.models import (
    BooleanField,
    Case,
    Exists,
    Expression,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)

from marketplace.kit import folding
from sellers.models import Category, DeliveryProfile, Product, Shop, Variant
from sellers.models.product import ProductQuerySet
from sellers.services import indexing

LONGEST_TEXT = 200
LONGEST_WORD = 40
MOST_WORDS = 8
MOST_VALUES = 12
MOST_SHOPS = 6
# Of one word with fewer letters the index of letter triples knows nothing.
TRIPLE = 3
IN_STOCK = Q(on_hand__gt=F("reserved"))


class Sort:
    """The orders a buyer may choose, by the name they have in the address."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    PRICE_UP = "price-up"
    PRICE_DOWN = "price-down"
    ALL = (RELEVANCE, NEWEST, PRICE_UP, PRICE_DOWN)
    BY_PRICE = (PRICE_UP, PRICE_DOWN)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a buyer looks for. Prices are minor units of `currency`, tax included; an
    empty value asks for nothing.
    """

    text: str = ""
    category: str = ""
    sizes: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()
    sellers: tuple[str, ...] = ()
    country: str = ""
    currency: str = ""
    least_amount: int | None = None
    most_amount: int | None = None
    in_stock: bool = False
    sort: str = ""

    @property
    def words(self) -> list[str]:
        """The folded words, at most 8 of 40 letters."""
        return [word[:LONGEST_WORD] for word in folding.fold(self.text).split()][
            :MOST_WORDS
        ]

    @property
    def order(self) -> str:
        """The order to show: as asked, else the best first for words, else the newest."""
        if self.sort in Sort.ALL and (self.words or self.sort != Sort.RELEVANCE):
            return self.sort
        return Sort.RELEVANCE if self.words else Sort.NEWEST

    @property
    def is_filtered(self) -> bool:
        """Whether more is asked than words and a category."""
        return replace(self, text="", category="", sort="") != Asked()


def clean(text: str) -> str:
    """Give what was typed as it may be shown and searched: one line, without control
    characters, at most 200 characters.
    """
    return " ".join(text[: LONGEST_TEXT * 4].replace("\x00", " ").split())[
        :LONGEST_TEXT
    ]


def values(given: Iterable[str]) -> tuple[str, ...]:
    """Give sizes, colours or handles from an address, each once and at most 12."""
    known = (indexing.value_of(one[:80].replace("\x00", "")) for one in given)
    return tuple(dict.fromkeys(one for one in known if one))[:MOST_VALUES]


# --- what it finds ----------------------------------------------------------------
def products(asked: Asked) -> ProductQuerySet:
    """List what matches, in the order asked for; without what a card shows."""
    found = _matching(asked)
    if asked.order in Sort.BY_PRICE:
        cheapest = (
            Variant.objects.filter(_variant(asked), product=OuterRef("pk"))
            .order_by("price_amount")
            .values("price_amount")[:1]
        )
        found = found.annotate(asked_amount=Subquery(cheapest))
        sign = "-" if asked.order == Sort.PRICE_DOWN else ""
        return found.order_by(f"{sign}asked_amount", "-listed_at", "-pk")
    if asked.order == Sort.RELEVANCE:
        in_title = Q()
        for word in asked.words:
            in_title &= Q(folded_title__contains=_sought(word))
        best = Case(
            When(in_title, then=Value(0)),
            default=Value(1),
            output_field=IntegerField(),
        )
        return found.annotate(rank=best).order_by("rank", "-listed_at", "-pk")
    return found.order_by("-listed_at", "-pk")


def shops_named(asked: Asked) -> list[Shop]:
    """List the open shops whose name has all the words; one query, none without words."""
    if not asked.words:
        return []
    named = Shop.objects.open()
    for word in asked.words:
        named = named.filter(folded_name__contains=_sought(word))
    return list(named.order_by("name", "pk")[:MOST_SHOPS])


def _matching(asked: Asked) -> ProductQuerySet:
    """List what is public and matches."""
    found = Product.objects.live()
    if asked.category:
        found = found.filter(category=asked.category)
    for word in asked.words:
        found = found.filter(_word(word))
    if asked.sellers:
        found = found.filter(shop__handle__in=asked.sellers)
    if asked.country:
        found = found.filter(Exists(_delivered(asked, shop=OuterRef("shop"))))
    one = _variant(asked)
    if one != Q(is_active=True):
        found = found.filter(
            Exists(Variant.objects.filter(one, product=OuterRef("pk")))
        )
    return found


def _delivered(asked: Asked, *, shop: OuterRef) -> QuerySet[DeliveryProfile]:
    return DeliveryProfile.objects.filter(
        shop=shop, countries__contains=[asked.country]
    )


def _word(word: str, *, of: str = "") -> Q:
    """Say where a word may be: in the words of a product, its shop's name among them;
    `of` is the way to the product from what is listed.
    """
    sought = _sought(word)
    if len(sought) >= TRIPLE:
        return Q((f"{of}folded_text__contains", sought))
    in_title = Q((f"{of}folded_title__contains", sought))
    return in_title | Q((f"{of}shop__folded_name__contains", sought))


def _sought(word: str) -> str:
    """Give what is looked for: a short word of Latin letters or digits only where a
    word begins, as `m` is in every other; Japanese, and longer words, anywhere.
    """
    return f" {word}" if len(word) < TRIPLE and word.isascii() else word


def _variant(asked: Asked) -> Q:
    """Say all that must hold for one and the same variant."""
    one = Q(is_active=True)
    one &= _of_facet("size", asked.sizes) & _of_facet("colour", asked.colours)
    if asked.in_stock:
        one &= IN_STOCK
    return one & _price(asked)


def _of_facet(axis: str, chosen: Iterable[str]) -> Q:
    tokens = [f"{axis}:{value}" for value in chosen]
    return Q(facets__overlap=tokens) if tokens else Q()


def _price(asked: Asked) -> Q:
    one = Q()
    if asked.currency:
        one &= Q(currency=asked.currency)
    if asked.least_amount is not None:
        one &= Q(price_amount__gte=asked.least_amount)
    if asked.most_amount is not None:
        one &= Q(price_amount__lte=asked.most_amount)
    return one


# --- how many there would be ----------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Choice:
    """A value one may filter by, as it stands in the address, what it is called (empty:
    as the value), and how many products there are with it.
    """

    value: str
    number: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Range:
    """The prices there are in one currency, in minor units, of so many products."""

    currency: str
    number: int
    least_amount: int
    most_amount: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """What was found, and the choices of each filter, the most frequent first."""

    results: int
    sizes: list[Choice]
    colours: list[Choice]
    sellers: list[Choice]
    countries: list[Choice]
    prices: list[Range]
    in_stock: int


# One pass over the variants of all that has the words, in the category; each row says
# which filters it passes, and a choice is counted where all the others hold for ONE
# variant. A product's variants have one currency, its shop's.
COUNTED = """
WITH variant (
    product, shop, currency, amount, facets, is_left,
    sellers, country, size, colour, stock, price
) AS MATERIALIZED ({variants}),
product AS MATERIALIZED (
    SELECT product, shop, currency,
        bool_or(country AND size AND colour AND stock AND price) AS of_seller,
        bool_or(sellers AND size AND colour AND stock AND price) AS to_country,
        bool_or(
            sellers AND country AND size AND colour AND price AND is_left
        ) AS is_left,
        min(amount) FILTER (
            WHERE sellers AND country AND size AND colour AND stock
        ) AS least,
        max(amount) FILTER (
            WHERE sellers AND country AND size AND colour AND stock
        ) AS most
    FROM variant GROUP BY product, shop, currency
)
(SELECT 'size', token, '', count(*) AS number, 0, 0 FROM (
    SELECT DISTINCT product, token FROM variant, unnest(facets) AS token
    WHERE starts_with(token, 'size:')
        AND sellers AND country AND colour AND stock AND price
) AS sized GROUP BY token ORDER BY number DESC, token LIMIT %s)
UNION ALL
(SELECT 'colour', token, '', count(*) AS number, 0, 0 FROM (
    SELECT DISTINCT product, token FROM variant, unnest(facets) AS token
    WHERE starts_with(token, 'colour:')
        AND sellers AND country AND size AND stock AND price
) AS coloured GROUP BY token ORDER BY number DESC, token LIMIT %s)
UNION ALL
(SELECT 'seller', handle, name, number, 0, 0 FROM sellers_shop JOIN (
    SELECT shop, count(*) AS number FROM product WHERE of_seller GROUP BY shop
) AS sold ON shop = id ORDER BY number DESC, handle LIMIT %s)
UNION ALL
(SELECT 'country', code, '', sum(number)::bigint AS number, 0, 0 FROM (
    SELECT shop, count(*) AS number FROM product WHERE to_country GROUP BY shop
) AS sent JOIN (
    SELECT DISTINCT shop_id, code
    FROM sellers_deliveryprofile, jsonb_array_elements_text(countries) AS code
) AS delivered ON shop = shop_id
GROUP BY code ORDER BY number DESC, code LIMIT %s)
UNION ALL
(SELECT 'price', currency, '', count(*) AS number, min(least), max(most)
FROM product WHERE least IS NOT NULL
GROUP BY currency ORDER BY number DESC, currency)
UNION ALL
SELECT 'stock', '', '', count(*), 0, 0 FROM product WHERE is_left
"""


def numbers(asked: Asked) -> Numbers:
    """Count what was found, and what each choice of each filter would give, the other
    filters kept. Two queries; the second looks through all that has the words and is in
    the category once.
    """
    variants, values = _marked(asked).query.sql_with_params()
    counted: dict[str, list[Any]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            COUNTED.format(variants=variants), [*values, *[MOST_VALUES * 4] * 4]
        )
        for name, *row in cursor.fetchall():
            counted[name].append(row)
    return Numbers(
        results=products(asked).count(),
        sizes=_of_axis(counted["size"]),
        colours=_of_axis(counted["colour"]),
        sellers=[
            Choice(one, number, name) for one, name, number, *_ in counted["seller"]
        ],
        countries=[Choice(one, number) for one, _, number, *_ in counted["country"]],
        prices=[Range(one, *row) for one, _, *row in counted["price"]],
        in_stock=counted["stock"][0][2],
    )


def _of_axis(rows: Iterable[Any]) -> list[Choice]:
    return [Choice(token.partition(":")[2], number) for token, _, number, *_ in rows]


def _marked(asked: Asked) -> "QuerySet[Variant, Any]":
    """List the variants on sale of what has the words and is in the category, each with
    what COUNTED reads: which filters it passes.
    """
    found = Variant.objects.live()
    if asked.category:
        found = found.filter(product__category=asked.category)
    for word in asked.words:
        found = found.filter(_word(word, of="product__"))
    delivered = Exists(_delivered(asked, shop=OuterRef("product__shop")))
    return (
        found.annotate(
            shop=F("product__shop"),
            is_left=_mark(IN_STOCK),
            passes_sellers=_mark(Q(product__shop__handle__in=asked.sellers))
            if asked.sellers
            else Value(True),
            passes_country=delivered if asked.country else Value(True),
            passes_size=_mark(_of_facet("size", asked.sizes)),
            passes_colour=_mark(_of_facet("colour", asked.colours)),
            passes_stock=_mark(IN_STOCK if asked.in_stock else Q()),
            passes_price=_mark(_price(asked)),
        )
        .order_by()
        .values_list(
            *("product", "shop", "currency", "price_amount", "facets", "is_left"),
            *("passes_sellers", "passes_country", "passes_size", "passes_colour"),
            *("passes_stock", "passes_price"),
        )
    )


def _mark(condition: Q) -> Expression:
    if not condition:
        return Value(True)
    return ExpressionWrapper(condition, output_field=BooleanField())


def is_category(name: str) -> bool:
    return name in Category.values
