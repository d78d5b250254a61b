"""Ordering again what was not paid for: the cart of a cancelled order comes back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from marketplace.kit.errors import MarketplaceError
from orders.models import Cart, CartLine, Order, OrderStatus
from orders.services import cart as carts


class StillWanted(MarketplaceError):
    """This order was not cancelled, so there is nothing to order again."""

    status_code = 409


@dataclass(frozen=True, kw_only=True, slots=True)
class Restored:
    """The cart to go on with, and the titles of what could not be put in it."""

    cart: Cart
    left_out: tuple[str, ...]


def restore(*, order: Order, token: str, user: Any, at: datetime) -> Restored:
    """Give a browser the cart of a cancelled order back, with its code and sources.

    The browser that placed it, if it has begun no other, gets the very cart: should the
    first order be paid after all, both would be seen as one. Any other browser gets its
    lines, as far as they can still be had.

    :raises StillWanted: the order is not cancelled.
    """
    order.refresh_from_db(fields=["status"])
    if order.status != OrderStatus.CANCELLED:
        raise StillWanted
    cart: Cart = order.cart
    if cart.token_hash == carts.hash_of(token) and _reopen(cart):
        return Restored(cart=cart, left_out=())
    return copy(cart=cart, token=token, user=user, at=at)


def copy(*, cart: Cart, token: str, user: Any, at: datetime) -> Restored:
    """Put the lines of a cart, as far as they can still be had, and its code into that
    of a browser, beside what is there.
    """
    return _copy(cart, carts.open_cart(token=token, user=user, at=at), at=at)


def _reopen(cart: Cart) -> bool:
    """Open a closed cart; refused by the database when the browser has another."""
    try:
        with transaction.atomic():
            Cart.objects.filter(pk=cart.pk).update(closed_at=None)
    except IntegrityError:
        return False
    cart.closed_at = None
    return True


def _copy(old: Cart, cart: Cart, *, at: datetime) -> Restored:
    left_out: list[str] = []
    for line in old.lines.select_related("variant__product").order_by("pk"):
        try:
            _add(cart, line, line.quantity, at=at)
        except carts.TooManyUnits as problem:
            units = min(problem.limit, problem.available)
            if not 0 < units < line.quantity or not _try(cart, line, units, at=at):
                left_out.append(line.variant.product.title)
        except MarketplaceError:
            left_out.append(line.variant.product.title)
    if old.code and not cart.code:
        try:
            carts.set_code(cart=cart, word=old.code, at=at)
        except carts.CodeUnknown:
            left_out.append(old.code)
    return Restored(cart=cart, left_out=tuple(left_out))


def _try(cart: Cart, line: CartLine, quantity: int, *, at: datetime) -> bool:
    try:
        _add(cart, line, quantity, at=at)
    except MarketplaceError:
        return False
    return True


def _add(cart: Cart, line: CartLine, quantity: int, *, at: datetime) -> None:
    via = carts.source_of(line)
    carts.add(cart=cart, variant=line.variant, quantity=quantity, via=via, at=at)
