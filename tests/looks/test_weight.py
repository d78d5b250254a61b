"""What the public pages weigh on their way to a phone, and that nothing in them jumps."""

import urllib.request
from functools import cache

import pytest

from tests.looks import findings
from tests.looks.catalogue import GROUPS
from tests.looks.conftest import PHONE, Visits

pytestmark = [pytest.mark.browser, pytest.mark.weight]
KB = 1024
JS, MARKUP, FIRST_IMAGE, FONTS = 60 * KB, 60 * KB, 80 * KB, 35 * KB
PUBLIC = [one for group in GROUPS.values() for one in group if one.is_public]
every_public_page = pytest.mark.parametrize("state", PUBLIC, ids=str)


@pytest.fixture(scope="module")
def weighing(browser, served):
    """Visits whose page notes what it loads and what moves."""
    url, world = served
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    context.set_default_timeout(10_000)
    context.add_init_script(findings.SHIFTS)
    page = context.new_page()
    # Each page as somebody sees it who was never here.
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    yield Visits(url, world, page)
    context.close()


@pytest.fixture(scope="module")
def weighed(weighing):
    """Weigh a state once; what is found serves all that is asked."""
    known = {}

    def weigh(state):
        if state.name not in known:
            known[state.name] = _weigh(weighing, state)
        return known[state.name]

    return weigh


def _weigh(weighing, state):
    answers = []

    def note(answer):
        answers.append(answer)

    weighing.page.on("response", note)
    try:
        with weighing.to(state) as page:
            found = findings.Weighed(
                shifts=page.evaluate(findings.SCROLL),
                image=page.evaluate(findings.IMAGE),
            )
            _count(found, answers, weighing.url)
    finally:
        weighing.page.remove_listener("response", note)
    return found


@cache
def file(url):
    """The body of a file of ours; the browser may have let go of it."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read()


def _count(found, answers, ours):
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
            found.css += findings.packed(file(url))
        elif kind == "script":
            found.js += findings.packed(file(url))
        elif kind == "font":
            found.fonts += len(file(url))
        elif found.image and url == found.image["src"]:
            found.first_image = len(file(url))


@every_public_page
def test_a_public_page_brings_at_most_60_kb_of_script(weighed, state):
    assert weighed(state).js <= JS


@every_public_page
def test_a_public_page_is_at_most_60_kb_of_markup_and_style(weighed, state):
    found = weighed(state)
    assert 0 < found.html + found.css <= MARKUP


@every_public_page
def test_the_first_picture_is_light_and_has_its_box(weighed, state):
    found = weighed(state)
    assert found.first_image <= FIRST_IMAGE
    assert found.image is None or found.image["boxed"]


@every_public_page
def test_a_public_page_asks_nobody_else_for_anything(weighed, state):
    assert weighed(state).elsewhere == []


@every_public_page
def test_nothing_on_a_public_page_jumps(weighed, state):
    assert weighed(state).shifts == []


@every_public_page
def test_the_typeface_is_light(weighed, state):
    assert weighed(state).fonts <= FONTS
