"""What a Checkout Session asks a buyer to pay for, line by line.

https://docs.stripe.com/api/checkout/sessions/line_items
"""

from typing import Any

from marketplace.sandbox import ids
from marketplace.sandbox.calls import Call
from marketplace.sandbox.contract import responses
from marketplace.sandbox.errors import Invalid
from marketplace.sandbox.resources import checks

MOST_LINES = 100


def read(call: Call) -> tuple[str, list[dict[str, Any]]]:
    """Return the currency and the items that a Checkout Session asks for.

    :raises Invalid: none, too many, or of several currencies.
    """
    lines = call.params.get("line_items", [])
    if not lines:
        raise Invalid(
            "Missing required param: line_items.",
            param="line_items",
            code="parameter_missing",
        )
    if len(lines) > MOST_LINES:
        raise Invalid(
            f"A Checkout Session takes up to {MOST_LINES} line items.",
            param="line_items",
        )
    items = [_line_item(call, line, f"line_items[{n}]") for n, line in enumerate(lines)]
    currencies = {item["currency"] for item in items}
    if "currency" in call.params:
        currencies.add(checks.currency(call.params["currency"]))
    if len(currencies) > 1:
        raise Invalid(
            "All prices on a Checkout Session must use the same currency.",
            param="line_items",
        )
    return currencies.pop(), items


def _line_item(call: Call, line: dict[str, Any], param: str) -> dict[str, Any]:
    checks.offered(line, {"price_data", "quantity", "metadata"}, param)
    for name in ("price_data", "quantity"):
        if name not in line:
            raise Invalid(
                f"Missing required param: {param}[{name}].",
                param=f"{param}[{name}]",
                code="parameter_missing",
            )
    data = line["price_data"]
    checks.offered(
        data,
        {"currency", "unit_amount", "product_data", "tax_behavior"},
        f"{param}[price_data]",
    )
    for name in ("unit_amount", "product_data"):
        if name not in data:
            raise Invalid(
                f"Missing required param: {param}[price_data][{name}].",
                param=f"{param}[price_data][{name}]",
                code="parameter_missing",
            )
    product_name = f"{param}[price_data][product_data][name]"
    name = checks.text(data["product_data"]["name"], 5_000, product_name)
    currency = checks.currency(data["currency"], f"{param}[price_data][currency]")
    unit_amount = checks.at_least(
        data["unit_amount"], 0, f"{param}[price_data][unit_amount]"
    )
    quantity = checks.at_least(line["quantity"], 1, f"{param}[quantity]")
    if quantity > 999_999:
        raise Invalid(
            "A line item has up to 999,999 units.", param=f"{param}[quantity]"
        )
    total = unit_amount * quantity
    return responses.complete(
        "item",
        {
            "id": ids.new_id("li"),
            "object": "item",
            "amount_discount": 0,
            "amount_subtotal": total,
            "amount_tax": 0,
            "amount_total": total,
            "currency": currency,
            "description": name,
            "metadata": checks.metadata(line.get("metadata"), f"{param}[metadata]"),
            "price": _price(call, data, currency),
            "quantity": quantity,
        },
    )


def _price(call: Call, data: dict[str, Any], currency: str) -> dict[str, Any]:
    price = responses.complete(
        "price",
        {
            "id": ids.new_id("price"),
            "object": "price",
            "active": False,
            "billing_scheme": "per_unit",
            "created": call.now,
            "currency": currency,
            "livemode": False,
            "metadata": {},
            "product": ids.new_id("prod"),
            "tax_behavior": data.get("tax_behavior", "unspecified"),
            "type": "one_time",
            "unit_amount": data["unit_amount"],
            "unit_amount_decimal": str(data["unit_amount"]),
        },
    )
    for name in ("currency_options", "deleted", "tiers"):
        del price[name]
    return price
