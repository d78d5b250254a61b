"""Creators who are owed something."""

import pytest

from tests.factories import market
from tests.payouts.services.runs.steps import earn


@pytest.fixture
def shop(settings):
    settings.PAYOUT_MINIMUM_AMOUNTS = {"EUR": 1}
    market.take_in_topups()
    return market.shop()


@pytest.fixture
def nina(shop):
    """One creator who is owed 618 cents."""
    return earn(shop)[0]


@pytest.fixture
def two(shop):
    """Two of them."""
    return earn(shop, 2)
