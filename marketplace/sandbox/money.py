"""Currencies, fees and amounts of the sandbox platform.

The fees are the sandbox's own table, not Stripe's prices. Amounts are integers
in minor units, rates integer basis points.
"""

from dataclasses import dataclass

# ISO 4217 exponents where they differ from 2, as Stripe uses them.
_WITHOUT_DECIMALS = (
    "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split()  # noqa: SIM905
)
_WITH_THREE_DECIMALS = ("bhd", "jod", "kwd", "omr", "tnd")
_EXPONENTS = {
    **dict.fromkeys(_WITHOUT_DECIMALS, 0),
    **dict.fromkeys(_WITH_THREE_DECIMALS, 3),
}

DAY = 86_400

# A new platform starts with this much of each currency, available, so that
# fees and platform-funded discounts may exceed the commission.
OPENING_TOP_UP_AMOUNT = 1_000_000

# Eight digits is the largest charge Stripe takes.
LARGEST_AMOUNT = 99_999_999


@dataclass(frozen=True)
class Terms:
    """What the sandbox charges and how long it waits, for one currency."""

    fee_bps: int
    fee_fixed_amount: int
    smallest_amount: int
    delay_days: int


# Euro, krona and dollar are available after 2 days, yen after 4.
TERMS = {
    "eur": Terms(150, 25, 50, 2),
    "jpy": Terms(360, 0, 50, 4),
    "sek": Terms(150, 180, 300, 2),
    "usd": Terms(290, 30, 50, 2),
}


def fee_amount(amount: int, currency: str) -> int:
    """Return Stripe's fee on a charge, rounded half up, minor units."""
    terms = TERMS[currency]
    return (amount * terms.fee_bps + 5_000) // 10_000 + terms.fee_fixed_amount


def exponent(currency: str) -> int:
    """Return the number of decimals of a currency: 0, 2 or 3."""
    return _EXPONENTS.get(currency.lower(), 2)


def currency_of(country: str) -> str:
    """Return the currency of a country, the euro where the sandbox knows no other."""
    return {"SE": "sek", "JP": "jpy", "US": "usd"}.get(country, "eur")


def format_amount(amount: int, currency: str) -> str:
    """Return an amount for people: `1,995.00 EUR`, `1,500 JPY`, `1.250 KWD`."""
    places = exponent(currency)
    whole, rest = divmod(abs(amount), 10**places)
    decimals = f".{rest:0{places}d}" if places else ""
    sign = "-" if amount < 0 else ""
    return f"{sign}{whole:,}{decimals} {currency.upper()}"
