"""Counters for what can be abused: so many of a thing per key and period."""

import logging

import redis
from django.core.cache import cache

from marketplace.kit.errors import MarketplaceError

logger = logging.getLogger(__name__)


class TooMany(MarketplaceError):
    """Too many tries in a short time. Nothing was lost; wait a little and try again."""

    status_code = 429


def count(key: str, *, limit: int, seconds: int) -> None:
    """Count one more under `key`, and refuse past `limit` in `seconds`.

    The counter is one atomic increment in the shared cache, so parallel tries count. A
    cache that is down counts nothing and lets the work go on: a checkout must not
    depend on it.

    :raises TooMany: when the limit is passed.
    """
    name = f"limit:{key}"
    try:
        cache.add(name, 0, timeout=seconds)
        used = cache.incr(name)
    except ValueError:  # ran out between the two calls
        return
    except (OSError, redis.RedisError) as problem:
        logger.warning("not counted, the cache is down: %s", problem)
        return
    if used > limit:
        raise TooMany


def count_softly(key: str, *, limit: int, seconds: int) -> bool:
    """Count like `count`, and say whether it is still within the limit."""
    try:
        count(key, limit=limit, seconds=seconds)
    except TooMany:
        return False
    return True
