"""A refund as staff ask for it, for tests to vary, and what came of it."""

from typing import Any

from marketplace.gateway import sandbox_control
from marketplace.kit import clock
from orders.models import Order, OrderLine, Refund
from payouts.services import ledger, refunds
from payouts.services.refunds import Units
from sellers.models import Shop
from tests.factories import market


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


def three_shirts(shop: Shop) -> Order:
    """Buy three shirts of 19.95 with delivery of 4.95; paid and not shipped."""
    market.take_in_topups()
    return market.buy(market.cart((market.variant(shop, price_amount=1995), 3)))


def the_line(order: Order) -> OrderLine:
    """Give the only line of an order."""
    line: OrderLine = order.seller_orders.get().lines.get()
    return line


def shirts(order: Order, units: int, **more: Any) -> Units:
    """Wish so many units of the only line of an order."""
    return Units(lines={the_line(order).pk: units}, **more)


def owed() -> dict[str, int]:
    """Every balance that is not 0, parties without their ids."""
    found: dict[str, int] = {}
    for code, amount in ledger.balances().items():
        kind = code.split(":")[0]
        if amount and kind not in ("stripe_balance", "bank"):
            found[kind] = found.get(kind, 0) + amount
    return found


def asked_of_provider() -> list[int]:
    """Give the amounts of the refunds Stripe was asked for, minor units."""
    return [
        int(line["request"]["amount"])
        for line in sandbox_control.journal()
        if line["path"] == "/v1/refunds" and line["outcome"] == "executed"
    ]
