"""Threads against real PostgreSQL: a start line, outcomes, and switches for harm."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from tests.factories import market


@pytest.fixture
def market_day(transactional_db, stripe):
    """A market whose books must be clean when the race is over."""
    market.set_taxes()
    yield
    assert {
        name: rows for name, rows in market.broken_invariants().items() if rows
    } == {}


@pytest.fixture
def at_once():
    """Run `work(number)` in so many threads, started together; count the outcomes."""

    def run_all(threads: int, work, *, times: int | None = None) -> Counter:
        start = threading.Barrier(threads)
        waiting = threading.local()

        def run(number):
            try:
                if not getattr(waiting, "over", False):
                    waiting.over = True
                    start.wait(timeout=30)
                return work(number)
            except Exception as error:
                return type(error).__name__
            finally:
                connection.close()

        with ThreadPoolExecutor(threads) as pool:
            return Counter(pool.map(run, range(times or threads)))

    return run_all
