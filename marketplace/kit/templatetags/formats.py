"""How money, days and moments are written for the reader's language.

Plain functions, so that mails, statements and exports write the same as pages.
"""

from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from functools import cache

from babel.core import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal, format_percent
from django.utils import timezone, translation

from marketplace.kit import money

MINUS = "\u2212"
NBSP = "\u00a0"
# CLDR writes the yen sign; Japanese shops write the word after the figure.
YEN_WORD = "円"
# A currency that is written its home's way in every language, as on its own coins.
HOME = {"SEK": "sv", "NOK": "nb", "DKK": "da"}
# Languages that leave the decimals away when there are none to tell.
SHORT_WHOLE = {"sv", "nb", "da"}
DAY_PATTERNS = {
    "sv": "d MMM y",
    "nl": "d MMM y",
    "ja": "y年M月d日（EEE）",
    "en": "d MMM y",
}


def babel_locale(language: str | None = None) -> Locale:
    """Give the locale of a language code, or of the active language."""
    return _parsed(language or translation.get_language() or "en")


@cache
def _parsed(language: str) -> Locale:
    return Locale.parse(language.replace("-", "_"))


def write_money(amount: int, currency: str, language: str | None = None) -> str:
    """Write minor units with the unit: `1 290 kr`, `€ 59,90`, `12,900円`.

    No figure breaks over a line: every space is a no-break space; minus is U+2212.
    """
    locale = babel_locale(language)
    value = _value(amount, currency)
    if currency == "JPY" and locale.language == "ja":
        return _tidy(format_decimal(value, "#,##0", locale=locale)) + YEN_WORD
    home = _parsed(HOME.get(currency, locale.language))
    short = home.language in SHORT_WHOLE and value == value.to_integral_value()
    places = 0 if short else money.exponent(currency)
    pattern = home.currency_formats["standard"].pattern.replace(
        "0.00", _decimals(places)
    )
    text = format_currency(
        value,
        currency,
        pattern.replace("\u00a4", f"'{unit_of(currency, language)}'"),
        locale=home,
        currency_digits=False,
    )
    return _tidy(text)


def write_figure(amount: int, currency: str, language: str | None = None) -> str:
    """Write minor units without the unit and with all decimals, for a column."""
    places = money.exponent(currency)
    pattern = "#,##" + _decimals(places)
    home = _parsed(HOME.get(currency, babel_locale(language).language))
    return _tidy(format_decimal(_value(amount, currency), pattern, locale=home))


def unit_of(currency: str, language: str | None = None) -> str:
    """Give the unit as it stands beside a field or a column: `kr`, `€`, `円`."""
    locale = babel_locale(language)
    if currency == "JPY":
        return YEN_WORD if locale.language == "ja" else "\u00a5"
    home = _parsed(HOME.get(currency, locale.language))
    return str(home.currency_symbols.get(currency, currency))


def write_rate(bps: int, language: str | None = None) -> str:
    """Write basis points as a percentage, decimals only when there are some: `12,5 %`,
    `10%` in Japanese.
    """
    value = Decimal(bps) / 10_000
    locale = babel_locale(language)
    pattern = "#,##0.##%" if locale.language == "ja" else "#,##0.## %"
    return _tidy(format_percent(value, pattern, locale=locale))


def write_count(count: int, language: str | None = None) -> str:
    """Write a count with the language's thousands."""
    return _tidy(format_decimal(count, locale=babel_locale(language)))


def write_day(moment: date | datetime, language: str | None = None) -> str:
    """Write the exact day: `21 nov. 2026`, `2026年11月21日（土）`."""
    locale = babel_locale(language)
    day = _local(moment).date() if isinstance(moment, datetime) else moment
    pattern = DAY_PATTERNS.get(locale.language, "d MMM y")
    return _solid(format_date(day, pattern, locale=locale))


def write_weekday(moment: date | datetime, language: str | None = None) -> str:
    """Write weekday and day for a near date: `Fri 27 Nov`, `fre 27 nov.`."""
    locale = babel_locale(language)
    day = _local(moment).date() if isinstance(moment, datetime) else moment
    pattern = "M月d日（EEE）" if locale.language == "ja" else "EEE d MMM"
    return _solid(format_date(day, pattern, locale=locale))


def write_moment(moment: datetime, language: str | None = None) -> str:
    """Write day and time on a 24-hour clock, in the reader's zone."""
    locale = babel_locale(language)
    time = format_time(_local(moment), "HH:mm", locale=locale)
    between = "" if locale.language == "ja" else f",{NBSP}"
    return f"{write_day(moment, language)}{between}{time}"


def _local(moment: datetime) -> datetime:
    zone: tzinfo = timezone.get_current_timezone()
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone)


def _value(amount: int, currency: str) -> Decimal:
    return Decimal(amount).scaleb(-money.exponent(currency))


def _decimals(places: int) -> str:
    return "0." + "0" * places if places else "0"


def _tidy(text: str) -> str:
    bare = text.replace("\u200e", "").replace("\u200f", "").replace("\u202f", NBSP)
    return bare.replace("-", MINUS).replace(" ", NBSP)


def _solid(text: str) -> str:
    return text.replace(" ", NBSP)
