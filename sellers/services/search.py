"""The search over everything that is for sale: what was asked, what it finds and in
which order, and how many there would be with one more filter.

Every word must be found in a product's title, options or description, or in its shop's
name. What is asked of size, colour, price and stock must hold for ONE variant: blue in
M and red in L is not blue in L. Prices are compared within one currency only.

The order is told on the page, as Directive 2011/83/EU Art. 6a(1)(a) and Regulation (EU)
2019/1150 Art. 5 ask: all words in the title first, then the rest, the newest first
within each. Nobody can pay for a place.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
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


def _matching(asked: Asked, *, without: str = "") -> ProductQuerySet:
    """List what is public and matches; `without` leaves one filter out, so that the
    numbers beside its choices tell what choosing another would give.
    """
    found = Product.objects.live()
    if asked.category:
        found = found.filter(category=asked.category)
    for word in asked.words:
        found = found.filter(_word(word))
    if asked.sellers and without != "sellers":
        found = found.filter(shop__handle__in=asked.sellers)
    if asked.country and without != "country":
        delivered = DeliveryProfile.objects.filter(
            shop=OuterRef("shop"), countries__contains=[asked.country]
        )
        found = found.filter(Exists(delivered))
    one = _variant(asked, without=without)
    if one != Q(is_active=True):
        found = found.filter(
            Exists(Variant.objects.filter(one, product=OuterRef("pk")))
        )
    return found


def _word(word: str) -> Q:
    """Say where a word may be: in the product's words, its shop's name among them."""
    sought = _sought(word)
    if len(sought) >= TRIPLE:
        return Q(folded_text__contains=sought)
    return Q(folded_title__contains=sought) | Q(shop__folded_name__contains=sought)


def _sought(word: str) -> str:
    """Give what is looked for: a short word of Latin letters or digits only where a
    word begins, as `m` is in every other; Japanese, and longer words, anywhere.
    """
    return f" {word}" if len(word) < TRIPLE and word.isascii() else word


def _variant(asked: Asked, *, without: str = "") -> Q:
    """Say all that must hold for one and the same variant."""
    one = Q(is_active=True)
    for axis, chosen in (("size", asked.sizes), ("colour", asked.colours)):
        if chosen and without != axis:
            one &= Q(facets__overlap=[f"{axis}:{value}" for value in chosen])
    if asked.in_stock and without != "stock":
        one &= IN_STOCK
    if without != "price":
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
    """The choices of each filter, the most frequent first."""

    sizes: list[Choice]
    colours: list[Choice]
    sellers: list[Choice]
    countries: list[Choice]
    prices: list[Range]
    in_stock: int


def numbers(asked: Asked) -> Numbers:
    """Count what each choice of each filter would give, the other filters kept. Six
    queries, each over all that matches.
    """
    by_seller = _counted(
        _variants(asked, without="sellers").values_list(
            "product__shop__handle", "product__shop__name"
        )
    )
    country = _each(
        F("product__shop__delivery_profiles__countries"), "jsonb_array_elements_text"
    )
    by_country = _counted(
        _variants(asked, without="country")
        .annotate(each_country=country)
        .values_list("each_country")
    )
    stocked = _variants(asked, without="stock").filter(IN_STOCK)
    return Numbers(
        sizes=_of_axis(asked, "size"),
        colours=_of_axis(asked, "colour"),
        sellers=[Choice(handle, number, name) for handle, name, number in by_seller],
        countries=[Choice(code, number) for code, number in by_country],
        prices=_ranges(asked),
        in_stock=stocked.aggregate(number=Count("product", distinct=True))["number"],
    )


def _variants(asked: Asked, *, without: str) -> QuerySet[Variant]:
    """List the variants that match, of products that match."""
    matching = _matching(_of_products(asked), without=without).order_by()
    return Variant.objects.filter(
        _variant(asked, without=without), product__in=matching.values("pk")
    ).order_by()


def _of_products(asked: Asked) -> Asked:
    """Keep what is asked of a product and its shop, not of its variants."""
    return Asked(
        text=asked.text,
        category=asked.category,
        sellers=asked.sellers,
        country=asked.country,
    )


def _each(values: F, function: str) -> Func:
    return Func(values, function=function, output_field=TextField())


def _counted(rows: "QuerySet[Variant, Any]") -> list[Any]:
    counted = rows.annotate(number=Count("product", distinct=True))
    return list(counted.order_by("-number")[: MOST_VALUES * 4])


def _of_axis(asked: Asked, axis: str) -> list[Choice]:
    tokens = _counted(
        _variants(asked, without=axis)
        .annotate(token=_each(F("facets"), "unnest"))
        .values_list("token")
    )
    pairs = ((token.partition(":"), number) for token, number in tokens)
    return [Choice(value, number) for (name, _, value), number in pairs if name == axis]


def _ranges(asked: Asked) -> list[Range]:
    rows = (
        _variants(asked, without="price")
        .values_list("currency")
        .annotate(
            number=Count("product", distinct=True),
            least=Min("price_amount"),
            most=Max("price_amount"),
        )
        .order_by("-number", "currency")
    )
    return [Range(*row) for row in rows]


def is_category(name: str) -> bool:
    return name in Category.values
