"""Every page in every state, on a phone: no serious fault that axe knows of, in light
and in dark; whole at 320 pixels in English and Dutch; nothing too small to be pressed.
"""

import pytest

from tests.looks import findings
from tests.looks.catalogue import GROUPS
from tests.looks.conftest import NARROW, PHONE

axe_core = pytest.importorskip("axe_playwright_python.base")
pytestmark = [pytest.mark.browser, pytest.mark.axe]
TALL = "Math.min(Math.max(document.documentElement.scrollHeight, 640), 8000)"
# Of the languages the one with the longest words; `./run shots` shows all four.
OTHERS = ("nl",)


def states(*groups):
    """Make one named case of each state of these groups."""
    found = [state for group in groups for state in GROUPS[group]]
    return pytest.mark.parametrize("state", found, ids=str)


@pytest.fixture(scope="module")
def looked(phone):
    """Look at a state once, in English; what is found serves all that is asked."""
    known = {}

    def look(state):
        if state.name not in known:
            known[state.name] = _look(phone, state)
        return known[state.name]

    return look


def _look(phone, state):
    with phone.to(state) as page:
        if not page.locator("dialog[open]").count():
            # Else a bar at the foot lies over whatever happens to stand there.
            # Twice, since a video grows with the screen.
            page.set_viewport_size({**PHONE, "height": page.evaluate(TALL)})
            page.set_viewport_size({**PHONE, "height": page.evaluate(TALL)})
        page.evaluate(axe_core.AXE_SCRIPT)
        found = findings.Looked(light=findings.axe(page))
        # A colour on its way from light to dark is neither.
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        found.dark = findings.axe(page, only="color-contrast")
        page.emulate_media(color_scheme="light", reduced_motion="no-preference")
        page.set_viewport_size(PHONE)
        found.small = page.evaluate(findings.SMALL, findings.PRIMARY)
        page.set_viewport_size(NARROW)
        found.wide = page.evaluate(findings.WIDE)
        page.set_viewport_size(PHONE)
    return found


def fits(phone, state):
    """Say what sticks out at 320 pixels in another language."""
    found = []
    phone.page.set_viewport_size(NARROW)
    for language in OTHERS:
        with phone.to(state, language=language) as page:
            found += [f"{language} {one}" for one in page.evaluate(findings.WIDE)]
    phone.page.set_viewport_size(PHONE)
    return found


# --- nothing serious, in light ----------------------------------------------------------
@states("shopping")
def test_home_creators_and_posts_are_accessible(looked, state):
    assert looked(state).light == []


@states("products")
def test_product_pages_are_accessible(looked, state):
    assert looked(state).light == []


@states("found")
def test_search_and_categories_are_accessible(looked, state):
    assert looked(state).light == []


@states("sheets")
def test_buy_sheets_and_buy_links_are_accessible(looked, state):
    assert looked(state).light == []


@states("carts", "checkouts")
def test_the_bag_and_the_checkout_are_accessible(looked, state):
    assert looked(state).light == []


@states("orders")
def test_orders_and_vouchers_are_accessible(looked, state):
    assert looked(state).light == []


@states("rights")
def test_cancelling_withdrawing_and_returning_are_accessible(looked, state):
    assert looked(state).light == []


@states("accounts")
def test_signing_in_and_the_account_are_accessible(looked, state):
    assert looked(state).light == []


@states("words", "failures")
def test_pages_of_words_and_of_errors_are_accessible(looked, state):
    assert looked(state).light == []


# --- the same in the dark ---------------------------------------------------------------
@states("shopping", "products", "found")
def test_shop_pages_can_be_read_in_the_dark(looked, state):
    assert looked(state).dark == []


@states("sheets", "carts", "checkouts")
def test_buying_can_be_read_in_the_dark(looked, state):
    assert looked(state).dark == []


@states("orders", "rights", "accounts", "words", "failures")
def test_orders_accounts_and_words_can_be_read_in_the_dark(looked, state):
    assert looked(state).dark == []


# --- large enough to be pressed ---------------------------------------------------------
@states("shopping", "products", "found")
def test_what_leads_on_in_the_shop_is_as_large_as_a_thumb(looked, state):
    assert looked(state).small == []


@states("sheets", "carts", "checkouts")
def test_what_leads_to_payment_is_as_large_as_a_thumb(looked, state):
    assert looked(state).small == []


@states("orders", "rights", "accounts", "words", "failures")
def test_what_leads_on_after_a_purchase_is_as_large_as_a_thumb(looked, state):
    assert looked(state).small == []


# --- whole at 320 pixels ----------------------------------------------------------------
@states("shopping", "products", "found")
def test_shop_pages_are_whole_on_320_pixels(looked, state):
    assert looked(state).wide == []


@states("sheets", "carts", "checkouts")
def test_buying_is_whole_on_320_pixels(looked, state):
    assert looked(state).wide == []


@states("orders", "rights", "accounts", "words", "failures")
def test_orders_accounts_and_words_are_whole_on_320_pixels(looked, state):
    assert looked(state).wide == []


@states("shopping", "products", "found")
def test_shop_pages_are_whole_in_dutch(phone, state):
    assert fits(phone, state) == []


@states("sheets", "carts", "checkouts")
def test_buying_is_whole_in_dutch(phone, state):
    assert fits(phone, state) == []


@states("orders", "rights", "accounts", "words", "failures")
def test_what_comes_after_is_whole_in_dutch(phone, state):
    assert fits(phone, state) == []
