"""One visit to a state answers all that tests ask of it: what it weighs and whether it
jumps, what axe finds in light and in the dark, what is too small for a thumb, and what
sticks out of 320 pixels. It is made in Dutch, whose words are the longest.
"""

import urllib.request
from functools import cache
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT

from tests.looks import findings
from tests.looks.state import State
from tests.looks.visits import NARROW, PHONE, Visits

LANGUAGE = "nl"
TALL = "Math.min(Math.max(document.documentElement.scrollHeight, 640), 8000)"


class Looks:
    """Looks at each state once."""

    def __init__(self, phone: Visits) -> None:
        self._phone = phone
        self._session = phone.page.context.new_cdp_session(phone.page)
        self._session.send("Network.enable")
        self._known: dict[str, findings.Looked] = {}

    def at(self, state: State) -> findings.Looked:
        """Say what is found in a state."""
        if state.name not in self._known:
            self._known[state.name] = self._look(state)
        return self._known[state.name]

    def _look(self, state: State) -> findings.Looked:
        page, answers = self._phone.page, list[Any]()

        def note(answer: Any) -> None:
            answers.append(answer)

        page.set_viewport_size(PHONE)
        # What strangers arrive at is weighed as somebody loads it who was never here.
        kept = {"cacheDisabled": state.is_public}
        self._session.send("Network.setCacheDisabled", kept)
        page.on("response", note)
        try:
            with self._phone.to(state, language=LANGUAGE):
                found = findings.Looked()
                if state.is_public:
                    found.weight = _weigh(page, answers, self._phone.url)
                _judge(page, found)
        finally:
            page.remove_listener("response", note)
        return found


def _judge(page: Any, found: findings.Looked) -> None:
    if not page.locator("dialog[open]").count():
        # Else a bar at the foot lies over whatever happens to stand there.
        # Twice, since a video grows with the screen.
        page.set_viewport_size({**PHONE, "height": page.evaluate(TALL)})
        page.set_viewport_size({**PHONE, "height": page.evaluate(TALL)})
    page.evaluate(AXE_SCRIPT)
    found.light = findings.axe(page)
    # A colour on its way from light to dark is neither.
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found.dark = findings.axe(page, only="color-contrast")
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    page.set_viewport_size(PHONE)
    found.small = page.evaluate(findings.SMALL, findings.PRIMARY)
    page.set_viewport_size(NARROW)
    found.wide = page.evaluate(findings.WIDE)
    page.set_viewport_size(PHONE)


def _weigh(page: Any, answers: list[Any], ours: str) -> findings.Weighed:
    found = findings.Weighed(
        shifts=page.evaluate(findings.SCROLL), image=page.evaluate(findings.IMAGE)
    )
    documents = [one for one in answers if one.request.resource_type == "document"]
    seen = set()
    for one in answers:
        kind, url = one.request.resource_type, one.url
        if url in seen and one is not documents[-1]:
            continue
        seen.add(url)
        if not url.startswith((ours, "data:", "blob:")):
            found.elsewhere.append(url)
            continue
        if not one.ok and one not in documents:
            continue
        if one is documents[-1]:
            found.html = findings.packed(one.body())
        elif kind == "stylesheet":
            found.css += findings.packed(_file(url))
        elif kind == "script":
            found.js += findings.packed(_file(url))
        elif kind == "font":
            found.fonts += len(_file(url))
        elif found.image and url == found.image["src"]:
            found.first_image = len(_file(url))
    return found


@cache
def _file(url: str) -> bytes:
    """The body of a file of ours; the browser may have let go of it."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return bytes(answer.read())
