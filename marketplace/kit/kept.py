"""What is costly to make and may be a little old, kept in the shared cache."""

import logging
from collections.abc import Callable
from typing import TypeVar

import redis
from django.core.cache import cache

logger = logging.getLogger(__name__)
T = TypeVar("T")


def for_seconds(seconds: int, key: str, make: Callable[[], T]) -> T:
    """Give what was made under `key` within so many seconds, else make it. A cache that
    is down keeps nothing, and nothing else happens. 0 seconds keeps nothing either.
    """
    if seconds <= 0:
        return make()
    name = f"kept:{key}"
    try:
        kept: T | None = cache.get(name)
    except (OSError, redis.RedisError) as problem:
        logger.warning("not kept, the cache is down: %s", problem)
        return make()
    if kept is not None:
        return kept
    made = make()
    try:
        cache.set(name, made, timeout=seconds)
    except (OSError, redis.RedisError) as problem:
        logger.warning("not kept, the cache is down: %s", problem)
    return made
