"""A refund as staff ask for it, for tests to vary."""

from typing import Any

from marketplace.kit import clock
from orders.models import Order, Refund
from payouts.services import refunds


def refund(
    order: Order, wanted: refunds.Wanted, *, key: str = "wish-1", **more: Any
) -> Refund:
    """Ask for an adjustment of an order; `more` is what else `refunds.refund` takes."""
    asked: dict[str, Any] = {
        "order": order,
        "wanted": wanted,
        "door": "staff",
        "reason": "adjustment",
        "actor": "staff-1",
        "note": "as agreed",
        "request_key": key,
        "at": clock.now(),
    }
    return refunds.refund(**(asked | more))
