"""A status pill: the word of a state, its tone and its icon.

Which states exist is the project's business: an app above registers its table once,
in `AppConfig.ready`. A state without a row is a mistake and says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise

Tone = Literal["neutral", "info", "ok", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Pill:
    """The word shown for a state, with the tone and the icon that go with it.

    Neutral: nobody must act. Info: moves by itself. Ok: finished. Warn: someone must
    act or decide. Bad: taken back, failed, blocked.
    """

    word: str | Promise
    tone: Tone
    icon: str


class UnknownState(LookupError):
    """The state is in no registered table."""


_TABLES: dict[str, Mapping[str, Pill]] = {}


def register_table(kind: str, pills: Mapping[str, Pill]) -> None:
    """Add or replace the pills of one kind of thing, such as `order`."""
    _TABLES[kind] = pills


def tables() -> Mapping[str, Mapping[str, Pill]]:
    """Give every registered table, for the style guide."""
    return _TABLES


def find(state: str, kind: str = "") -> Pill:
    """Give the pill of a state, of one kind or of the first table that has it.

    :raises UnknownState: when no table has it.
    """
    if kind:
        chosen: list[Mapping[str, Pill]] = [_TABLES.get(kind, {})]
    else:
        chosen = list(_TABLES.values())
    for table in chosen:
        if state in table:
            return table[state]
    raise UnknownState(f"no pill for state {state!r} of kind {kind or 'any'!r}")
