"""Every page in every state, on a phone: no serious fault that axe knows of, in light
and in dark; whole at 320 pixels; nothing too small to be pressed.
"""

import pytest

from tests.looks.catalogue import GROUPS

pytestmark = [pytest.mark.browser, pytest.mark.axe]


def states(*groups):
    """Make one named case of each state of these groups."""
    found = [state for group in groups for state in GROUPS[group]]
    return pytest.mark.parametrize("state", found, ids=str)


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


@states("words", "failures", "mails")
def test_pages_of_words_and_of_errors_are_accessible(looked, state):
    assert looked(state).light == []


# --- the same in the dark ---------------------------------------------------------------
@states("shopping", "products", "found")
def test_shop_pages_can_be_read_in_the_dark(looked, state):
    assert looked(state).dark == []


@states("sheets", "carts", "checkouts")
def test_buying_can_be_read_in_the_dark(looked, state):
    assert looked(state).dark == []


@states("orders", "rights", "accounts", "words", "failures", "mails")
def test_orders_accounts_and_words_can_be_read_in_the_dark(looked, state):
    assert looked(state).dark == []


# --- large enough to be pressed ---------------------------------------------------------
@states("shopping", "products", "found")
def test_what_leads_on_in_the_shop_is_as_large_as_a_thumb(looked, state):
    assert looked(state).small == []


@states("sheets", "carts", "checkouts")
def test_what_leads_to_payment_is_as_large_as_a_thumb(looked, state):
    assert looked(state).small == []


@states("orders", "rights", "accounts", "words", "failures", "mails")
def test_what_leads_on_after_a_purchase_is_as_large_as_a_thumb(looked, state):
    assert looked(state).small == []


# --- whole at 320 pixels ----------------------------------------------------------------
@states("shopping", "products", "found")
def test_shop_pages_are_whole_on_320_pixels(looked, state):
    assert looked(state).wide == []


@states("sheets", "carts", "checkouts")
def test_buying_is_whole_on_320_pixels(looked, state):
    assert looked(state).wide == []


@states("orders", "rights", "accounts", "words", "failures", "mails")
def test_orders_accounts_and_words_are_whole_on_320_pixels(looked, state):
    assert looked(state).wide == []
