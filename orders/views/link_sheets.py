"""What the page of a buy link says: its things, their sum, and why it may not sell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from creators import queries as creators_queries
from creators.models import Creator
from creators.services import attribution
from orders.models import BuyLink, BuyLinkItem, BuyLinkState
from orders.services import buy_links, offers, pricing, tax
from orders.views import browser, places, sheets
from sellers.models import Product, Shop, Variant

MOST_OTHERS = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A variant one may choose, and the sum of the whole link with it."""

    variant: Variant
    is_sold_out: bool
    is_checked: bool
    offer: offers.Offer | None
    shown_as: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A thing of the link. `variant` is the fixed or leading one, None when there is
    none left of it; `choices` are empty where nothing is to be chosen.
    """

    item: BuyLinkItem
    variant: Variant | None
    choices: tuple[Choice, ...]
    gross_amount: int
    off_amount: int

    @property
    def name(self) -> str:
        return f"choice-{self.item.pk}"

    @property
    def product(self) -> Product:
        return self.item.product

    @property
    def amount(self) -> int:
        return self.gross_amount - self.off_amount

    @property
    def is_from(self) -> bool:
        """Whether the sum depends on which of these is chosen."""
        offered = [choice.offer for choice in self.choices if choice.offer]
        return len({offer.total_amount for offer in offered}) > 1


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkSheet:
    """A link as its page shows it: `why` says why it does not sell, with what to do, and
    `is_elsewhere` whether another country may have it.
    """

    link: BuyLink
    state: str
    rows: tuple[Row, ...]
    offer: offers.Offer | None
    shown_as: str
    has_prices: bool
    why: str
    is_elsewhere: bool
    via: str
    country: str
    others: tuple[Product, ...]

    @property
    def can_buy(self) -> bool:
        return self.offer is not None and not self.why

    @property
    def cash_days(self) -> int | None:
        return sheets.cash_days(self.offer)

    @property
    def title(self) -> str:
        """What it sells, for a heading and a preview."""
        return title_of(self.link)

    @property
    def maker(self) -> Shop | Creator:
        return maker_of(self.link)

    @property
    def carried(self) -> str:
        """Who led here, where the link does not know it by itself."""
        return "" if self.link.creator_id else self.via

    @property
    def countries(self) -> list[dict[str, str]]:
        return [
            {
                "name": sheets.country_name(code),
                "url": places.with_query(
                    self.link.get_absolute_url(), via=self.carried, country=code
                ),
            }
            for code in browser.countries()
            if code != self.country
        ]


def maker_of(link: BuyLink) -> Shop | Creator:
    maker = link.shop or link.creator
    assert maker is not None  # a constraint says so
    return maker


def title_of(link: BuyLink) -> str:
    """Name a link by its things: `Linen shirt, Stoneware mug`."""
    return ", ".join(dict.fromkeys(item.product.title for item in link.items.all()))


def via_of(request: HttpRequest, link: BuyLink, *, at: datetime) -> str:
    """Give the token of who led here: a creator's own link names the creator."""
    if link.creator is None:
        return sheets.via_of(request)
    return attribution.token(
        source_type="link", source_id=link.creator.public_id, issued=at.date()
    )


def compose(
    *,
    link: BuyLink,
    via: str,
    country: str,
    at: datetime,
    chosen: Mapping[int, Variant] | None = None,
    own_uses: int = 0,
) -> LinkSheet:
    """Compose the page of a link for a country. Two queries, and three for what else
    there is where it does not sell, two more where that depends on the country.
    """
    items = list(link.items.all())
    leading = [_leading(item, chosen or {}) for item in items]
    shops = list(dict.fromkeys(item.product.shop for item in items))
    terms = offers.terms(shops=shops, country=country)
    state = link.state(at=at, own_uses=own_uses)
    never = _why_not(items, leading, state)
    why = never or _why_not_there(items, terms)
    off = _off(link, items, leading)
    offer = None
    try:
        if not why:
            offer = _offer(items, leading, off, terms, at)
    except tax.TaxRateMissing as problem:
        why = problem.message
    rows = _rows(link, items, leading, off, terms if offer else None, at)
    return LinkSheet(
        link=link,
        state=state,
        rows=rows,
        offer=offer,
        shown_as=shown_as(leading),
        has_prices=_has_prices(link, items),
        why=why,
        is_elsewhere=bool(why) and not never,
        via=via,
        country=country,
        others=() if offer else _others(link, at, to="" if never else country),
    )


def shown_as(variants: Sequence[Variant | None]) -> str:
    """Name the form field that carries the sum shown for these variants."""
    return "shown-" + ".".join(one.public_id if one else "" for one in variants)


def _leading(item: BuyLinkItem, chosen: Mapping[int, Variant]) -> Variant | None:
    """Give the fixed variant, the chosen one, or the cheapest there is enough of."""
    if item.variant is not None:
        return item.variant
    if item.pk in chosen:
        return chosen[item.pk]
    active = [one for one in item.product.variants.all() if one.is_active]
    free = [one for one in active if one.available >= item.quantity]
    ranked = sorted(free or active, key=lambda one: (one.price_amount, one.position))
    return ranked[0] if ranked else None


def _why_not(
    items: Sequence[BuyLinkItem], leading: Sequence[Variant | None], state: str
) -> str:
    """Say in one sentence why nobody can buy it now, or nothing."""
    if state == BuyLinkState.STOPPED:
        return _("Whoever made this link has ended it.")
    if state == BuyLinkState.EXPIRED:
        return _("This link has expired.")
    if state == BuyLinkState.USED_UP:
        return _("This link has been used up.")
    for item, variant in zip(items, leading, strict=True):
        title = item.product.title
        if variant is None or buy_links.is_withdrawn(item):
            return _("%(title)s is not for sale any more.") % {"title": title}
        if variant.available < item.quantity:
            return _("%(title)s is sold out.") % {"title": title}
    return ""


def _why_not_there(items: Sequence[BuyLinkItem], terms: offers.Terms) -> str:
    """Say why it cannot be sent to the chosen country, or nothing."""
    for item in items:
        if not terms.reaches(item.product.shop):
            return _("%(shop)s does not deliver to %(country)s.") % {
                "shop": item.product.shop.name,
                "country": sheets.country_name(terms.country),
            }
    return ""


def _off(
    link: BuyLink, items: Sequence[BuyLinkItem], variants: Sequence[Variant | None]
) -> list[int]:
    gross = [_gross(item, one) for item, one in zip(items, variants, strict=True)]
    return pricing.locked_off(
        gross=gross,
        locked=[item.locked_amount for item in items],
        total_amount=link.locked_amount,
    )


def _gross(item: BuyLinkItem, variant: Variant | None) -> int:
    return item.quantity * variant.price_amount if variant else 0


def _offer(
    items: Sequence[BuyLinkItem],
    variants: Sequence[Variant | None],
    off: Sequence[int],
    terms: offers.Terms,
    at: datetime,
) -> offers.Offer:
    wanted = [
        offers.Wanted(
            variant=variant,
            product=item.product,
            quantity=item.quantity,
            off_amount=amount,
        )
        for item, variant, amount in zip(items, variants, off, strict=True)
        if variant is not None
    ]
    return offers.offer(wanted=wanted, terms=terms, at=at)


def _rows(
    link: BuyLink,
    items: Sequence[BuyLinkItem],
    leading: Sequence[Variant | None],
    off: Sequence[int],
    terms: offers.Terms | None,
    at: datetime,
) -> tuple[Row, ...]:
    return tuple(
        Row(
            item=item,
            variant=leading[place],
            choices=_choices(link, items, leading, place, terms, at),
            gross_amount=_gross(item, leading[place]),
            off_amount=off[place],
        )
        for place, item in enumerate(items)
    )


def _choices(
    link: BuyLink,
    items: Sequence[BuyLinkItem],
    leading: Sequence[Variant | None],
    place: int,
    terms: offers.Terms | None,
    at: datetime,
) -> tuple[Choice, ...]:
    """Give what one may choose for an item, each with the link's sum beside the others
    that lead.
    """
    item = items[place]
    active = [one for one in item.product.variants.all() if one.is_active]
    if item.variant is not None or len(active) < 2:
        return ()
    free = [one for one in active if one.available >= item.quantity]
    found = []
    for one in sorted(active, key=lambda each: (each.position, each.pk)):
        combined = [*leading[:place], one, *leading[place + 1 :]]
        offer = None
        if terms is not None:
            offer = _offer(items, combined, _off(link, items, combined), terms, at)
        found.append(
            Choice(
                variant=one,
                is_sold_out=one not in free,
                is_checked=len(free) == 1 and one in free,
                offer=offer,
                shown_as=shown_as(combined),
            )
        )
    return tuple(found)


def _has_prices(link: BuyLink, items: Sequence[BuyLinkItem]) -> bool:
    """Say whether the sum depends on what is chosen."""
    if link.locked_amount is not None:
        return False
    return any(
        len({one.price_amount for one in item.product.variants.all() if one.is_active})
        > 1
        for item in items
        if item.variant is None and item.locked_amount is None
    )


def _others(link: BuyLink, at: datetime, *, to: str) -> tuple[Product, ...]:
    """What can be bought instead: the link's own things first, then the maker's; none
    that is sold out, nor any that is not sent `to` a country, where one is named.
    """
    sold = [item.product_id for item in link.items.all()]
    products: Any = buy_links.sellable(maker=maker_of(link), at=at)
    found = [
        product
        for product in products[: MOST_OTHERS * 4]
        if not creators_queries.card_of(product).is_sold_out
    ]
    if to:
        terms = offers.terms(shops={one.shop for one in found}, country=to)
        found = [one for one in found if terms.reaches(one.shop)]
    found.sort(key=lambda product: product.pk not in sold)
    return tuple(found[:MOST_OTHERS])


def look_url(link: BuyLink, **words: str) -> str:
    """Give the link's page without its open sheet."""
    return places.with_query(link.get_absolute_url(), look="1", **words)
