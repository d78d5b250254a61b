"""What a buyer means to buy: lines of one currency, a typed code, and limits.

A browser holds a random token, we keep its hash. The token opens one open cart at a
time; once that is paid and closed, the same token opens the next.
"""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from creators.models import Code
from creators.services import attribution
from marketplace.kit.errors import MarketplaceError
from orders.models import Cart, CartLine, OrderStatus
from orders.services import discounts
from sellers.models import Reservation, Variant

TOKEN_BYTES = 24
LINES_PER_CART = 50


class CartCurrencyMismatch(MarketplaceError):
    """A cart has one currency, and what is in it is priced in another."""

    status_code = 409

    def __init__(self, *, cart: str, variant: str) -> None:
        super().__init__(
            _(
                "Your bag is in %(cart)s and this is priced in %(variant)s. Nothing "
                "was added; pay for your bag first, or empty it."
            )
            % {"cart": cart, "variant": variant}
        )


class CartFull(MarketplaceError):
    """A cart holds a limited number of different things."""

    status_code = 409

    def __init__(self) -> None:
        super().__init__(
            _(
                "A bag holds up to %(limit)s different things. Nothing was added; pay "
                "for these first."
            )
            % {"limit": LINES_PER_CART}
        )


class CartClosed(MarketplaceError):
    """The cart has been paid for meanwhile."""

    status_code = 409

    def __init__(self) -> None:
        super().__init__(
            _("This bag has been paid for. Nothing was changed; start a new one.")
        )


class NotForSale(MarketplaceError):
    """The variant is not on sale."""

    status_code = 409

    def __init__(self) -> None:
        super().__init__(_("This is not on sale any more. Nothing was added."))


class NoSuchQuantity(MarketplaceError):
    """A quantity is a whole number of at least 1."""

    def __init__(self) -> None:
        super().__init__(_("Choose a whole number, 1 or more."))


class TooManyUnits(MarketplaceError):
    """More units than one order may hold, or than there are. `limit` can be had."""

    status_code = 409

    def __init__(self, *, limit: int, available: int) -> None:
        self.limit = limit
        self.available = available
        if available <= 0:
            words = _("This is sold out. Nothing was changed.")
        elif available < limit:
            words = ngettext(
                "Only %(count)s is left. Nothing was changed.",
                "Only %(count)s are left. Nothing was changed.",
                available,
            ) % {"count": available}
        else:
            words = ngettext(
                "You can buy %(count)s of this in one order. Nothing was changed.",
                "You can buy up to %(count)s of this in one order. Nothing was "
                "changed.",
                limit,
            ) % {"count": limit}
        super().__init__(words)


class CodeUnknown(MarketplaceError):
    """The word is no code, or one that is over or used up: the answer is the same."""

    def __init__(self) -> None:
        super().__init__(
            _("This code does not work. Check the spelling; your bag is unchanged.")
        )


def new_token() -> str:
    """Make the secret a browser keeps: 192 random bits."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_of(token: str) -> str:
    """Give what is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def cart_of(*, token: str) -> Cart | None:
    """Give the open cart of a token, or None; one query."""
    return Cart.objects.filter(token_hash=hash_of(token), closed_at=None).first()


def open_cart(*, token: str, user: Any, at: datetime) -> Cart:
    """Give the open cart of a token, made now if there is none.

    Parallel first additions of one browser meet the same cart. A signed-in `user` is
    noted on it.
    """
    known = user if user is not None and user.is_authenticated else None
    cart, _made = Cart.objects.get_or_create(
        token_hash=hash_of(token),
        closed_at=None,
        defaults={"created_at": at, "user": known},
    )
    if known is not None and cart.user_id is None:
        cart.user = known
        cart.save(update_fields=["user"])
    return cart


def limit_of(variant: Variant) -> int:
    """Give how many units of a variant one order may hold: UNITS_PER_ORDER, and of a
    scarce one half of what is on hand, rounded up.
    """
    if variant.on_hand < settings.SCARCE_BELOW:
        return min(settings.UNITS_PER_ORDER, (variant.on_hand + 1) // 2)
    return int(settings.UNITS_PER_ORDER)


def source_of(line: CartLine) -> attribution.Source | None:
    """Give the creator's surface a line was found on, if any."""
    if not line.source_type or line.source_date is None:
        return None
    return attribution.Source(
        type=line.source_type, id=line.source_id, issued=line.source_date
    )


def held_for(*, cart: Cart) -> dict[int, int]:
    """Give the units, by variant id, that this cart's own unpaid order holds; they are
    not lost to the buyer who comes back to change it. One query.
    """
    references = cart.orders.filter(status=OrderStatus.AWAITING_PAYMENT).values(
        "public_id"
    )
    held = (
        Reservation.objects.active()
        .filter(order_reference__in=references)
        .values("variant_id")
        .annotate(units=Sum("quantity"))
    )
    return {row["variant_id"]: row["units"] for row in held}


def add(
    *,
    cart: Cart,
    variant: Variant,
    quantity: int,
    via: attribution.Source | None,
    at: datetime,
) -> CartLine:
    """Put units of a variant in the cart, beside those that are there already.

    The line keeps the price that was shown and the newest source that led to it.

    :raises NoSuchQuantity: below 1.
    :raises NotForSale: the variant, its product or its shop is not on sale.
    :raises CartCurrencyMismatch: the cart holds another currency.
    :raises TooManyUnits: more than one order may hold, or than there are.
    :raises CartFull: LINES_PER_CART different variants are in it.
    :raises CartClosed: it was paid for meanwhile.
    """
    if quantity < 1:
        raise NoSuchQuantity
    with _locked(cart):
        fresh = _for_sale(variant.pk)
        if cart.currency not in ("", fresh.currency):
            raise CartCurrencyMismatch(cart=cart.currency, variant=fresh.currency)
        line = cart.lines.filter(variant_id=fresh.pk).first()
        wanted = quantity + (line.quantity if line else 0)
        _check_units(cart, fresh, wanted)
        if line is None:
            if cart.lines.count() >= LINES_PER_CART:
                raise CartFull
            line = CartLine(cart=cart, variant=fresh, added_at=at)
        line.quantity = wanted
        line.listed_amount = fresh.price_amount
        _note_source(line, via)
        line.save()
        _set_currency(cart, fresh.currency)
    return line


def put(
    *,
    cart: Cart,
    variant: Variant,
    quantity: int | None,
    via: attribution.Source | None,
    at: datetime,
) -> CartLine:
    """Have a variant in the cart in just this number, or, without one, in the number
    it has there already, else 1: a sheet pressed twice buys once.

    :raises NotForSale, CartCurrencyMismatch, TooManyUnits, CartFull, CartClosed: as
        `add`.
    """
    line = cart.lines.filter(variant=variant).first()
    if line is None:
        return add(cart=cart, variant=variant, quantity=quantity or 1, via=via, at=at)
    with _locked(cart):
        fresh = _for_sale(variant.pk)
        line.quantity = quantity or line.quantity
        _check_units(cart, fresh, line.quantity)
        line.listed_amount = fresh.price_amount
        _note_source(line, via)
        line.save()
    return line


def set_origin(*, cart: Cart, came_from: str) -> None:
    """Note the page whose sheet was used, a checked address of ours, to lead back to."""
    Cart.objects.filter(pk=cart.pk).update(came_from=came_from[:300])


def set_quantity(*, line: CartLine, quantity: int) -> CartLine:
    """Set how many units a line has. The price shown before is kept, so that a change
    since then is still named.

    :raises NoSuchQuantity: below 1.
    :raises NotForSale: it is not on sale any more.
    :raises TooManyUnits: more than one order may hold, or than there are; fewer units
        than before are always taken.
    :raises CartClosed: it was paid for meanwhile.
    """
    if quantity < 1:
        raise NoSuchQuantity
    with _locked(line.cart):
        if quantity > line.quantity:
            _check_units(line.cart, _for_sale(line.variant_id), quantity)
        line.quantity = quantity
        line.save(update_fields=["quantity"])
    return line


def remove(*, line: CartLine) -> None:
    """Take a line out; an emptied cart has no currency.

    :raises CartClosed: it was paid for meanwhile.
    """
    with _locked(line.cart) as cart:
        line.delete()
        if not cart.lines.exists():
            _set_currency(cart, "")


def accept_changes(*, cart: Cart, at: datetime) -> None:
    """Note that the buyer has seen today's prices: they become the prices shown, and
    what cannot be had any more leaves the cart, as does a code that is over.

    :raises CartClosed: it was paid for meanwhile.
    """
    with _locked(cart):
        held = held_for(cart=cart)
        for line in cart.lines.select_related("variant__product__shop"):
            variant = line.variant
            free = variant.available + held.get(variant.pk, 0)
            units = min(line.quantity, free, limit_of(variant))
            if not _is_live(variant) or units < 1:
                line.delete()
                continue
            line.quantity, line.listed_amount = units, variant.price_amount
            line.save(update_fields=["quantity", "listed_amount"])
        if cart.code and not _is_code(cart.code, at):
            cart.code = ""
            cart.save(update_fields=["code"])
        if not cart.lines.exists():
            _set_currency(cart, "")


def set_code(*, cart: Cart, word: str, at: datetime) -> Cart:
    """Note the code a buyer typed: a discount's or a creator's. Empty takes it away.

    :raises CodeUnknown: for a word that does nothing now.
    :raises CartClosed: it was paid for meanwhile.
    """
    cleaned = discounts.clean(word)
    if cleaned and not _is_code(cleaned, at):
        raise CodeUnknown
    with _locked(cart):
        cart.code = cleaned
        cart.save(update_fields=["code"])
    return cart


@contextmanager
def _locked(cart: Cart) -> Iterator[Cart]:
    """Hold the cart's row for one change, with its newest currency."""
    with transaction.atomic():
        fresh = Cart.objects.select_for_update().get(pk=cart.pk)
        if fresh.closed_at is not None:
            raise CartClosed
        cart.currency = fresh.currency
        yield cart


def _note_source(line: CartLine, via: attribution.Source | None) -> None:
    """Keep the newest surface that led to a line."""
    if via is not None:
        line.source_type, line.source_id = via.type, via.id
        line.source_date = via.issued


def _for_sale(variant_id: int) -> Variant:
    variant = Variant.objects.live().filter(pk=variant_id).first()
    if variant is None:
        raise NotForSale
    return variant


def _is_code(word: str, at: datetime) -> bool:
    if discounts.find(word=word, at=at) is not None:
        return True
    return Code.objects.filter(word=word).exists()


def _is_live(variant: Variant) -> bool:
    product = variant.product
    return variant.is_active and product.is_live and product.shop.is_open


def _check_units(cart: Cart, variant: Variant, wanted: int) -> None:
    free = variant.available + held_for(cart=cart).get(variant.pk, 0)
    limit = limit_of(variant)
    if wanted > min(limit, free):
        raise TooManyUnits(limit=limit, available=free)


def _set_currency(cart: Cart, currency: str) -> None:
    if cart.currency != currency:
        cart.currency = currency
        cart.save(update_fields=["currency"])
