"""The sandbox's virtual clock: real time plus an offset that only grows."""

import datetime
import time
from collections.abc import Callable

from marketplace.sandbox.errors import Invalid
from marketplace.sandbox.store import Store

LONGEST_STEP = 366 * 86_400


class Clock:
    """Tells the virtual time, in whole seconds since the epoch (UTC).

    Without it a hold window, a session's end or the day a payment becomes
    available could not be shown. The offset lives in the state, so a restart
    keeps it.
    """

    def __init__(self, store: Store, real: Callable[[], float] = time.time) -> None:
        self._store = store
        self._real = real

    @property
    def offset(self) -> int:
        """Seconds the virtual clock is ahead of the real one."""
        return int(self._store.setting("clock_offset") or 0)

    def now(self) -> int:
        """Return the virtual time."""
        return int(self._real()) + self.offset

    def real_now(self) -> int:
        """Return the real time, which signs webhooks."""
        return int(self._real())

    def begin(self, *, offset: int) -> None:
        """Set where the clock of a new state stands, in seconds from real time."""
        self._store.set_setting("clock_offset", str(offset))

    def advance(self, seconds: int) -> None:
        """Move the clock forward.

        :raises Invalid: zero, negative or more than a year in one step.
        """
        if not 0 < seconds <= LONGEST_STEP:
            raise Invalid(
                "The clock moves forward only, by 1 second to 366 days a step.",
                param="seconds",
            )
        self._store.set_setting("clock_offset", str(self.offset + seconds))


def iso(at: int) -> str:
    """Return a v2 timestamp for seconds since the epoch."""
    moment = datetime.datetime.fromtimestamp(at, tz=datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
