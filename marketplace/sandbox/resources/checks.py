"""Checks of parameter values that the SDK's types cannot express.

The types carry no lengths, ranges or URL shapes; these are from Stripe's API
reference. Each refuses before anything begins, so nothing is stored.
"""

import re
import urllib.parse
from typing import Any

from marketplace.sandbox import money
from marketplace.sandbox.errors import Invalid, NotOffered

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def offered(params: dict[str, Any], names: set[str], prefix: str = "") -> None:
    """Refuse parameters the sandbox would have to ignore.

    :raises NotOffered: naming the first.
    """
    for name in params:
        if name not in names:
            raise NotOffered(f"{prefix}[{name}]" if prefix else name)


def metadata(values: dict[str, Any] | None, param: str = "metadata") -> dict[str, Any]:
    """Return metadata within Stripe's limits: 50 keys of 40 characters, values
    of 500.

    :raises Invalid: beyond a limit.
    """
    values = values or {}
    if len(values) > 50:
        raise Invalid("Metadata can have up to 50 keys.", param=param)
    for name, value in values.items():
        if len(name) > 40 or not name:
            raise Invalid(
                "Metadata keys have 1 to 40 characters.", param=f"{param}[{name[:40]}]"
            )
        if len(value) > 500:
            raise Invalid(
                "Metadata values can have up to 500 characters, but you passed one "
                f"of {len(value)}.",
                param=f"{param}[{name}]",
            )
    # An empty value unsets the key.
    return {name: value for name, value in values.items() if value}


def text(value: str, longest: int, param: str) -> str:
    """Return a text of 1 to `longest` characters.

    :raises Invalid: empty or longer.
    """
    if not value.strip():
        raise Invalid(
            f"You passed an empty string for '{param}'.",
            param=param,
            code="parameter_invalid_empty",
        )
    if len(value) > longest:
        raise Invalid(
            f"Invalid string: {param} can have up to {longest} characters.",
            param=param,
            code="parameter_invalid_string_too_long",
        )
    return value


def url(value: str, param: str) -> str:
    """Return an absolute http or https URL.

    :raises Invalid: anything else.
    """
    try:
        parts = urllib.parse.urlsplit(value)
        well_formed = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        well_formed = False
    if not well_formed or len(value) > 5_000 or re.search(r"[\s\x00-\x1f]", value):
        raise Invalid("Not a valid URL", param=param, code="url_invalid")
    return value


def email(value: str, param: str) -> str:
    """Return an e-mail address.

    :raises Invalid: it has not the shape of one.
    """
    if len(value) > 512 or not _EMAIL.fullmatch(value):
        raise Invalid(
            f"Invalid email address: {value[:80]}", param=param, code="email_invalid"
        )
    return value


def currency(value: str, param: str = "currency") -> str:
    """Return a currency the sandbox platform keeps a balance in.

    :raises Invalid: another one; there is no fee for it to take.
    """
    if value.lower() not in money.TERMS:
        known = ", ".join(sorted(money.TERMS))
        raise Invalid(
            f"Invalid currency: {value[:12]}. The sandbox supports these currencies: "
            f"{known}",
            param=param,
        )
    return value.lower()


def at_least(value: int, smallest: int, param: str) -> int:
    """Return a number that is not below `smallest`.

    :raises Invalid: it is.
    """
    if value < smallest:
        raise Invalid(
            f"This value must be greater than or equal to {smallest}.",
            param=param,
            code="parameter_invalid_integer",
        )
    return value


def charge_amount(amount: int, code: str, param: str) -> int:
    """Return an amount a card can be charged, minor units.

    :raises Invalid: `amount_too_small` or `amount_too_large`.
    """
    smallest = money.TERMS[code].smallest_amount
    if amount < smallest:
        raise Invalid(
            "The amount must be greater than or equal to the minimum charge amount of "
            f"{money.format_amount(smallest, code)}.",
            param=param,
            code="amount_too_small",
        )
    if amount > money.LARGEST_AMOUNT:
        raise Invalid(
            "The amount must be no more than "
            f"{money.format_amount(money.LARGEST_AMOUNT, code)}.",
            param=param,
            code="amount_too_large",
        )
    return amount
