"""Going to a state in a browser, as whoever it is for, in a language and a theme."""

import contextlib
from dataclasses import dataclass
from typing import Any

from django.conf import settings as django_settings
from django.test import override_settings
from django.utils import translation

from tests.looks.state import State
from tests.looks.world import World

PHONE = {"width": 360, "height": 640}
DESK = {"width": 1280, "height": 800}
NARROW = {"width": 320, "height": 640}


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
