"""A cart as it is shown: priced now, with what changed since it was last shown."""

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from marketplace.kit.templatetags import formats
from orders.models import Cart, CartLine
from orders.services import cart as carts
from orders.services import offers, price_locks, quotes, tax

SETTLED_BY_SHOWING = {"price", "stock", "gone", "code", "link"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A priced cart. `notes` name what changed; `stuck` are lines that cannot be sent
    to the country, and `problem` says why there is no price at all.
    """

    country: str
    quote: quotes.Quote | None
    notes: tuple[str, ...] = ()
    stuck: tuple[CartLine, ...] = ()
    problem: str = ""

    @property
    def is_empty(self) -> bool:
        return self.quote is None and not self.stuck

    @property
    def is_payable(self) -> bool:
        return self.quote is not None and bool(self.quote.parts) and not self.stuck


def show(*, cart: Cart | None, country: str, at: datetime) -> Shown:
    """Price the cart for a page. From then on today's prices are the ones that were
    shown; what changed is told again for TOLD_AGAIN_SECONDS while the cart stays as it
    is. At most 16 queries, twice that after a change.
    """
    if cart is None:
        return Shown(country=country, quote=None)
    settled: tuple[str, ...] = ()
    try:
        quote = quotes.quote(cart=cart, country=country, at=at)
        if any(change.kind in SETTLED_BY_SHOWING for change in quote.changes):
            settled = _notes(quote, cart)
            carts.accept_changes(cart=cart, at=at)
            price_locks.let_go(cart=cart, links=quote.lost_links)
            before, quote = quote, quotes.quote(cart=cart, country=country, at=at)
            settled = _notes(before, cart, now=quote)
        if quote.lost_links:
            # Fewer units of a bundle were left: its price is off with them.
            settled = (*settled, *_notes(quote, cart))
            price_locks.let_go(cart=cart, links=quote.lost_links)
            quote = quotes.quote(cart=cart, country=country, at=at)
    except quotes.EmptyCart:
        notes = _told(cart, "", settled)
        return Shown(country=country, quote=None, notes=notes)
    except tax.TaxRateMissing as problem:
        return Shown(
            country=country, quote=None, stuck=_lines(cart), problem=problem.message
        )
    priced = {line.line.pk for part in quote.parts for line in part.lines}
    stuck: tuple[CartLine, ...] = ()
    if quote.changes:
        stuck = tuple(line for line in _lines(cart) if line.pk not in priced)
    still = _notes(quote, cart)
    over = tuple(note for note in settled if note not in still)
    notes = (*_told(cart, quote.fingerprint, over), *still)
    return Shown(country=country, quote=quote, notes=notes, stuck=stuck)


def _told(cart: Cart, fingerprint: str, settled: tuple[str, ...]) -> tuple[str, ...]:
    """Keep what was settled by showing it, and give it again: the page that said so may
    never have been read. In another language, or once the cart is another, it is over.
    """
    key = f"told:{cart.pk}:{get_language()}:{fingerprint}"
    if settled:
        cache.set(key, settled, settings.TOLD_AGAIN_SECONDS)
        return settled
    kept: tuple[str, ...] = cache.get(key, ())
    return kept


def _lines(cart: Cart) -> tuple[CartLine, ...]:
    return tuple(
        cart.lines.select_related("variant__product__shop")
        .prefetch_related("variant__product__photos")
        .order_by("pk")
    )


def _notes(
    quote: quotes.Quote, cart: Cart, *, now: quotes.Quote | None = None
) -> tuple[str, ...]:
    """Word what changed; `now` is the cart after it was settled."""
    lines, kept = _lines_of(quote), _lines_of(now) if now else {}
    found = []
    for change in quote.changes:
        words, line = change.message, change.cart_line_id or 0
        if change.kind == "price" and line in lines:
            words = _price_note(lines[line], cart.currency)
        elif change.kind == "stock" and line in kept:
            # An order may hold fewer of what is scarce than there are left.
            holds = _("Your bag has %(units)s of it now.")
            words = f"{words} {holds % {'units': kept[line].quantity}}"
        found.append(words)
    return tuple(found)


def _lines_of(quote: quotes.Quote) -> dict[int, CartLine]:
    return {line.line.pk: line.line for part in quote.parts for line in part.lines}


def _price_note(line: CartLine, currency: str) -> str:
    return _("%(title)s now costs %(now)s, it was %(then)s.") % {
        "title": line.variant.product.title,
        "now": formats.write_money(line.variant.price_amount, currency),
        "then": formats.write_money(line.listed_amount, currency),
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """One seller's lines in the bag, with its delivery; without a quote only lines."""

    part: quotes.QuotePart
    first_day: date
    last_day: date

    @property
    def total_amount(self) -> int:
        return (
            sum(line.priced.paid_amount for line in self.part.lines)
            + self.part.delivery.paid_amount
        )

    @property
    def discount_amount(self) -> int:
        return sum(line.priced.discount_amount for line in self.part.lines)

    @property
    def link_discount_amount(self) -> int:
        return sum(line.link_discount_amount for line in self.part.lines)

    @property
    def units(self) -> int:
        return sum(line.line.quantity for line in self.part.lines)


def groups(seen: Shown, *, at: datetime) -> list[Group]:
    """Group a priced cart by seller, with the days its parcel is expected."""
    if seen.quote is None:
        return []
    found = []
    for part in seen.quote.parts:
        first, last = offers.delivered_between(
            at=at, days_min=part.profile.days_min, days_max=part.profile.days_max
        )
        found.append(Group(part=part, first_day=first, last_day=last))
    return found
