import pytest

from marketplace.sandbox import money


@pytest.mark.parametrize(
    ("amount", "currency", "fee"),
    [
        (8_736, "eur", 156),
        (11_000, "jpy", 396),
        (10_000, "sek", 330),
        (10_000, "usd", 320),
        (33, "eur", 25),  # 0.495 rounds down
        (100, "eur", 27),  # 1.5 rounds up
        (50, "jpy", 2),  # 1.8
        (125, "jpy", 5),  # 4.5 rounds up
    ],
)
def test_fee_is_rounded_half_up(amount, currency, fee):
    assert money.fee_amount(amount, currency) == fee


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (8_736, "eur", "87.36 EUR"),
        (5, "eur", "0.05 EUR"),
        (123_456_789, "sek", "1,234,567.89 SEK"),
        (11_000, "jpy", "11,000 JPY"),
        (1_250, "kwd", "1.250 KWD"),
        (-5_368, "eur", "-53.68 EUR"),
        (0, "jpy", "0 JPY"),
    ],
)
def test_amounts_have_the_decimals_of_their_currency(amount, currency, text):
    assert money.format_amount(amount, currency) == text
