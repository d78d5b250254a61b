"""Faults on purpose: what a network and a provider do on their worst day.

The one that finds double payments is `timeout_after_commit`: the sandbox does
the work, keeps it, and the answer never arrives.
"""

import fnmatch
import itertools
import re
import threading
from dataclasses import dataclass, field
from typing import Any

from marketplace.sandbox.errors import Invalid

BEFORE = ("timeout_before", "500_before", "429", "lock_timeout")
AFTER = ("timeout_after_commit", "500_after")
_SLOW = re.compile(r"slow:(\d{1,3}(?:\.\d{1,3})?)")
_MATCH = re.compile(r"(GET|POST|DELETE) (/\S*)")
_numbers = itertools.count(1)


class AnswerLost(Exception):
    """The connection ends without an answer; whether the call ran is unknown.

    A client that calls the WSGI application in its own process knows it by the
    attribute, without importing the sandbox.
    """

    is_answer_lost = True


def known(do: str) -> str:
    """Return a fault that exists.

    :raises Invalid: there is none of that name.
    """
    if do not in (*BEFORE, *AFTER) and not _SLOW.fullmatch(do):
        raise Invalid(f"There is no fault {do!r}.", param="do")
    return do


def seconds_of(do: str) -> float:
    """Return how long `slow:<s>` waits, 0 for every other fault."""
    slow = _SLOW.fullmatch(do)
    return float(slow[1]) if slow else 0.0


@dataclass
class Fault:
    """One armed fault: hits the calls `nth` to `nth + times - 1` that match."""

    match: str
    do: str
    nth: int
    times: int
    seen: int = 0
    hit: int = 0
    id: str = field(default_factory=lambda: f"fault_{next(_numbers)}")

    @property
    def armed(self) -> bool:
        return self.hit < self.times

    def as_json(self) -> dict[str, Any]:
        """Return the fault as the control plane lists it."""
        return {
            "id": self.id,
            "match": self.match,
            "do": self.do,
            "armed": self.armed,
            "hit": self.hit,
        }


class Faults:
    """The faults armed in this process. They end with it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def arm(self, match: str, do: str, *, nth: int = 1, times: int = 1) -> Fault:
        """Arm a fault. `match` is `POST /v1/transfers`; `*` matches any text.

        :raises Invalid: an unknown fault or a malformed match.
        """
        known(do)
        if not _MATCH.fullmatch(match):
            raise Invalid(
                "A match is a method and a path, such as `POST /v1/transfers`.",
                param="match",
            )
        if nth < 1 or times < 1:
            raise Invalid("`nth` and `times` count from 1.", param="nth")
        fault = Fault(match, do, nth, times)
        with self._lock:
            self._faults.append(fault)
        return fault

    def take(self, method: str, path: str) -> str | None:
        """Return the fault that hits this call, counting it."""
        with self._lock:
            for fault in self._faults:
                if not fault.armed:
                    continue
                if not fnmatch.fnmatchcase(f"{method} {path}", fault.match):
                    continue
                fault.seen += 1
                if fault.seen >= fault.nth:
                    fault.hit += 1
                    return fault.do
        return None

    def all(self) -> list[Fault]:
        """Return every fault of this process, spent ones too."""
        with self._lock:
            return list(self._faults)

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._faults.clear()
