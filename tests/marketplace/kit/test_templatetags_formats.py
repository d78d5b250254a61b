"""Money, rates and days as each language writes them."""

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone, translation

from marketplace.kit.money import UnknownCurrency
from marketplace.kit.templatetags import formats

NBSP = "\u00a0"
MINUS = "\u2212"


@pytest.mark.parametrize(
    ("language", "amount", "currency", "written"),
    [
        ("sv", 129000, "SEK", f"1{NBSP}290{NBSP}kr"),
        ("sv", 12384, "SEK", f"123,84{NBSP}kr"),
        ("sv", 0, "SEK", f"0{NBSP}kr"),
        ("sv", -7680, "SEK", f"{MINUS}76,80{NBSP}kr"),
        ("sv", 5990, "EUR", f"59,90{NBSP}€"),
        ("nl", 5990, "EUR", f"€{NBSP}59,90"),
        ("nl", 6000, "EUR", f"€{NBSP}60,00"),
        ("en", 5990, "EUR", "€59.90"),
        ("en", -5990, "EUR", f"{MINUS}€59.90"),
        ("en", 129000, "SEK", f"1{NBSP}290{NBSP}kr"),
        ("en", 12900, "JPY", "¥12,900"),
        ("ja", 12900, "JPY", "12,900円"),
        ("ja", -12900, "JPY", f"{MINUS}12,900円"),
        ("ja", 5990, "EUR", "€59.90"),
        ("en", 1234560, "KWD", "KWD1,234.560"),
    ],
)
def test_money_is_written_as_the_language_writes_it(
    language, amount, currency, written
):
    assert formats.write_money(amount, currency, language) == written


def test_money_follows_the_active_language():
    with translation.override("nl"):
        assert formats.write_money(5990, "EUR") == f"€{NBSP}59,90"


def test_huge_money_keeps_every_figure():
    assert (
        formats.write_money(999_999_999_999, "SEK", "sv")
        == f"9{NBSP}999{NBSP}999{NBSP}999,99{NBSP}kr"
    )


def test_money_of_an_unknown_currency_is_refused():
    with pytest.raises(UnknownCurrency):
        formats.write_money(100, "XXX", "en")


def test_money_never_breaks_over_a_line():
    written = formats.write_money(-123456789, "EUR", "nl")
    assert " " not in written
    assert "-" not in written


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        (129000, "SEK", f"1{NBSP}290,00"),
        (-25800, "SEK", f"{MINUS}258,00"),
        (5990, "EUR", "59.90"),
        (12900, "JPY", "12,900"),
        (1234560, "KWD", "1,234.560"),
    ],
)
def test_a_column_shows_all_decimals_and_no_unit(amount, currency, written):
    assert formats.write_figure(amount, currency, "en") == written


@pytest.mark.parametrize(
    ("currency", "language", "written"),
    [("SEK", "en", "kr"), ("EUR", "nl", "€"), ("JPY", "ja", "円"), ("JPY", "sv", "¥")],
)
def test_the_unit_stands_alone_beside_a_field(currency, language, written):
    assert formats.unit_of(currency, language) == written


@pytest.mark.parametrize(
    ("bps", "language", "written"),
    [
        (1200, "en", f"12{NBSP}%"),
        (1250, "sv", f"12,5{NBSP}%"),
        (1, "en", f"0.01{NBSP}%"),
        (0, "nl", f"0{NBSP}%"),
        (10_000, "ja", "100%"),
        (1250, "ja", "12.5%"),
    ],
)
def test_a_rate_shows_decimals_only_when_it_has_some(bps, language, written):
    assert formats.write_rate(bps, language) == written


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("sv", f"21{NBSP}nov.{NBSP}2026"),
        ("nl", f"21{NBSP}nov{NBSP}2026"),
        ("ja", "2026年11月21日（土）"),
        ("en", f"21{NBSP}Nov{NBSP}2026"),
    ],
)
def test_the_exact_day_is_written_per_language(language, written):
    assert formats.write_day(date(2026, 11, 21), language) == written


def test_a_near_day_carries_its_weekday():
    assert formats.write_weekday(date(2026, 11, 27), "en") == f"Fri{NBSP}27{NBSP}Nov"


def test_a_moment_is_told_in_the_readers_zone():
    late = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    with timezone.override("Europe/Stockholm"):
        assert formats.write_moment(late, "en") == f"22{NBSP}Nov{NBSP}2026,{NBSP}00:30"
        assert formats.write_day(late, "en") == f"22{NBSP}Nov{NBSP}2026"
