"""A person's account on a phone and on a desk: every part opens, nothing is wider than
the screen, and following leads through the sign-in.
"""

import pytest
from django.utils import translation

from creators.services import follows
from marketplace.accounts import privacy
from marketplace.accounts.models import Handle
from marketplace.kit import clock, consent
from orders.services import addresses
from tests.factories import creators, market, sellers
from tests.stories.conftest import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG = "Wilhelmina-Annabella Oudekerk-Vanderbilt-Hohenzollern"
PARTS = [
    ("home", "/account"),
    ("orders", "/account/orders"),
    ("addresses", "/account/addresses"),
    ("address", "/account/addresses/new"),
    ("cards", "/account/cards"),
    ("following", "/account/following"),
    ("place", "/account/place"),
    ("privacy", "/account/privacy"),
    ("erase", "/account/privacy/erase"),
    ("sign-in", "/account/sign-in"),
]
SIZES = {"phone": (360, 640), "desk": (1280, 800)}


@pytest.fixture
def maja(site):
    """A buyer with an order, two addresses, two followed, and an end asked for."""
    market.set_taxes()
    user = sellers.user("maja.nystrom.with.a.long.address@example.com", name=LONG)
    variant = market.variant(market.shop(), price_amount=2_000)
    market.buy(market.cart((variant, 1)), market.buyer(user=user))
    at = clock.now()
    for name, city in ((LONG, "Umeå"), ("山田 花子", "渋谷区")):
        addresses.keep(
            user=user,
            address={
                "name": name,
                "line1": "Kungsgatan 31",
                "postal_code": "903 26",
                "city": city,
                "country": "SE",
            },
            is_default=True,
            at=at,
        )
    nina = creators.make_creator(handle="nina.berg", name="陶器と布の小さな店のニーナ")
    creators.make_post(nina)
    for handle in ("nina.berg", variant.product.shop.handle):
        found = Handle.objects.get(handle=handle)
        follows.follow(user=user, handle=found, at=at)
    privacy.ask_erase(user=user, language="en", at=at)
    return user


@pytest.mark.parametrize("language", ["ja", "nl"])
def test_every_part_of_the_account_fits_a_phone_and_a_desk(
    phone, site, maja, look, language
):
    sign_in(phone, site, maja)
    phone.context.add_cookies(
        [
            {"name": "django_language", "value": language, "url": site},
            {"name": "consent", "value": consented(language), "url": site},
        ]
    )
    for size, (width, height) in SIZES.items():
        phone.set_viewport_size({"width": width, "height": height})
        for name, address in PARTS:
            phone.goto(f"{site}{address}")
            look(phone, f"account-{name}-{size}-{language}")
            over = phone.evaluate(
                "document.documentElement.scrollWidth"
                " - document.documentElement.clientWidth"
            )
            assert over == 0, (name, size, language)
            assert phone.locator("h1").count() == 1, (name, size)


def consented(language):
    return consent.record(allowed=[], subject="", language=language, at=clock.now())


def test_a_stranger_presses_follow_signs_in_and_follows(phone, site, look):
    nina = creators.make_creator(handle="nina.berg")
    user = sellers.user("maja@example.com", password="a-Long-one-7")
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    with translation.override("en"):
        address = nina.get_absolute_url()
    phone.goto(f"{site}{address}")
    phone.get_by_role("button", name="Follow @nina.berg").tap()
    phone.wait_for_url("**/account/login/**")
    phone.get_by_text("Sign in with a password").tap()
    phone.locator("input[name=login]").fill("maja@example.com")
    phone.locator("input[name=password]").fill("a-Long-one-7")
    phone.locator("input[name=password]").press("Enter")
    phone.wait_for_url(f"**{address}")
    phone.get_by_role("button", name="Following @nina.berg").wait_for()
    look(phone, "account-followed")
    assert user.follows.get().handle.handle == "nina.berg"
