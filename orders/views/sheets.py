"""What the buy sheet of a product says: the same on any page, alone or as a fragment."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from marketplace.accounts.models import User
from marketplace.kit.templatetags import formats
from orders.models import Address, SavedAddress, SavedCard
from orders.services import cash, offers, quick_buy, saved_cards, tax
from orders.views import browser, places
from sellers import queries as sellers_queries
from sellers.models import Product, Shop, Variant
from sellers.views import public as product_pages


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A variant in the sheet, with what the buyer pays for one of it, all told."""

    variant: Variant
    offer: offers.Offer | None
    note: str
    is_checked: bool

    @property
    def is_sold_out(self) -> bool:
        return self.variant.available < 1

    @property
    def what(self) -> str:
        """What is ordered: `1, M`."""
        return _joined(filter(None, ["1", self.variant.label]))


@dataclass(frozen=True, kw_only=True, slots=True)
class Quick:
    """With what a buyer who came before pays with one press, and where to."""

    card: SavedCard
    address: Address | SavedAddress
    attempt: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """Everything the sheet shows. `leading` is the choice its sums are of: the one
    that is made, else the cheapest that can be had; `is_from`: others cost more.
    `notes` say what changed.
    """

    product: Product
    country: str
    choices: tuple[Choice, ...]
    leading: Choice | None
    is_chosen: bool
    is_from: bool
    problem: str
    via: str
    back: str
    notes: tuple[str, ...] = ()
    countries: tuple[dict[str, str], ...] = field(default=())
    quick: Quick | None = None
    is_done = False

    @property
    def shop(self) -> Shop:
        return self.product.shop

    @property
    def offer(self) -> offers.Offer | None:
        return self.leading.offer if self.leading else None

    @property
    def is_sold_out(self) -> bool:
        return all(choice.is_sold_out for choice in self.choices)

    @property
    def can_buy(self) -> bool:
        return self.offer is not None and not self.is_sold_out

    @property
    def cash_days(self) -> int | None:
        """How long it may be paid in cash, where it may."""
        return cash_days(self.offer)

    @property
    def is_longer_return(self) -> bool:
        """Whether a business takes things back for longer than the law asks of it."""
        shop = self.product.shop
        return shop.is_business and shop.return_days > settings.WITHDRAWAL_DAYS

    @property
    def is_single(self) -> bool:
        return len(self.choices) == 1

    @property
    def legend(self) -> str:
        return _joined(self.product.option_names)

    @property
    def close_url(self) -> str:
        return self.back or self.full_url

    @property
    def full_url(self) -> str:
        """The product's own page, with who led here."""
        address = self.product.get_absolute_url()
        return places.with_query(address, via=self.via)


def cash_days(offer: offers.Offer | None) -> int | None:
    """Give the days in which an offer's sum may be paid in cash, or None."""
    if offer is None:
        return None
    return cash.days_for(amount=offer.total_amount, currency=offer.currency)


def noted(found: Sheet, note: str) -> Sheet:
    """Give a sheet with one more thing to say."""
    return replace(found, notes=(*found.notes, note))


def find(thing: str) -> tuple[Product, str]:
    """Give the live product that a public id names, or that a variant's id belongs to,
    with that variant's id; three queries, four for a variant.

    :raises NotFound: there is none on sale.
    """
    named = thing[:24].replace("\x00", "")
    if named.startswith("var_"):
        owner = Variant.objects.filter(public_id=named).values_list(
            "product__public_id", flat=True
        )
        return sellers_queries.live_product(owner.first() or ""), named
    return sellers_queries.live_product(named), ""


def sheet(
    request: HttpRequest,
    *,
    product: Product,
    chosen: str,
    via: str,
    back: str,
    at: datetime,
    country: str = "",
    notes: tuple[str, ...] = (),
) -> Sheet:
    """Compose the sheet of a product for where this buyer is. Two queries, two more
    for somebody who signed in.
    """
    quick = _quick(request, at=at)
    country = country or _country(request, quick)
    if quick is not None and quick.address.country != country:
        quick = None
    variants = [one for one in product.variants.all() if one.is_active]
    terms = offers.terms(shops=[product.shop], country=country)
    problem = "" if terms.reaches(product.shop) else _not_sent(product.shop, country)
    priced: dict[int, offers.Offer] = {}
    try:
        if not problem:
            priced = {one.pk: _one(product, one, terms, at) for one in variants}
    except tax.TaxRateMissing as unknown:
        problem = unknown.message
    free = [one for one in variants if one.available > 0]
    only = free[0].public_id if len(free) == 1 else ""
    taken = next((one for one in free if one.public_id == (chosen or only)), None)
    lowest = min((one.price_amount for one in free or variants), default=0)
    choices = tuple(
        Choice(
            variant=one,
            offer=priced.get(one.pk),
            note=_note(one, lowest),
            is_checked=one is taken,
        )
        for one in variants
    )
    if chosen and taken is None and any(one.public_id == chosen for one in variants):
        notes = (*notes, _sold_out_words(free))
    found = Sheet(
        product=product,
        country=country,
        choices=choices,
        leading=_leading(choices),
        is_chosen=taken is not None,
        is_from=taken is None and len({one.price_amount for one in free}) > 1,
        problem=problem,
        via=via,
        back=back,
        notes=notes,
        countries=_countries(product, country, chosen=chosen, via=via, back=back),
        quick=quick,
    )
    return found if found.can_buy else replace(found, quick=None)


def _quick(request: HttpRequest, *, at: datetime) -> Quick | None:
    """Give the card saved last and where this person's things go, if both are known."""
    if not isinstance(request.user, User):
        return None
    cards = saved_cards.cards_of(user=request.user, at=at)
    address = quick_buy.address_of(user=request.user) if cards else None
    if address is None:
        return None
    return Quick(
        card=cards[0],
        address=address,
        attempt=browser.typed(request, "attempt")
        or quick_buy.new_attempt(user=request.user),
    )


def _country(request: HttpRequest, quick: Quick | None) -> str:
    """Where this person's things go, unless the page asks for another country."""
    if quick is None or "country" in request.GET:
        return browser.country_of(request)
    country = quick.address.country
    return country if country in browser.countries() else browser.country_of(request)


def _one(
    product: Product, variant: Variant, terms: offers.Terms, at: datetime
) -> offers.Offer:
    wanted = offers.Wanted(variant=variant, product=product, quantity=1, off_amount=0)
    return offers.offer(wanted=[wanted], terms=terms, at=at)


def _leading(choices: tuple[Choice, ...]) -> Choice | None:
    made = [one for one in choices if one.is_checked]
    free = [one for one in choices if not one.is_sold_out]
    by_price = sorted(made or free or choices, key=lambda one: one.variant.price_amount)
    return by_price[0] if by_price else None


def _note(variant: Variant, lowest: int) -> str:
    if variant.available < 1:
        return ""
    notes: list[str] = []
    if variant.price_amount != lowest:
        notes.append(formats.write_money(variant.price_amount, variant.currency))
    if variant.available <= product_pages.EXACT_STOCK:
        notes.append(
            ngettext("%(n)d left", "%(n)d left", variant.available)
            % {"n": variant.available}
        )
    return _joined(notes)


def _joined(words: Iterable[str]) -> str:
    return pgettext("between words", ", ").join(words)


def _sold_out_words(free: list[Variant]) -> str:
    if free:
        return _("That one has just been sold out. The others can still be had.")
    return _("It has just been sold out.")


def _not_sent(shop: Shop, country: str) -> str:
    return _("%(shop)s does not deliver to %(country)s.") % {
        "shop": shop.name,
        "country": country_name(country),
    }


def country_name(code: str) -> str:
    return str(formats.babel_locale().territories.get(code, code))


def _countries(
    product: Product, country: str, *, chosen: str, via: str, back: str
) -> tuple[dict[str, Any], ...]:
    """Where else it can be sent, each the address of this sheet for there."""
    served = browser.countries()
    thing = chosen or product.public_id
    page = back or product.get_absolute_url()
    return tuple(
        {
            "name": country_name(code),
            "url": places.with_sheet(page, thing, via=via, country=code),
        }
        for code in served
        if code != country
    )


def via_of(request: HttpRequest) -> str:
    """Give the source token a page was asked with, not judged here."""
    return request.GET.get("via", "").replace("\x00", "")[: product_pages.LONGEST_VIA]
