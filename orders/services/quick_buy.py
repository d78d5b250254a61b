"""Buying one thing with a saved card, from a sheet: an order of its own, beside the bag,
placed and charged by the services that place and charge any other.

Nothing is written before the button is pressed. A sheet carries an attempt, signed for
its reader: the id of the cart that a press makes. However often it is pressed it is one
cart, and so one order and one charge.
"""

from datetime import datetime

from django.core import signing

from creators.services import attribution
from marketplace.accounts.models import User
from marketplace.kit import ids
from marketplace.kit.errors import MarketplaceError
from orders.models import (
    Address,
    Cart,
    Order,
    OrderStatus,
    Payment,
    PaymentStatus,
    SavedAddress,
)
from orders.services import addresses, checkout, quotes
from orders.services import cart as carts
from sellers.models import Variant

signer = signing.Signer(salt="orders.quick_buy")
# A charge in these may still become paid: the same thing is not bought beside it.
UNDECIDED = (
    PaymentStatus.STARTED,
    PaymentStatus.UNKNOWN,
    PaymentStatus.NEEDS_ACTION,
)


class NotYours(MarketplaceError):
    """This sheet was opened before you signed in. Nothing was charged; open it again."""

    status_code = 409


def new_attempt(*, user: User) -> str:
    """Make what a sheet's button sends: good for this person and one purchase."""
    return signer.sign(f"{user.pk}:{ids.new('cart')}")


def address_of(*, user: User) -> Address | SavedAddress | None:
    """Give where a person's things go: his default address, else where the last order
    went that was paid. One query, two without a default.
    """
    return addresses.default_of(user=user) or (
        Address.objects.filter(order__user=user)
        .exclude(order__paid_at=None)
        .order_by("-order__paid_at", "-pk")
        .first()
    )


def place(
    *,
    attempt: str,
    buyer: checkout.Buyer,
    variant: Variant,
    via: attribution.Source | None,
    came_from: str,
    shown_amount: int,
    shown_exception: str,
    at: datetime,
) -> Order:
    """Place the order of one unit of a thing, or give the one this attempt placed. The
    buyer's bag is not touched. `shown_amount` is the total on the button, minor units,
    `shown_exception` what was said of withdrawing from it.

    :raises NotYours: the attempt was made for nobody, or for somebody else.
    :raises checkout.OrderChanged: it costs something else now, or its buyer has another
        right to withdraw; nothing is placed.
    :raises MarketplaceError: as `carts.put` and `checkout.place`.
    """
    assert buyer.user is not None
    cart = _cart(_read(attempt, buyer.user), buyer.user, variant, came_from, at)
    if cart.closed_at is None:
        try:
            return _place(cart, buyer, variant, via, shown_amount, shown_exception, at)
        except carts.CartClosed:
            cart.refresh_from_db()
    placed = cart.orders.exclude(status=OrderStatus.CANCELLED).order_by("-pk").first()
    if placed is None:
        raise carts.CartClosed
    return placed


def _place(
    cart: Cart,
    buyer: checkout.Buyer,
    variant: Variant,
    via: attribution.Source | None,
    shown_amount: int,
    shown_exception: str,
    at: datetime,
) -> Order:
    for other in cart.lines.exclude(variant=variant).select_related("cart"):
        carts.remove(line=other)
    carts.put(cart=cart, variant=variant, quantity=1, via=via, at=at)
    quote = quotes.quote(cart=cart, country=buyer.country, at=at)
    says = {
        line.line.variant.product.withdrawal_exception
        for part in quote.parts
        for line in part.lines
    }
    if quote.total_amount != shown_amount or says - {shown_exception}:
        raise checkout.OrderChanged(quote.changes)
    return checkout.place(cart=cart, buyer=buyer, shown=quote.fingerprint, at=at)


def _read(attempt: str, user: User) -> str:
    try:
        owner, _colon, public_id = signer.unsign(attempt).partition(":")
    except signing.BadSignature:
        raise NotYours from None
    if owner != str(user.pk):
        raise NotYours
    return public_id


def _cart(
    public_id: str, user: User, variant: Variant, came_from: str, at: datetime
) -> Cart:
    """Give the cart of an attempt, made now at the first press; or the one of an order
    of the same thing whose charge is not decided, as after a sheet was opened anew.
    """
    known = Cart.objects.filter(public_id=public_id).first()
    if known is not None:
        return known
    undecided = (
        Payment.objects.filter(
            order__user=user,
            order__status=OrderStatus.AWAITING_PAYMENT,
            order__expires_at__gt=at,
            order__seller_orders__lines__variant=variant,
            saved_card__isnull=False,
            status__in=UNDECIDED,
        )
        .select_related("order__cart")
        .order_by("-pk")
        .first()
    )
    if undecided is not None:
        waiting: Cart = undecided.order.cart
        if list(waiting.lines.values_list("variant", "quantity")) == [(variant.pk, 1)]:
            return waiting
    made, _is_new = Cart.objects.get_or_create(
        public_id=public_id,
        defaults={
            # Nobody holds this token: no browser's bag is this cart.
            "token_hash": carts.hash_of(carts.new_token()),
            "user": user,
            "came_from": came_from[:300],
            "created_at": at,
        },
    )
    return made
