"""The world of the page states, made once and served to a browser."""

import contextlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django.utils import translation
from pytest_django.live_server_helper import LiveServer

from marketplace.kit import clock, switches
from tests import chromium
from tests import sandbox as sandboxes
from tests.looks import corners, purchases
from tests.looks import world as worlds
from tests.looks.state import State
from tests.looks.world import World

PHONE = {"width": 360, "height": 640}
DESK = {"width": 1280, "height": 800}
NARROW = {"width": 320, "height": 640}
MANY = 1_000_000
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    """Ask all of one state, then all of the next: so one process looks at it, once."""
    places, asked, order = [], [], {}
    for place, item in enumerate(items):
        state = HERE in item.path.parents and _state_of(item)
        if state:
            order.setdefault((item.path, state.name), len(order))
            places.append(place)
            asked.append(item)
    asked.sort(key=lambda item: order[item.path, _state_of(item).name])
    for place, item in zip(places, asked, strict=True):
        items[place] = item


def _state_of(item):
    return item.callspec.params.get("state") if hasattr(item, "callspec") else None


@dataclass(slots=True)
class Visits:
    """Goes to states in one browser context."""

    url: str
    world: World
    page: Any
    agent: str = ""
    own: str = ""

    @contextlib.contextmanager
    def to(self, state: State, *, language: str = "en", theme: str = "light"):
        """Be in a state for a while; its settings and its world last as long."""
        with override_settings(**state.settings), state.world_is(self.world):
            self.page.emulate_media(color_scheme=theme)
            self._call_itself(state.agent)
            self._cookies(state, language)
            with translation.override(language):
                path = state.path(self.world)
            answer = self.page.goto(self.url + path)
            assert answer.status == state.status, f"{path} answered {answer.status}"
            if state.act is not None:
                state.act(self.page)
            yield self.page

    def _call_itself(self, agent: str) -> None:
        """Give the browser another name, or its own again."""
        self.own = self.own or self.page.evaluate("navigator.userAgent")
        if agent != self.agent:
            session = self.page.context.new_cdp_session(self.page)
            named = {"userAgent": agent or self.own}
            session.send("Network.setUserAgentOverride", named)
            self.agent = agent

    def _cookies(self, state: State, language: str) -> None:
        wanted = {
            django_settings.LANGUAGE_COOKIE_NAME: language,
            "country": "NL",
            **state.cookies(self.world),
        }
        if state.by:
            session = self.world.session_of(state.by)
            wanted[django_settings.SESSION_COOKIE_NAME] = session
        self.page.context.clear_cookies()
        self.page.context.add_cookies(
            [
                {"name": name, "value": value, "url": self.url}
                for name, value in wanted.items()
            ]
        )


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


@pytest.fixture(scope="module")
def phone_context(browser, served):
    context = browser.new_context(
        viewport=PHONE,
        has_touch=True,
        is_mobile=True,
        locale="en-GB",
        # It would ask in the browser's own name, whatever a state calls it.
        service_workers="block",
    )
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture(scope="module")
def phone(phone_context, served):
    """Visits on a phone, 360 by 640, by touch."""
    url, world = served
    return Visits(url, world, phone_context.new_page())
