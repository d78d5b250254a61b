"""A video post in a browser: its products are bought while it plays on."""

from io import BytesIO

import pytest
from PIL import Image

from creators.services import content, videos
from marketplace.kit import clock
from sellers.models import Variant
from sellers.services import photos
from tests.factories import clips as make_clips
from tests.factories import market
from tests.factories import sellers as make_sellers
from tests.stories.conftest import PHONE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.journey,
    pytest.mark.django_db(transaction=True),
]
OPEN = "dialog.sheet:modal"
CHIP = ".film-rail .tagchip"
# What has been played, whether or not the clip began again meanwhile.
COUNT = """() => {
  const video = document.querySelector("video");
  let last = video.currentTime;
  window.played = 0;
  setInterval(() => {
    window.played += Math.max(0, video.currentTime - last);
    last = video.currentTime;
  }, 25);
}"""
SHIFTS = """() => {
  window.shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.shift += entry.value;
  }).observe({type: "layout-shift", buffered: true});
}"""


def picture(colour, size=(720, 1280)):
    kept = BytesIO()
    Image.new("RGB", size, colour).save(kept, "JPEG")
    kept.seek(0)
    return kept


def publish(clip):
    """Nina's video with a shirt in two sizes and a throw that wants reading first."""
    market.set_taxes()
    shop = market.shop(delivery_amount=495)
    shirt = make_sellers.product(
        shop=shop, title="Linen shirt", price_amount=1995, sizes=("S", "M")
    )
    Variant.objects.filter(product=shirt, options={"Size": "M"}).update(
        price_amount=2195
    )
    throw = make_sellers.product(shop=shop, title="Wool throw", price_amount=8900)
    type(throw).objects.filter(pk=throw.pk).update(needs_full_page=True)
    for product, colour in ((shirt, "#c9b79c"), (throw, "#7b8f84")):
        product.photos.all().delete()
        photo = picture(colour, (800, 1000))
        photos.add_photo(product=product, file=photo, alt=product.title)
    return content.publish_post(
        creator=market.creator(shop),
        picture=picture("#d8cfc0"),
        caption="How I wash linen so that it stays soft.",
        alt="A shirt is washed by hand",
        tags=[(shirt, 500, 500), (throw, 500, 500)],
        at=clock.now(),
        film=videos.Film(
            video=BytesIO(clip),
            captions=BytesIO(make_clips.CAPTIONS),
            captions_language="en",
        ),
    )


def address(site, post):
    return f"{site}{post.get_absolute_url()}?country=NL"


def plays_on(page, seconds=0.5):
    """Wait until the video has advanced by so much more than now."""
    begun = page.evaluate("window.played")
    until(page, f"window.played >= {begun + seconds}")
    assert page.evaluate("document.querySelector('video').paused") is False
    return True


def until(page, true):
    """Wait for something; the page's policy lets nothing be evaluated by itself."""
    for _ in range(100):
        if page.evaluate(true):
            return
        page.wait_for_timeout(100)
    raise AssertionError(true)


def is_seen(page, selector):
    """Whether the middle of a thing is on the screen and nothing lies over it."""
    return page.locator(selector).first.evaluate(
        """(one) => {
          const box = one.getBoundingClientRect();
          const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
          return y < innerHeight && one.contains(document.elementFromPoint(x, y));
        }"""
    )


def test_the_video_plays_on_while_its_products_are_bought(site, clip, phone, look):
    """R10: one tap on a tag over the video opens the sheet, and the video's time
    advances behind it: open, swapped for another country, and closed again.
    """
    post = publish(clip)
    phone.goto(address(site, post))
    phone.evaluate(SHIFTS)
    phone.evaluate(COUNT)
    assert plays_on(phone)
    assert is_seen(phone, CHIP)
    assert is_seen(phone, "[data-film-play]")
    box = phone.locator(".film-box").bounding_box()
    assert box["width"] / box["height"] == pytest.approx(9 / 16, abs=0.01)
    assert phone.evaluate("document.documentElement.scrollWidth") == 360
    assert phone.evaluate("window.shift") == 0
    look(phone, "video-01-plays")

    phone.evaluate("window.same = true")
    phone.locator(CHIP).first.tap()
    phone.locator(OPEN).wait_for()
    assert plays_on(phone)
    phone.get_by_role("radio", name="S", exact=True).wait_for()
    assert plays_on(phone)
    look(phone, "video-02-sheet")
    phone.get_by_role("radio", name="M").check(force=True)
    assert phone.get_by_role("button", name="Buy for €26.90").is_visible()
    assert plays_on(phone)
    # Another country swaps the whole content of the sheet.
    phone.locator(OPEN).locator("a[href*='country=NL']").first.evaluate(
        "(link) => link.click()"
    )
    phone.locator(OPEN).get_by_text("Netherlands").first.wait_for()
    assert "country=NL" in phone.url
    assert plays_on(phone)
    phone.locator(OPEN).get_by_label("Close").tap()
    until(phone, f"!document.querySelector({OPEN!r})")
    assert plays_on(phone)
    assert phone.evaluate("window.same") is True


def test_it_is_stopped_and_heard_by_two_buttons_and_stays_stopped(site, clip, phone):
    phone.goto(address(site, publish(clip)))
    phone.evaluate(COUNT)
    assert plays_on(phone)
    video = "document.querySelector('video')"
    assert phone.evaluate(f"{video}.controls") is False
    for name in ("Stop the video", "Turn the sound on"):
        box = phone.get_by_role("button", name=name).bounding_box()
        assert min(box["width"], box["height"]) >= 44

    phone.get_by_role("button", name="Turn the sound on").tap()
    assert phone.evaluate(f"{video}.muted") is False
    phone.get_by_role("button", name="Turn the sound off").wait_for()
    phone.get_by_role("button", name="Stop the video").tap()
    phone.get_by_role("button", name="Play the video").wait_for()
    assert phone.evaluate(f"{video}.paused") is True
    phone.evaluate("scrollTo(0, document.body.scrollHeight)")
    phone.evaluate("scrollTo(0, 0)")
    phone.wait_for_timeout(200)
    assert phone.evaluate(f"{video}.paused") is True
    phone.get_by_role("button", name="Play the video").tap()
    assert plays_on(phone)
    # What is not for quick buy leads away, to its own page.
    phone.locator(CHIP).nth(1).evaluate("(link) => link.click()")
    phone.wait_for_url("**/products/**")


def test_it_waits_where_less_motion_is_asked_for_and_without_scripts(
    site, clip, browser, look
):
    post = publish(clip)
    quiet = {**PHONE, "reduced_motion": "reduce"}
    for said in (quiet, {**PHONE, "java_script_enabled": False}):
        context = browser.new_context(**said)
        asked = []
        page = context.new_page()
        page.on("request", lambda one, asked=asked: asked.append(one.url))
        try:
            page.goto(address(site, post))
            page.wait_for_timeout(400)
            assert not any(url.endswith(".webm") for url in asked)
            if "reduced_motion" in said:
                assert page.evaluate("document.querySelector('video').paused") is True
                page.get_by_role("button", name="Play the video").tap()
                until(page, "document.querySelector('video').currentTime > 0")
            else:
                assert page.locator("video[controls]").count() == 1
                assert not page.locator("[data-film-play]").is_visible()
                look(page, "video-03-without-scripts")
                page.locator(CHIP).first.tap()
                page.locator("dialog.sheet[open]").wait_for()
        finally:
            context.close()


def test_a_video_that_cannot_be_played_leaves_its_cover_and_its_products(
    site, clip, phone, look
):
    post = publish(clip)
    phone.route("**/*.webm", lambda route: route.fulfill(status=404))
    phone.goto(address(site, post))
    phone.get_by_text("The video cannot be played here").wait_for()
    assert not phone.locator("[data-film-play]").is_visible()
    look(phone, "video-04-broken")
    phone.locator(CHIP).first.tap()
    phone.get_by_role("radio", name="S", exact=True).wait_for()
