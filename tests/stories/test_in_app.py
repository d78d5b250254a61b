"""The in-app browsers of Instagram, Facebook, TikTok, LINE and YouTube, keeping no cookie
at all: land, buy, pay, come back, undo; and on to the phone's own browser with the bag.
"""

import json
import tempfile
from pathlib import Path

import pytest

from marketplace.demo import life
from orders.models import Order, OrderStatus
from tests.chromium import CHROMIUM, FLAGS
from tests.factories import market
from tests.stories.conftest import DUTCH, PHONE, opened
from tests.stories.hand import Hand

pytestmark = [
    pytest.mark.browser,
    pytest.mark.journey,
    pytest.mark.django_db(transaction=True),
]
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15"
ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; SM-S911B Build/UP1A; wv) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Version/4.0 Chrome/130.0.0.0 Mobile Safari/537.36"
)
APPS = {
    "instagram": f"{IPHONE} (KHTML, like Gecko) Mobile/22B83 Instagram 356.0.0.29.77",
    "facebook": f"{IPHONE} (KHTML, like Gecko) Mobile/22B83 [FBAN/FBIOS;FBAV/488.0;]",
    "tiktok": f"{ANDROID} musical_ly_2023607030 BytedanceWebview/d8a21c6",
    "line": f"{IPHONE} (KHTML, like Gecko) Mobile/22B83 Safari Line/14.18.0",
    "youtube": f"{IPHONE} (KHTML, like Gecko) Mobile/22B83 com.google.ios.youtube/19.45",
}
WHO = {
    "email": "maja@example.com",
    "name": "Maja van den Broek",
    "line1": "Lange Nieuwstraat 118",
    "postal_code": "3512 PN",
    "city": "Utrecht",
}


@pytest.fixture(scope="module")
def cookieless(browser):
    """A Chromium that keeps no cookie and no storage, as a person sets it."""
    with tempfile.TemporaryDirectory() as folder:
        chosen = Path(folder) / "Default"
        chosen.mkdir()
        (chosen / "Preferences").write_text(
            json.dumps({"profile": {"default_content_setting_values": {"cookies": 2}}})
        )
        context = browser.browser_type.launch_persistent_context(
            folder,
            executable_path=str(CHROMIUM),
            args=FLAGS,
            **PHONE,
            extra_http_headers=DUTCH,
        )
        context.set_default_timeout(20_000)
        yield context
        context.close()


@pytest.fixture(params=sorted(APPS))
def app(request, cookieless):
    """A page in one of these apps; nothing opens a second tab."""
    tabs = []
    page = cookieless.new_page()

    def count_tab(tab):
        tabs.append(tab)

    cookieless.on("page", count_tab)
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    session = cookieless.new_cdp_session(page)
    session.send("Network.setUserAgentOverride", {"userAgent": APPS[request.param]})
    yield Hand(page, has_touch=True)
    page.close()
    cookieless.remove_listener("page", count_tab)
    assert cookieless.cookies() == []
    assert problems == []
    assert tabs == []


def test_without_a_cookie_one_lands_buys_pays_comes_back_and_withdraws(
    site, post, app, work, look
):
    page = app.page
    market.take_in_topups()
    page.goto(f"{site}{post.get_absolute_url()}")
    app.follow("1, Linen shirt")
    page.locator("dialog.sheet:modal").wait_for()
    app.choose("S")
    app.press("Buy for €24.90", within=page.locator("dialog.sheet:modal"))
    page.wait_for_url("**/checkout/**")
    words = page.locator("body").inner_text()
    for dead in ("Apple Pay", "Google Pay", "PayPal", "Sign in with", "Facebook"):
        assert dead not in words
    assert page.locator("[target=_blank]").count() == 0
    app.write(**WHO)
    app.press("Continue to payment")
    page.wait_for_url("**/c/pay/**")
    app.write(card_number="4242424242424242", expiry="12 / 34", cvc="123")
    app.press("Pay")
    page.wait_for_url(f"{site}/o/**")
    life.hear()
    page.get_by_text("Thank you. One parcel is being prepared.").wait_for()
    order = Order.objects.get()
    assert order.status == OrderStatus.PAID
    assert app.taps == 5
    market.ship(order)
    work()
    page.reload()
    app.follow("Withdraw from contract here")
    page.wait_for_url("**/withdraw**")
    app.press("Confirm withdrawal")
    page.get_by_text("You withdrew on").wait_for()


def test_who_cannot_pay_here_takes_the_bag_to_his_own_browser_once(
    site, post, browser, look
):
    options = {
        **PHONE,
        "extra_http_headers": DUTCH,
        "user_agent": APPS["instagram"],
    }
    for page in opened(browser, options):
        hand = Hand(page, has_touch=True)
        page.goto(f"{site}{post.get_absolute_url()}")
        hand.follow("1, Linen shirt")
        page.locator("dialog.sheet:modal").wait_for()
        hand.choose("S")
        hand.press("Buy for €24.90", within=page.locator("dialog.sheet:modal"))
        page.wait_for_url("**/checkout/**")
        assert not page.get_by_text("Trouble paying here?").is_visible()
        hand.write(**WHO)
        hand.press("Continue to payment")
        page.wait_for_url("**/c/pay/**")
        page.get_by_role("link", name="Back", exact=True).tap()
        page.wait_for_url(f"{site}/o/**")
        page.get_by_text("Trouble paying here?").wait_for()
        hand.follow("Open in your own browser")
        page.wait_for_url("**/cart/carry/**")
        look(page, "app-1-carry")
        address = page.url
        for said in WHO.values():
            assert said not in page.content()
    for page in opened(browser, {**PHONE, "extra_http_headers": DUTCH}):
        page.goto(address)
        page.get_by_role("button", name="Go on with this bag").tap()
        page.wait_for_url("**/checkout/**")
        assert page.locator("[name=email]").input_value() == ""
        assert page.get_by_text("€24.90").first.is_visible()
        page.goto(address)
        assert page.get_by_text("is over now").is_visible()
    assert Order.objects.get().status == OrderStatus.CANCELLED


@pytest.mark.parametrize("name", sorted(APPS))
def test_no_sign_in_by_another_site_is_offered_in_an_app(site, browser, name):
    options = {**PHONE, "user_agent": APPS[name]}
    for page in opened(browser, options):
        page.goto(f"{site}/account/login/")
        words = page.locator("main").inner_text()
        for other in ("Google", "Facebook", "Apple", "LINE", "TikTok"):
            assert other not in words
