"""Search and categories: one page, everything asked for in its address, no script."""

import hashlib
import unicodedata
from collections.abc import Collection
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from marketplace.accounts import preferences
from marketplace.kit import clock, found, kept, limits, money, pagination
from marketplace.kit.errors import NotFound
from marketplace.kit.templatetags import formats
from sellers import queries
from sellers.models import Category, Product
from sellers.services import search, shops, sizes, suggestions

NEAR = POPULAR = 8
POPULAR_SECONDS = 600
LONGEST_AMOUNT = 24
# Up to this many letters a size is written large: XL, 3XL, S/M.
SIZE_LETTERS = 4


def results(request: HttpRequest) -> HttpResponse:
    """What is for sale that has the words and passes the filters of the address."""
    return _results(request, category="")


def category(request: HttpRequest, category: str) -> HttpResponse:
    """The same within one category.

    :raises NotFound: when there is no such category.
    """
    if not search.is_category(category):
        raise NotFound
    return _results(request, category=category)


def _results(request: HttpRequest, *, category: str) -> HttpResponse:
    _count(request)
    served = shops.region()
    country = preferences.country_of(request, served["countries"])
    usual = preferences.currency_of(
        request, country=country, served=served["currencies"]
    )
    asked, wrong = _asked(request.GET, category, usual)
    numbers = kept.for_seconds(
        settings.SEARCH_COUNTS_SECONDS,
        f"search:{_digest(asked)}",
        lambda: search.numbers(asked),
    )
    rows = search.products(asked).with_card()
    page = pagination.page_of(rows, request, known=numbers.results)
    here = request.path
    name = str(Category(category).label) if category else ""
    context = {
        "asked": asked,
        "wrong": wrong,
        "heading": name or (asked.text and _quoted(asked.text)) or _("Search"),
        "category": category,
        "categories": _categories(category, asked),
        "page": page,
        "cards": [queries.card_of(product) for product in page],
        # Filters are asked of products alone.
        "shops": [] if category or asked.is_filtered else search.shops_named(asked),
        "filters": _filters(
            asked,
            numbers,
            here=here,
            currency=asked.currency or usual,
            typed={key: _typed(request.GET, key) for key in ("min", "max")},
            wrong=wrong,
        ),
        "chips": _chips(request.GET, asked, here),
        "sorts": _sorts(request.GET, asked, here),
        "bare": _address(here, q=asked.text),
        "everywhere": _address(reverse("sellers:search"), q=asked.text),
        "here": here,
        "meta": _meta(name, here, is_listed=bool(category) and not request.GET),
        "bar_title": name or _("Search"),
        "back_url": reverse("pages:home"),
        **(_instead(request, asked) if not page.paginator.count else {}),
    }
    return render(request, "sellers/search.html", context)


def _filters(
    asked: search.Asked,
    numbers: search.Numbers,
    *,
    here: str,
    currency: str,
    typed: dict[str, str],
    wrong: Collection[str],
) -> SafeString:
    """Draw the form of the filters, or give it as it was drawn for the same question and
    the same numbers: nothing in it is about who looks.
    """

    def draw() -> str:
        drawn = {
            "asked": asked,
            "wrong": wrong,
            "groups": _groups(asked, numbers),
            "in_stock": numbers.in_stock,
            "ranges": numbers.prices,
            "price_currency": currency,
            "typed": typed,
            "bare": _address(here, q=asked.text),
            "here": here,
        }
        return render_to_string("sellers/_filters.html", drawn)

    if wrong:
        return SafeString(draw())
    known = _digest(get_language(), here, asked, numbers, currency, typed)
    seconds = settings.SEARCH_COUNTS_SECONDS
    return SafeString(kept.for_seconds(seconds, f"filters:{known}", draw))


def _digest(*known: object) -> str:
    return hashlib.sha256(repr(known).encode()).hexdigest()


def _quoted(words: str) -> str:
    """Give words in the marks of quotation of the reader's language."""
    return _("“%(words)s”") % {"words": words}


def _meta(name: str, here: str, *, is_listed: bool) -> found.Meta:
    """Say what a category is and the way to it; what somebody looked for is not listed."""
    if not is_listed:
        return found.Meta(title=name or _("Search"), path=here, is_hidden=True)
    way = found.breadcrumbs((settings.SITE_NAME, reverse("pages:home")), (name, here))
    return found.Meta(title=name, path=here, data=(way,))


def _count(request: HttpRequest) -> None:
    """Count a search of this address.

    :raises TooMany: when there were too many in a minute.
    """
    address = get_adapter().get_client_ip(request)
    limits.count(f"search:{address}", limit=settings.SEARCHES_PER_MINUTE, seconds=60)


# --- what was asked -----------------------------------------------------------------
def _typed(query: QueryDict, name: str) -> str:
    return query.get(name, "").replace("\x00", "")[:LONGEST_AMOUNT].strip()


def _asked(
    query: QueryDict, category: str, usual: str
) -> tuple[search.Asked, list[str]]:
    """Read an address; what is none of the choices is left out, and an amount that is
    none is named by its field. Prices are compared in the `usual` currency when the
    address names none.
    """
    served = shops.region()
    sort = query.get("sort", "")
    amounts: dict[str, int | None] = {}
    wrong = []
    currency = query.get("currency", "")
    currency = currency if currency in served["currencies"] else ""
    compared = currency or usual
    for name in ("min", "max"):
        try:
            amounts[name] = _amount(_typed(query, name), compared)
        except ValueError:
            amounts[name] = None
            wrong.append(name)
    if sort in search.Sort.BY_PRICE or any(one is not None for one in amounts.values()):
        currency = compared
    country = query.get("to", "").upper()
    asked = search.Asked(
        text=search.clean(query.get("q", "")),
        category=category,
        sizes=search.values(query.getlist("size")),
        colours=search.values(query.getlist("colour")),
        sellers=search.values(query.getlist("seller")),
        country=country if country in served["countries"] else "",
        currency=currency,
        least_amount=amounts["min"],
        most_amount=amounts["max"],
        in_stock=query.get("stock") == "1",
        sort=sort if sort in search.Sort.ALL else "",
    )
    return asked, wrong


def _amount(typed: str, currency: str) -> int | None:
    """Read an amount as typed, full-width digits too, into minor units.

    :raises ValueError: when it is none, or below 0.
    """
    if not typed:
        return None
    amount = money.parse(unicodedata.normalize("NFKC", typed), currency)
    if amount < 0:
        raise ValueError(typed)
    return amount


# --- the filters, and what of them is on ------------------------------------------------
def _groups(asked: search.Asked, numbers: search.Numbers) -> list[dict[str, Any]]:
    """Give the filters with boxes to tick: each choice with its number, what is chosen
    first even when nothing is left of it; sizes from the smallest to the largest.
    """
    names = formats.babel_locale().territories
    groups = [
        ("size", _("Size"), numbers.sizes, asked.sizes),
        ("colour", _("Colour"), numbers.colours, asked.colours),
        ("seller", _("Seller"), numbers.sellers, asked.sellers),
        (
            "to",
            _("Delivered to"),
            numbers.countries,
            (asked.country,) if asked.country else (),
        ),
    ]
    made = []
    for key, title, choices, chosen in groups:
        known = {choice.value: choice for choice in choices}
        lost = [search.Choice(one, 0) for one in chosen if one not in known]
        options = [
            {
                "value": choice.value,
                "label": choice.name or _label(key, choice.value, names),
                "number": choice.number,
                "checked": choice.value in chosen,
            }
            for choice in [*lost, *choices]
        ]
        options.sort(key=lambda one: not one["checked"])
        del options[search.MOST_VALUES :]
        if key == "size":
            options.sort(key=lambda one: sizes.rank(str(one["value"])))
        if options:
            kind = "radio" if key == "to" else "checkbox"
            made.append(
                {
                    "key": key,
                    "title": title,
                    "kind": kind,
                    "options": options,
                }
            )
    return made


def _label(key: str, value: str, territories: Any) -> str:
    if key == "to":
        return str(territories.get(value, value))
    if key == "size" and len(value) <= SIZE_LETTERS and value.isascii():
        return value.upper()
    return value[:1].upper() + value[1:]


def _chips(query: QueryDict, asked: search.Asked, here: str) -> list[dict[str, str]]:
    """Give each filter that is on, with the address of the page without it."""
    names = formats.babel_locale().territories
    chips = []

    def chip(label: str, *parts: tuple[str, str]) -> None:
        chips.append({"label": label, "href": _without(query, here, *parts)})

    for key, chosen in (
        ("size", asked.sizes),
        ("colour", asked.colours),
        ("seller", asked.sellers),
    ):
        for value in chosen:
            label = f"@{value}" if key == "seller" else _label(key, value, names)
            chip(label, (key, value))
    if asked.country:
        place = _label("to", asked.country, names)
        chip(_("Delivered to %(place)s") % {"place": place}, ("to", ""))
    if asked.least_amount is not None:
        amount = formats.write_money(asked.least_amount, asked.currency)
        chip(_("From %(amount)s") % {"amount": amount}, ("min", ""))
    if asked.most_amount is not None:
        amount = formats.write_money(asked.most_amount, asked.currency)
        chip(_("Up to %(amount)s") % {"amount": amount}, ("max", ""))
    if asked.currency:
        gone = [("currency", ""), ("min", ""), ("max", "")]
        if asked.sort in search.Sort.BY_PRICE:
            gone.append(("sort", ""))
        chip(_("Prices in %(currency)s") % {"currency": asked.currency}, *gone)
    if asked.in_stock:
        chip(pgettext("product", "In stock"), ("stock", ""))
    return chips


def _without(query: QueryDict, here: str, *parts: tuple[str, str]) -> str:
    """Give this page's address without some of its filters, or without one value."""
    left = query.copy()
    left.pop("page", None)
    for key, value in parts:
        others = [
            one
            for one in left.getlist(key)
            if value and value not in search.values([one])
        ]
        left.setlist(key, others)
    return f"{here}?{left.urlencode()}" if left.urlencode() else here


def _address(path: str, **query: str) -> str:
    """Give an address with what of the query is not empty."""
    made = QueryDict(mutable=True)
    made.update({key: value for key, value in query.items() if value})
    return f"{path}?{made.urlencode()}" if made else path


def _sorts(query: QueryDict, asked: search.Asked, here: str) -> list[dict[str, Any]]:
    words = {
        search.Sort.RELEVANCE: _("Best match"),
        search.Sort.NEWEST: _("Newest"),
        search.Sort.PRICE_UP: _("Lowest price"),
        search.Sort.PRICE_DOWN: _("Highest price"),
    }
    if not asked.words:
        del words[search.Sort.RELEVANCE]
    made = []
    for sort, word in words.items():
        address = query.copy()
        address.pop("page", None)
        address["sort"] = sort
        made.append(
            {
                "word": word,
                "href": f"{here}?{address.urlencode()}",
                "current": asked.order == sort,
            }
        )
    return made


def _categories(chosen: str, asked: search.Asked) -> list[dict[str, Any]]:
    """Give every category, with the words taken along; the chosen one first, where it
    is seen although the row is wider than a phone.
    """
    ordered = sorted(Category, key=lambda one: one.value != chosen)
    return [
        {
            "name": one.label,
            "href": _address(
                reverse("sellers:category", args=[one.value]), q=asked.text
            ),
            "current": one.value == chosen,
        }
        for one in ordered
    ]


# --- nothing found ------------------------------------------------------------------------
def _instead(request: HttpRequest, asked: search.Asked) -> dict[str, Any]:
    """Give what a page without results offers, and note what was looked for in vain."""
    at = clock.now()
    first = request.GET.get("page", "1") == "1"
    if asked.words and not asked.is_filtered and first:
        suggestions.note_miss(asked=asked, at=at)
    near = suggestions.nearest(words=asked.words, limit=NEAR)
    meant = suggestions.spelling(words=asked.words, near=near)
    best = kept.for_seconds(
        POPULAR_SECONDS,
        "popular",
        lambda: suggestions.popular(at=at, limit=POPULAR),
    )
    return {
        "meant": meant,
        "meant_href": _address(reverse("sellers:search"), q=meant),
        "near": _cards([product.pk for product in near]),
        "popular": _cards(best) or _newest(),
    }


def _cards(keys: list[int]) -> list[queries.Card]:
    """Make the cards of products that are still on sale, in this order."""
    found = {each.pk: each for each in _on_sale(keys)}
    return [queries.card_of(found[key]) for key in keys if key in found]


def _on_sale(keys: list[int]) -> list[Product]:
    return list(Product.objects.live().with_card().filter(pk__in=keys)) if keys else []


def _newest() -> list[queries.Card]:
    found = queries.newest_of_each_shop(limit=POPULAR)
    return [queries.card_of(product) for product in found]
