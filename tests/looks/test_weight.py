"""What the public pages weigh on their way to a phone, and that nothing in them jumps."""

import pytest

from tests.looks.catalogue import PUBLIC

pytestmark = [pytest.mark.browser, pytest.mark.weight]
KB = 1024
JS, MARKUP, FIRST_IMAGE, FONTS = 60 * KB, 60 * KB, 80 * KB, 35 * KB
every_public_page = pytest.mark.parametrize("state", PUBLIC, ids=str)


@every_public_page
def test_a_public_page_brings_at_most_60_kb_of_script(looked, state):
    assert looked(state).weight.js <= JS


@every_public_page
def test_a_public_page_is_at_most_60_kb_of_markup_and_style(looked, state):
    found = looked(state).weight
    assert 0 < found.html + found.css <= MARKUP


@every_public_page
def test_the_first_picture_is_light_and_has_its_box(looked, state):
    found = looked(state).weight
    assert found.first_image <= FIRST_IMAGE
    assert found.image is None or found.image["boxed"]


@every_public_page
def test_a_public_page_asks_nobody_else_for_anything(looked, state):
    assert looked(state).weight.elsewhere == []


@every_public_page
def test_nothing_on_a_public_page_jumps(looked, state):
    assert looked(state).weight.shifts == []


@every_public_page
def test_the_typeface_is_light(looked, state):
    assert looked(state).weight.fonts <= FONTS
