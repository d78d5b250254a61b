"""Taking a bag from an in-app browser to the phone's own: by an address that works once,
for half an hour, and says nothing of who bought what before.
"""

from datetime import datetime
from typing import Any

from django.core import signing
from django.core.cache import cache

from marketplace.kit import ids
from marketplace.kit.errors import MarketplaceError
from orders.models import Cart, Order, OrderStatus
from orders.services import again, checkout

signer = signing.TimestampSigner(salt="orders.carrying")
VALID_SECONDS = 30 * 60


class LinkOver(MarketplaceError):
    """This link worked once, for half an hour, and is over now. Your bag is kept where
    you filled it.
    """

    status_code = 410


def link_token(*, cart: Cart) -> str:
    """Make the secret part of such an address: which bag, signed, and until when."""
    return signer.sign(f"{cart.public_id}:{ids.new('carry')}")


def cart_of(*, token: str) -> Cart:
    """Give the bag a token names, not used up by this.

    :raises LinkOver: it is too old, was used, or is none of ours.
    """
    cart = Cart.objects.filter(public_id=_read(token)[0]).first()
    if cart is None or cache.get(_used(token)) is not None:
        raise LinkOver
    return cart


def take(*, token: str, into: str, user: Any, at: datetime) -> again.Restored:
    """Put what is in the bag into that of another browser (`into` is its token), once.
    An unpaid order of the old one is given up first, so that its goods are free.

    :raises LinkOver: as `cart_of`.
    :raises payments.AlreadyPaid: it was paid meanwhile, or is to be paid in cash.
    :raises payments.PaymentPageUnavailable: nobody knows yet.
    """
    cart = cart_of(token=token)
    for order in Order.objects.filter(cart=cart, status=OrderStatus.AWAITING_PAYMENT):
        checkout.give_up(order=order, at=at, by_buyer=True)
    # The first one wins, however many press.
    if not cache.add(_used(token), 1, timeout=VALID_SECONDS):
        raise LinkOver
    return again.copy(cart=cart, token=into, user=user, at=at)


def _read(token: str) -> list[str]:
    try:
        named = signer.unsign(token, max_age=VALID_SECONDS)
    except signing.BadSignature:
        raise LinkOver from None
    return named.split(":")


def _used(token: str) -> str:
    return f"carried:{_read(token)[1]}"
