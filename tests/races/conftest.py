"""Threads against real PostgreSQL: a start line, outcomes, and switches for harm."""

import pytest

from marketplace.proof import frame
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
    return frame.at_once
