"""Keeping under a provider's limit, together with every other worker.

A second is cut into as many slots as calls are allowed in it. A slot is taken by
adding its name to the shared cache, which lets only one worker have it; so any number
of workers call at the allowed pace together, evenly, and nobody waits for long.
"""

import logging
import random
import threading
import time

import redis
from django.core.cache import cache

logger = logging.getLogger(__name__)

KEPT_SECONDS = 60
# Nobody takes a slot further ahead than this: it would be a queue of its own.
AHEAD_SECONDS = 20.0
BACKOFF_SECONDS = (1, 2, 4, 8, 16, 32, 60, 120, 300)

_never = threading.Event()


def take(name: str, *, per_second: int) -> bool:
    """Wait for a turn to call `name`; 0 a second means that nobody is to be spared.

    Returns False when all slots of the next AHEAD_SECONDS are taken, or everybody was
    asked to stand back: come back later.
    A cache that is down paces this worker alone.
    """
    if per_second <= 0:
        return True
    now = time.time()
    if _stands_back(name, now):
        return False
    first = int(now * per_second) + 1
    for slot in range(first, first + int(AHEAD_SECONDS * per_second)):
        if _is_free(f"pace:{name}:{per_second}:{slot}"):
            _never.wait(max(slot / per_second - now, 0))
            return True
    return False


def stand_back(name: str, *, seconds: int) -> None:
    """Let nobody call `name` for so long: it has told us that we are too fast."""
    try:
        cache.set(f"pace:{name}:until", time.time() + seconds, timeout=seconds)
    except (OSError, redis.RedisError) as problem:
        logger.warning("not told to stand back, the cache is down: %s", problem)


def pause_seconds(*, tries: int, retry_after: int | None = None) -> float:
    """Give how long to wait after `tries` refusals in a row for being too fast: at
    least what the provider asked for, growing, and with jitter so that those who were
    refused together do not come back together.
    """
    base = BACKOFF_SECONDS[min(max(tries, 1), len(BACKOFF_SECONDS)) - 1]
    least = max(base, retry_after or 0)
    return least * (1 + random.random() / 2)


def _stands_back(name: str, now: float) -> bool:
    try:
        until: float = cache.get(f"pace:{name}:until", 0.0)
    except (OSError, redis.RedisError):
        return False
    return until > now


def _is_free(slot: str) -> bool:
    try:
        return bool(cache.add(slot, 1, timeout=KEPT_SECONDS))
    except (OSError, redis.RedisError) as problem:
        logger.warning("not paced together, the cache is down: %s", problem)
        return True
