"""Counters for what can be abused: so many of a thing per key and period."""

from django.core.cache import cache

from marketplace.kit.errors import MarketplaceError


class TooMany(MarketplaceError):
    """Too many tries in a short time. Nothing was lost; wait a little and try again."""

    status_code = 429


def count(key: str, *, limit: int, seconds: int) -> None:
    """Count one more under `key`, and refuse past `limit` in `seconds`.

    The counter is one atomic increment in the shared cache, so parallel tries count.

    :raises TooMany: when the limit is passed.
    """
    name = f"limit:{key}"
    cache.add(name, 0, timeout=seconds)
    try:
        used = cache.incr(name)
    except ValueError:  # ran out between the two calls
        cache.set(name, 1, timeout=seconds)
        used = 1
    if used > limit:
        raise TooMany


def count_softly(key: str, *, limit: int, seconds: int) -> bool:
    """Count like `count`, and say whether it is still within the limit."""
    try:
        count(key, limit=limit, seconds=seconds)
    except TooMany:
        return False
    return True
