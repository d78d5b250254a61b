"""The ways to pay that a Checkout Session offers: cards, and cash at a convenience
store (konbini) where the platform, the currency and the amount allow it.

https://docs.stripe.com/payments/konbini
"""

from typing import Any

from marketplace.sandbox import money
from marketplace.sandbox.calls import Call
from marketplace.sandbox.errors import Invalid, NotOffered
from marketplace.sandbox.resources import checks

CARD = "card"
KONBINI = "konbini"
SMALLEST_AMOUNT, LARGEST_AMOUNT = 120, 300_000
FEWEST_DAYS, DEFAULT_DAYS, MOST_DAYS = 1, 3, 60


def choose(call: Call, currency: str, amount: int) -> tuple[list[str], dict[str, Any]]:
    """Return the ways to pay a session offers, and its options for them.

    Without a list of what is allowed, everything that can be used and is not
    excluded.

    :raises Invalid: a way that is asked for and cannot be used.
    """
    allowed = call.params.get("allowed_payment_method_types")
    excluded = call.params.get("excluded_payment_method_types", [])
    if allowed is not None and excluded:
        raise Invalid(
            "You may pass either `allowed_payment_method_types` or "
            "`excluded_payment_method_types`, but not both.",
            param="excluded_payment_method_types",
        )
    obstacle = _obstacle(call, currency, amount)
    if allowed is None:
        usable = [CARD] if obstacle else [CARD, KONBINI]
        types = [name for name in usable if name not in excluded]
    else:
        for name in allowed:
            if name not in (CARD, KONBINI):
                raise NotOffered("allowed_payment_method_types", "card and konbini")
        if KONBINI in allowed and obstacle:
            raise obstacle
        types = [name for name in (CARD, KONBINI) if name in allowed]
    if CARD not in types:
        raise NotOffered("allowed_payment_method_types", "only with card among them")
    return types, _options(call, types)


def _obstacle(call: Call, currency: str, amount: int) -> Invalid | None:
    """Return why a payment cannot be made at a convenience store, if it cannot."""
    param = "allowed_payment_method_types"
    if call.config.country != "JP":
        return Invalid(
            f"The payment method type `{KONBINI}` is only available to accounts in "
            f"Japan, not in {call.config.country}.",
            param=param,
        )
    if currency != "jpy":
        return Invalid(
            f"The payment method type `{KONBINI}` cannot be used with the currency "
            f"{currency}; it needs jpy.",
            param=param,
        )
    if amount < SMALLEST_AMOUNT or amount > LARGEST_AMOUNT:
        is_small = amount < SMALLEST_AMOUNT
        limit = SMALLEST_AMOUNT if is_small else LARGEST_AMOUNT
        return Invalid(
            f"The amount must be no {'less' if is_small else 'more'} than "
            f"{money.format_amount(limit, currency)} for `{KONBINI}`.",
            param=param,
            code="amount_too_small" if is_small else "amount_too_large",
        )
    return None


def _options(call: Call, types: list[str]) -> dict[str, Any]:
    options = call.params.get("payment_method_options", {})
    checks.offered(options, {CARD, KONBINI}, "payment_method_options")
    kept = _card_options(call, options.get(CARD, {}))
    chosen = options.get(KONBINI, {})
    param = f"payment_method_options[{KONBINI}]"
    checks.offered(chosen, {"expires_after_days"}, param)
    if KONBINI not in types:
        if chosen:
            raise Invalid(
                f"You passed `{param}` for a payment method type that this Checkout "
                "Session does not offer.",
                param=param,
            )
        return kept
    days = int(chosen.get("expires_after_days", DEFAULT_DAYS))
    if not FEWEST_DAYS <= days <= MOST_DAYS:
        raise Invalid(
            f"`expires_after_days` must be between {FEWEST_DAYS} and {MOST_DAYS}.",
            param=f"{param}[expires_after_days]",
        )
    return {**kept, KONBINI: {"expires_after_days": days}}


def _card_options(call: Call, chosen: dict[str, Any]) -> dict[str, Any]:
    """Return what was chosen of cards: to save the one that pays, or nothing."""
    param = f"payment_method_options[{CARD}]"
    checks.offered(chosen, {"setup_future_usage"}, param)
    usage = chosen.get("setup_future_usage", "none")
    if usage == "none":
        return {}
    if usage != "on_session":
        raise NotOffered(f"{param}[setup_future_usage]", "only on_session")
    if "customer" not in call.params:
        raise NotOffered(f"{param}[setup_future_usage]", "only with a customer")
    return {CARD: {"request_three_d_secure": "automatic", "setup_future_usage": usage}}


def saves_card(session: dict[str, Any]) -> bool:
    """Say whether the card that pays a session is saved with its customer."""
    return CARD in session["payment_method_options"]
