"""The world of the page states, made once and served to a browser."""

import tempfile
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from pytest_django.live_server_helper import LiveServer

from marketplace.kit import clock, switches
from tests import chromium
from tests import sandbox as sandboxes
from tests.looks import corners, findings, looking, purchases
from tests.looks import world as worlds
from tests.looks.visits import PHONE, Visits

MANY = 1_000_000
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    """Ask all of one state, then all of the next: so one process looks at it, once."""
    places, asked, order = [], [], {}
    for place, item in enumerate(items):
        state = HERE in item.path.parents and _state_of(item)
        if state:
            order.setdefault(state.name, len(order))
            places.append(place)
            asked.append(item)
    asked.sort(key=lambda item: order[_state_of(item).name])
    for place, item in zip(places, asked, strict=True):
        items[place] = item


def _state_of(item):
    return item.callspec.params.get("state") if hasattr(item, "callspec") else None


def _begin_anew() -> None:
    call_command("flush", verbosity=0, interactive=False)
    cache.clear()
    clock.forget()
    switches._seen.clear()
    for country in ("", "JP"):
        sandboxes.sandbox(country).reset()


@pytest.fixture(scope="package")
def transactional_db(django_db_setup, django_db_blocker):
    """The database for all of this package: pytest-django's own of this name, by which
    it also knows what to order last, is emptied after each test.
    """
    with django_db_blocker.unblock():
        assert connection.settings_dict["NAME"].startswith("test_")
        _begin_anew()
        yield
        _begin_anew()


@pytest.fixture(scope="package")
def browser():
    """The Chromium of this folder's tests."""
    yield from chromium.launched()


@pytest.fixture(scope="package")
def served(transactional_db, browser, styled):
    """Serve the world of the states; gives its address and what is in it."""
    with (
        tempfile.TemporaryDirectory(prefix="marketplace-looks-") as media,
        override_settings(
            MEDIA_ROOT=media,
            PLACES_PER_HOUR=MANY,
            SEARCHES_PER_MINUTE=MANY,
            ALLOWED_HOSTS=["*"],
        ),
    ):
        world = worlds.make()
        purchases.make(world)
        corners.make(world)
        purchases.make_japanese(world)
        corners.make_japanese(world)
        server = LiveServer("127.0.0.1")
        with override_settings(SITE_URL=server.url):
            yield server.url, world
        server.stop()


@pytest.fixture(scope="package")
def phone(browser, served):
    """Visits on a phone, 360 by 640, by touch."""
    url, world = served
    context = browser.new_context(
        viewport=PHONE,
        has_touch=True,
        is_mobile=True,
        locale="en-GB",
        # It would ask in the browser's own name, whatever a state calls it.
        service_workers="block",
    )
    context.set_default_timeout(10_000)
    context.add_init_script(findings.SHIFTS)
    yield Visits(url, world, context.new_page())
    context.close()


@pytest.fixture(scope="package")
def looked(phone):
    """Visit a state once; what is found there serves all that is asked of it."""
    return looking.Looks(phone).at
