"""What is kept about a person, app by app: read for an export, taken away at an erasure.

`PERSONAL_DATA` names one module of each app, the upper ones first; each has the three
functions of `Part`. So no app need know another's tables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any, Protocol, cast

from django.conf import settings

# A table's name, and its rows as plain values.
Tables = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What an account is still needed for: a word for staff, and a sentence to read."""

    code: str
    words: str


class Part(Protocol):
    """What one app keeps of a person."""

    def export_of(self, *, user: Any) -> Tables:
        """Give all of it, as plain values."""

    def obstacles(self, *, user: Any, at: datetime) -> list[Obstacle]:
        """Say what must be finished before it can be taken away."""

    def erase(self, *, user: Any, at: datetime) -> None:
        """Take it away, in the caller's transaction; what the law needs stays without
        the person. Money rows are never touched.
        """


def parts() -> list[Part]:
    """Give every app's part, the upper apps first."""
    return [cast(Part, import_module(name)) for name in settings.PERSONAL_DATA]


def export_of(*, user: Any) -> dict[str, Sequence[Mapping[str, Any]]]:
    """Give all that is kept about a person, lowest app first."""
    tables: dict[str, Sequence[Mapping[str, Any]]] = {}
    for part in reversed(parts()):
        tables.update(part.export_of(user=user))
    return tables


def obstacles(*, user: Any, at: datetime) -> list[Obstacle]:
    """Say what a person's account is still needed for."""
    return [found for part in parts() for found in part.obstacles(user=user, at=at)]


def erase(*, user: Any, at: datetime) -> None:
    """Take away all that is kept about a person, the upper apps first."""
    for part in parts():
        part.erase(user=user, at=at)
