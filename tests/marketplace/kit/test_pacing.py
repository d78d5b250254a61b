"""So many calls a second, all workers together."""

import time
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import pytest
import redis
from django.core.cache import cache

from marketplace.kit import pacing


@pytest.fixture(autouse=True)
def fresh_cache():
    cache.clear()


def test_eight_workers_together_call_no_faster_than_allowed():
    calls = []

    def work(number):
        for _ in range(10):
            assert pacing.take("transfers", per_second=100)
            calls.append(time.time())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))

    calls.sort()
    # Every window of 10 slots holds at most 10 calls and one at its edge.
    assert all(
        late - early >= 0.08 for early, late in zip(calls, calls[11:], strict=False)
    )
    assert calls[-1] - calls[0] >= 0.75


def test_without_slots_as_many_calls_go_at_once_as_there_are_workers():
    """The harm: each worker keeping its own pace, eight are eight times too fast."""
    calls = []

    def work(number):
        for _ in range(10):
            pacing.take("transfers", per_second=100)
            calls.append(time.time())

    with (
        mock.patch.object(pacing, "_is_free", return_value=True),
        ThreadPoolExecutor(8) as pool,
    ):
        list(pool.map(work, range(8)))

    calls.sort()
    assert calls[-1] - calls[0] < 0.5


def test_nobody_is_spared_when_no_pace_is_set():
    before = time.monotonic()

    assert all(pacing.take("transfers", per_second=0) for _ in range(1000))

    assert time.monotonic() - before < 0.5


def test_who_finds_no_slot_in_reach_is_told_to_come_back():
    with mock.patch.object(pacing, "_is_free", return_value=False):
        assert not pacing.take("transfers", per_second=25)


def test_a_cache_that_is_down_stops_nobody():
    with mock.patch.object(cache, "add", side_effect=redis.ConnectionError):
        assert pacing.take("transfers", per_second=100)


def test_pauses_grow_keep_what_was_asked_for_and_differ():
    pauses = [pacing.pause_seconds(tries=tries) for tries in range(1, 10)]
    asked = {pacing.pause_seconds(tries=1, retry_after=30) for _ in range(50)}

    assert all(
        base <= pause <= 1.5 * base
        for base, pause in zip(pacing.BACKOFF_SECONDS, pauses, strict=True)
    )
    assert min(asked) >= 30
    assert max(asked) <= 45
    assert len(asked) > 40
