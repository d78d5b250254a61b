"""`{% load konbini %}`: chains of convenience stores, their codes, and Japan's time."""

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django import template
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.kit.templatetags import formats
from orders.models import Voucher

register = template.Library()

# Chain → its name, and the machine in the shop that takes the codes.
CHAINS: dict[str, tuple[str | Promise, str | Promise]] = {
    "familymart": (gettext_lazy("FamilyMart"), gettext_lazy("multi-copy machine")),
    "lawson": (gettext_lazy("Lawson"), gettext_lazy("Loppi machine")),
    "ministop": (gettext_lazy("Ministop"), gettext_lazy("Loppi machine")),
    "seicomart": (gettext_lazy("Seicomart"), gettext_lazy("payment machine")),
}
BLOCKS = {6: (3, 3), 8: (4, 4), 10: (4, 3, 3), 11: (4, 4, 3)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Store:
    """A chain with the codes it takes; `key` is its name in ids of the page."""

    key: str
    name: str | Promise
    machine: str | Promise
    payment_code: str
    confirmation_number: str


@register.simple_tag
def stores_of(voucher: Voucher) -> list[Store]:
    """List the chains that take a voucher, the largest first."""
    known = [chain for chain in CHAINS if chain in voucher.stores]
    return [
        Store(key=chain, name=CHAINS[chain][0], machine=CHAINS[chain][1], **codes)
        for chain in known
        for codes in [voucher.stores[chain]]
    ]


@register.filter
def in_digits(number: str) -> str:
    """Write a code in the blocks it is read out in: `0901 2345 678`."""
    blocks = BLOCKS.get(len(number))
    if blocks is None:
        return formats.NBSP.join(re.findall(".{1,4}", number))
    found = re.fullmatch("".join(f"(.{{{n}}})" for n in blocks), number)
    return formats.NBSP.join(found.groups()) if found else number


@register.filter
def deadline(moment: datetime) -> str:
    """Write a deadline with its weekday in Japan's time, wherever it is read:
    `Tue 24 Nov 2026, 23:00 (Japan)`, `2026年11月24日（火）23:00`.
    """
    there = moment.astimezone(ZoneInfo(settings.KONBINI_TIME_ZONE))
    locale = formats.babel_locale()
    if locale.language == "ja":
        return f"{formats.write_day(there.date())}{there:%H:%M}"
    day = format_date(there.date(), "EEE d MMM y", locale=locale)
    written = _("%(day)s, %(time)s (Japan)") % {"day": day, "time": f"{there:%H:%M}"}
    return written.replace(" ", formats.NBSP)


def deadline_day(moment: datetime) -> str:
    """Write a deadline's day alone, as it is called in Japan: `Tue 24 Nov`."""
    there = moment.astimezone(ZoneInfo(settings.KONBINI_TIME_ZONE))
    return formats.write_weekday(there.date())
