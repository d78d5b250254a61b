"""Coming back from the payment page: the address a buyer is sent to, which his browser
may open without a cookie.
"""

from datetime import datetime, timedelta

from django.core import signing
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from orders.models import Order

signer = signing.Signer(salt="orders.returning")
# Long enough for any payment page, and short: the mail has the lasting link.
VALID = timedelta(days=1)


def path(*, order: Order) -> str:
    """Give the address a payment page leads back to. It is the same at each asking, as
    the provider's idempotency wants it.
    """
    key = signer.signature(order.public_id)
    return reverse("orders:return", args=[order.public_id]) + f"?key={key}"


def opens(*, order: Order, key: str, at: datetime) -> bool:
    """Say whether a key is that of this order, placed not long ago."""
    known = constant_time_compare(key, signer.signature(order.public_id))
    return known and at < order.placed_at + VALID
