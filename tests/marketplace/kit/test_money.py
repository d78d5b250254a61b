import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kit import money
from marketplace.kit.money import Money


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=9))
def test_largest_remainder_always_sums_to_the_total(total, weights):
    if not sum(weights):
        weights[0] = 1
    parts = money.largest_remainder(total, weights)
    assert sum(parts) == total
    assert all(part >= 0 for part in parts)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=9))
def test_dividing_a_sum_by_its_own_parts_gives_them_back(weights):
    assert money.largest_remainder(sum(weights), weights) == weights


@given(st.lists(st.integers(0, 5000), min_size=2, max_size=6), st.data())
def test_taking_parts_back_over_what_remains_ends_at_zero(shares, data):
    left = list(shares)
    while sum(left):
        smallest = max(1, sum(left) // 10)
        step = data.draw(st.integers(smallest, sum(left)))
        taken = money.largest_remainder(step, left)
        assert all(part <= rest for part, rest in zip(taken, left, strict=True))
        left = [rest - part for rest, part in zip(left, taken, strict=True)]
    assert left == [0] * len(shares)


def test_a_tie_goes_to_the_earlier_part():
    assert money.largest_remainder(1, [1, 1]) == [1, 0]


@pytest.mark.parametrize(("total", "weights"), [(1, [0, 0]), (-1, [1]), (1, [-1, 2])])
def test_what_cannot_be_divided_is_refused(total, weights):
    with pytest.raises(money.CannotDivide):
        money.largest_remainder(total, weights)


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        (1290, "EUR", "12.90"),
        (-5, "SEK", "-0.05"),
        (-1, "EUR", "-0.01"),
        (500, "JPY", "500"),
        (1230, "KWD", "1.230"),
        (0, "EUR", "0.00"),
    ],
)
def test_an_amount_is_written_with_the_decimals_of_its_currency(
    amount, currency, written
):
    assert money.plain(amount, currency) == written


@pytest.mark.parametrize(
    ("typed", "currency", "amount"),
    [
        ("1 290,50", "SEK", 129_050),
        ("12.9", "EUR", 1290),
        ("１２３", "JPY", 123),
        ("-3", "EUR", -300),
        ("1,230", "KWD", 1230),
        ("7.00", "JPY", 7),
    ],
)
def test_an_amount_is_read_as_people_type_it(typed, currency, amount):
    assert money.parse(typed, currency) == amount


@pytest.mark.parametrize(
    ("typed", "currency"),
    [
        ("", "EUR"),
        ("1e3", "EUR"),
        ("NaN", "EUR"),
        ("1.234", "EUR"),
        ("0.5", "JPY"),
        ("1,2,3", "EUR"),
        ("9" * 16, "EUR"),
        ("--1", "EUR"),
    ],
)
def test_what_is_no_amount_is_refused(typed, currency):
    with pytest.raises(ValueError, match=r"."):
        money.parse(typed, currency)


@given(st.integers(-(10**12), 10**12), st.sampled_from(["EUR", "JPY", "SEK"]))
def test_writing_and_reading_an_amount_gives_it_back(amount, currency):
    assert money.parse(money.plain(amount, currency), currency) == amount


def test_money_of_two_currencies_does_not_add():
    with pytest.raises(money.CurrencyMismatch):
        Money(1, "EUR") + Money(1, "SEK")


def test_money_refuses_floats_and_unknown_currencies():
    with pytest.raises(TypeError):
        Money(1.0, "EUR")
    with pytest.raises(money.UnknownCurrency):
        Money(1, "XXX")


def test_a_three_decimal_amount_ends_in_zero():
    assert Money(1230, "KWD").amount == 1230
    with pytest.raises(ValueError, match="must end in 0"):
        Money(1234, "KWD")


@pytest.mark.parametrize(
    ("numerator", "denominator", "result"), [(8435, 10, 844), (5, 10, 1), (4, 10, 0)]
)
def test_a_half_goes_up(numerator, denominator, result):
    assert money.half_up(numerator, denominator) == result


@pytest.mark.parametrize(("numerator", "denominator"), [(-1, 1), (1, 0), (1, -1)])
def test_only_what_is_there_is_halved(numerator, denominator):
    with pytest.raises(money.CannotDivide):
        money.half_up(numerator, denominator)


def test_a_rate_is_taken_in_basis_points_and_rounded_down():
    assert money.rate_floor(5985, 1035) == 619
    assert money.rate_floor(9_999, 1) == 0
    assert money.rate_floor(10_000, 1) == 1
    assert (money.rate_floor(77, 0), money.rate_floor(77, 10_000)) == (0, 77)
    assert money.rate_floor(0, 500) == 0


@pytest.mark.parametrize(("amount", "bps"), [(-1, 500), (1, -1), (1, 10_001)])
def test_no_rate_is_taken_of_a_debt_nor_beyond_the_whole(amount, bps):
    with pytest.raises(money.CannotDivide):
        money.rate_floor(amount, bps)


def test_tax_is_contained_in_an_amount_or_added_to_it():
    assert money.tax_within(12_100, 2100) == 2_100
    assert money.tax_within(5985, 2100) == 1_039
    assert money.tax_on(10_000, 2100) == 2_100
    assert money.tax_on(25, 2000) == 5
    assert money.tax_within(10_000_000, 0) == money.tax_on(10_000_000, 0) == 0


def test_money_of_one_currency_adds_subtracts_and_compares():
    assert Money(300, "EUR") + Money(50, "EUR") == Money(350, "EUR")
    assert Money(300, "EUR") - Money(50, "EUR") == Money(250, "EUR")
    assert -Money(300, "EUR") == Money(-300, "EUR")
    assert Money(1, "EUR") < Money(2, "EUR")
    assert not Money(2, "EUR") < Money(2, "EUR")
    assert str(Money(-1290, "EUR")) == "-12.90 EUR"


@pytest.mark.parametrize(
    ("currency", "decimals"), [("JPY", 0), ("EUR", 2), ("USD", 2), ("KWD", 3)]
)
def test_a_currency_has_its_decimals(currency, decimals):
    assert money.exponent(currency) == decimals


def test_fifteen_digits_are_still_an_amount():
    assert money.parse("9" * 15, "JPY") == 10**15 - 1
    assert money.parse("0", "JPY") == money.parse("0,00", "EUR") == 0


def test_nothing_is_divided_over_nothing_into_nothing():
    assert money.largest_remainder(0, [0, 0]) == [0, 0]
    assert money.largest_remainder(0, []) == []
    assert money.largest_remainder(7, [0, 3, 0]) == [0, 7, 0]
