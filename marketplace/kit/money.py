"""Whole numbers of minor units, and the few ways they may be divided.

Knows no Django and no float. Rounding happens in three places only: `half_up`
(taxes, discounts), `rate_floor` (commissions and shares) and `largest_remainder`
(dividing one amount over several parts); docs/money.md gives the worked examples.
"""

from collections.abc import Sequence
from dataclasses import dataclass

BPS = 10_000

# ISO 4217 exponents of the currencies a deployment may list. A three-decimal amount
# ends in 0, as Stripe asks (docs.stripe.com/currencies#three-decimal).
EXPONENTS = {
    **dict.fromkeys(("JPY", "KRW", "VND", "CLP"), 0),
    **dict.fromkeys(
        ("EUR", "SEK", "USD", "GBP", "DKK", "NOK", "CHF", "PLN", "CAD", "AUD"), 2
    ),
    **dict.fromkeys(("KWD", "BHD", "JOD", "OMR", "TND"), 3),
}


class UnknownCurrency(ValueError):
    """The currency is not in the table, so its minor unit is not known."""


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were put together."""


class CannotDivide(ValueError):
    """The amount cannot be divided over these weights."""


def exponent(currency: str) -> int:
    """Give the number of decimals of the currency: 0, 2 or 3.

    :raises UnknownCurrency: for a code that is not in the table.
    """
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise UnknownCurrency(f"{currency!r} is not a currency we know") from None


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units and its currency. Never a float, never without one."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise TypeError(f"amount must be int minor units, not {self.amount!r}")
        if exponent(self.currency) == 3 and self.amount % 10:
            raise ValueError(f"{self.amount} {self.currency} must end in 0")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other).amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other).amount, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other).amount

    def __str__(self) -> str:
        return f"{plain(self.amount, self.currency)} {self.currency}"

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
        return other


def plain(amount: int, currency: str) -> str:
    """Write minor units as a plain decimal: `plain(-1290, "EUR") == "-12.90"`."""
    places = exponent(currency)
    whole, part = divmod(abs(amount), 10**places)
    sign = "-" if amount < 0 else ""
    return f"{sign}{whole}.{part:0{places}d}" if places else f"{sign}{whole}"


def parse(text: str, currency: str) -> int:
    """Read a decimal as typed (`"1 290,50"`, `"１２３"`) into minor units.

    :raises ValueError: when it is no plain number, or has more decimals than the
        currency.
    """
    typed = "".join(text.split()).replace("\u2212", "-").replace(",", ".")
    sign = -1 if typed.startswith("-") else 1
    whole, dot, part = typed.removeprefix("-").partition(".")
    if not whole.isdecimal() or (dot and not part.isdecimal()) or len(whole) > 15:
        raise ValueError(f"{text!r} is not an amount")
    places = exponent(currency)
    if len(part.rstrip("0")) > places:
        raise ValueError(f"{currency} has {places} decimals")
    return sign * int(
        int(whole) * 10**places + int((part + "0" * places)[:places] or 0)
    )


def half_up(numerator: int, denominator: int) -> int:
    """Divide non-negative whole numbers, a half goes up: 843.5 becomes 844."""
    if numerator < 0 or denominator <= 0:
        raise CannotDivide(f"{numerator}/{denominator}")
    return (2 * numerator + denominator) // (2 * denominator)


def rate_floor(amount: int, bps: int) -> int:
    """Take a rate in basis points of a non-negative amount, rounded down."""
    if amount < 0 or not 0 <= bps <= BPS:
        raise CannotDivide(f"{bps} bps of {amount}")
    return amount * bps // BPS


def tax_within(amount: int, bps: int) -> int:
    """Give the tax contained in an amount that includes it, half up."""
    return half_up(amount * bps, BPS + bps)


def tax_on(amount: int, bps: int) -> int:
    """Give the tax to add to an amount that excludes it, half up."""
    return half_up(amount * bps, BPS)


def largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """Divide `total` by weight so that the parts sum to it exactly.

    Each part is its floor; what is left goes one unit each to the largest
    remainders, ties to the earlier part (Hamilton's method).

    :raises CannotDivide: when something must be divided over weights that are all
        zero, or a number is negative.
    """
    if total < 0 or any(weight < 0 for weight in weights):
        raise CannotDivide(f"{total} over {list(weights)}")
    whole = sum(weights)
    if whole == 0:
        if total:
            raise CannotDivide(f"{total} over nothing")
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(
        range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i)
    )
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts
