"""The one clock: real UTC plus an offset that only the sandbox may have.

Every deadline, hold, period and business `*_at` comes from `now()` and is handed down
as `at`. Sessions, signatures, CSRF and Celery stay on real time.
"""

import time
from datetime import UTC, datetime, timedelta

from django.conf import settings

from marketplace.kit.errors import MarketplaceError
from marketplace.kit.models import ClockOffset

CACHED_SECONDS = 1.0
_cached: tuple[float, timedelta] | None = None


class ClockIsReal(MarketplaceError):
    """The clock cannot be moved: this platform talks to real Stripe."""

    status_code = 409


class ClockGoesForward(MarketplaceError):
    """The clock only moves forward: what happened cannot be undone."""

    status_code = 400


def now() -> datetime:
    """Give the platform's time, UTC."""
    return datetime.now(UTC) + offset()


def is_movable() -> bool:
    """Say whether this platform talks to a sandbox, whose clock can be moved too."""
    return bool(settings.STRIPE_API_BASE or settings.STRIPE_WSGI_APP)


def offset() -> timedelta:
    """Give how far the platform's time is from real time; read once a second.

    May query the database.
    """
    global _cached
    if not is_movable():
        return timedelta()
    if _cached is None or time.monotonic() - _cached[0] > CACHED_SECONDS:
        row = ClockOffset.objects.filter(pk=1).first()
        start: timedelta = settings.CLOCK_START_OFFSET
        _cached = (time.monotonic(), row.offset if row else start)
    return _cached[1]


def shift(*, by: timedelta) -> timedelta:
    """Store a later offset and return it. The sandbox's clock is moved first, by
    `payouts.services.calendar.move_clock`, which is what staff call.

    :raises ClockIsReal: without a sandbox.
    :raises ClockGoesForward: for a step of nothing or back.
    """
    if not is_movable():
        raise ClockIsReal
    if by <= timedelta():
        raise ClockGoesForward
    row, _ = ClockOffset.objects.get_or_create(
        pk=1, defaults={"offset": settings.CLOCK_START_OFFSET}
    )
    later: timedelta = row.offset + by
    row.offset = later
    row.save(update_fields=["offset"])
    forget()
    return later


def forget() -> None:
    """Drop the cached offset, so that the next `now()` reads it anew."""
    global _cached
    _cached = None
