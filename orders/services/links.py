"""Secret addresses of orders: made for each mail, kept as a hash, revocable."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db.models.functions import Lower

from marketplace.kit import ids, jobs, limits
from marketplace.kit.errors import NotFound
from orders.models import Order, OrderLink, OrderStatus

TOKEN_BYTES = 24
VALID = timedelta(days=730)
ORDERS_PER_MAIL = 5
SENDS_PER_EMAIL = 3
SENDS_PER_ADDRESS = 30
HOUR = 3600


def make(*, order: Order, at: datetime) -> str:
    """Make another link of an order and return its token: 192 random bits."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    OrderLink.objects.create(order=order, token_hash=_hash(token), created_at=at)
    return token


def open(*, token: str, at: datetime) -> Order:
    """Give the one order a token names; one query.

    :raises NotFound: for a token that is none, is revoked, or is too old.
    """
    link = (
        OrderLink.objects.select_related("order")
        .filter(token_hash=_hash(token), revoked_at=None, created_at__gt=at - VALID)
        .first()
    )
    if link is None:
        raise NotFound
    order: Order = link.order
    return order


def revoke(*, order: Order, at: datetime) -> int:
    """Make all links of an order useless; returns how many were still good."""
    return OrderLink.objects.filter(order=order, revoked_at=None).update(revoked_at=at)


def send(*, email: str, ip: str) -> None:
    """Promise a mail with links of this address's newest orders, if it has any. What
    is done and how long it takes is the same whether it has.

    :raises TooMany: past SENDS_PER_EMAIL for the address, or SENDS_PER_ADDRESS from
        one IP address, an hour.
    """
    cleaned = email.strip().lower()
    limits.count(f"links:ip:{ip}", limit=SENDS_PER_ADDRESS, seconds=HOUR)
    limits.count(f"links:email:{_hash(cleaned)}", limit=SENDS_PER_EMAIL, seconds=HOUR)
    jobs.enqueue("orders.tasks.send_links", email=cleaned, wish=ids.new("wish"))


def orders_of(*, email: str, at: datetime) -> list[Order]:
    """Give the newest orders placed with an address that may still matter."""
    return list(
        Order.objects.annotate(lower=Lower("email"))
        .filter(lower=email.lower(), placed_at__gt=at - VALID)
        .exclude(status=OrderStatus.CANCELLED)
        .order_by("-placed_at", "-pk")[:ORDERS_PER_MAIL]
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
