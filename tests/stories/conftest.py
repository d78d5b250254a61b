"""A served platform for a browser: the site, the sandbox over HTTP, and a phone."""

import os
import threading
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from PIL import Image

from creators.services import content
from marketplace.gateway import client, sandbox_control
from marketplace.kit import clock, jobs
from marketplace.sandbox import server
from orders.services import saved_cards
from payouts.services import settlement
from sellers.models import Variant
from sellers.services import photos, stock
from tests import chromium
from tests import sandbox as sandboxes
from tests.factories import market
from tests.factories import sellers as make_sellers
from tests.stories import recording
from tests.stories.hand import Hand

PHONE = {
    "viewport": {"width": 360, "height": 640},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
    "locale": "en-GB",
}
DESK = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB"}
# Goods go where the browser's language says: to the Netherlands.
DUTCH = {"Accept-Language": "en-NL,en;q=0.9"}


@pytest.fixture(scope="package")
def browser():
    """The Chromium of this folder's tests."""
    yield from chromium.launched()


@pytest.fixture(scope="package")
def clip(browser):
    """Two seconds of video."""
    return recording.recorded(browser)


@pytest.fixture
def site(live_server, settings, styled, stripe):
    """Serve the site and a sandbox that the browser can reach too."""
    with served(live_server, settings, sandboxes.make()) as address:
        yield address


@pytest.fixture
def site_in_japan(live_server, settings, styled, japan):
    """The same for a platform in Japan, which takes cash at a konbini."""
    with served(live_server, settings, sandboxes.make("JP")) as address:
        yield address


@contextmanager
def served(live_server, settings, made):
    settings.SITE_URL = live_server.url
    settings.DEBUG_PROPAGATE_EXCEPTIONS = True
    listening = server.listen(made, 0)
    thread = threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    settings.STRIPE_WSGI_APP = ""
    settings.STRIPE_API_BASE = f"http://127.0.0.1:{listening.server_port}"
    client._build.cache_clear()
    yield live_server.url
    client._build.cache_clear()
    listening.shutdown()
    listening.server_close()
    thread.join(5)
    made.close()


@pytest.fixture
def phone(browser):
    """A phone with touch, 360 by 640; whatever goes wrong in a page fails the test."""
    yield from opened(browser, PHONE)


@pytest.fixture
def desk(browser):
    """A desk, 1280 by 800, with a mouse."""
    yield from opened(browser, DESK)


@pytest.fixture(params=["phone", "desk"])
def hand(request, browser):
    """The hand of a buyer in the Netherlands, on a phone and at a desk."""
    kind = PHONE if request.param == "phone" else DESK
    for page in opened(browser, {**kind, "extra_http_headers": DUTCH}):
        yield Hand(page, has_touch=request.param == "phone")


@pytest.fixture
def thumb(browser):
    """The same on a phone alone."""
    for page in opened(browser, {**PHONE, "extra_http_headers": DUTCH}):
        yield Hand(page, has_touch=True)


def opened(browser, options):
    """Open a page of its own, which must not complain."""
    context = browser.new_context(**options)
    context.set_default_timeout(20_000)
    page = context.new_page()
    problems = []
    tabs = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda message: (
            problems.append(message.text)
            # A page that answers 4xx on purpose is named by the browser too.
            if message.type == "error" and "Failed to load" not in message.text
            else None
        ),
    )
    context.on("page", lambda tab: tabs.append(tab))
    yield page
    context.close()
    assert problems == []
    # An in-app browser opens no second tab, so nothing may need one.
    assert tabs == []


def picture(colour):
    """A small photo, as a phone would send it."""
    kept = BytesIO()
    Image.new("RGB", (320, 400), colour).save(kept, "JPEG")
    kept.seek(0)
    return kept


def sign_in(page, site, user):
    """Give the browser the session of somebody who signed in."""
    session = Client()
    session.force_login(user)
    name = django_settings.SESSION_COOKIE_NAME
    page.context.add_cookies(
        [{"name": name, "value": session.cookies[name].value, "url": site}]
    )


@pytest.fixture
def post(site):
    """Nina's post with a shirt in three sizes, the largest sold out and M dearer."""
    market.set_taxes()
    shop = market.shop(delivery_amount=495)
    shirt = make_sellers.product(
        shop=shop, title="Linen shirt", price_amount=1995, sizes=("S", "M", "L")
    )
    stock.correct(
        variant=shirt.variants.get(options={"Size": "L"}), on_hand=0, at=clock.now()
    )
    Variant.objects.filter(product=shirt, options={"Size": "M"}).update(
        price_amount=2195
    )
    shirt.photos.all().delete()
    photos.add_photo(product=shirt, file=picture("#c9b79c"), alt="Linen shirt")
    return content.publish_post(
        creator=market.creator(shop),
        picture=picture("#d8cfc0"),
        caption="A quiet morning.",
        alt="A shirt over a chair",
        tags=[(shirt, 300, 400)],
        at=clock.now(),
    )


@pytest.fixture
def keep_card(post):
    """Let a person have bought here before, and have a card kept."""

    def keep(user, number=sandbox_control.WORKING_CARD):
        other = market.variant(market.shop(), price_amount=1000)
        order = market.place(
            market.cart((other, 1)),
            market.buyer(
                user=user, email=user.email, saves_card=True, postal_code="1015 AA"
            ),
        )
        payment = market.open_page(order)
        sandbox_control.pay(page_url=payment.page_url, card=number)
        settlement.refresh(payment_id=payment.pk, at=clock.now())
        jobs.drain()
        return saved_cards.cards_of(user=user, at=clock.now())[0]

    return keep


@pytest.fixture
def work():
    """Do what a worker would have done by now."""
    return jobs.drain


@pytest.fixture
def look(request):
    """Keep a picture of each page in reports/pictures when PICTURES is set."""
    folder = Path(django_settings.BASE_DIR) / "reports" / "pictures"

    def take(page, name):
        if os.environ.get("PICTURES"):
            folder.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=str(folder / f"{name}.png"), full_page=True)

    return take
