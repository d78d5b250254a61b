"""Videos and photos are sent from a phone: how far they are is seen, and what is refused
or lost leaves the form as it was.
"""

import pytest
from django.conf import settings as django_settings

from creators.models import Post
from sellers.models import Product
from tests.factories import clips as make_clips
from tests.factories import market
from tests.factories import sellers as make_sellers
from tests.stories.conftest import PHONE, picture, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Bytes a second: slow enough for the clip to be seen on its way.
SLOW = 20_000


@pytest.fixture
def nina(site):
    shop = market.shop()
    make_sellers.product(shop=shop, title="Linen shirt", price_amount=1995)
    return market.creator(shop)


def fill(phone, site, nina, video):
    sign_in(phone, site, nina.user)
    phone.goto(f"{site}/create/posts/new?kind=video")
    cover = picture("#d8cfc0").getvalue()
    for name, file in (
        ("video", {"name": "a.webm", "mimeType": "video/webm", "buffer": video}),
        ("picture", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": cover}),
    ):
        phone.locator(f"input[name={name}]").set_input_files(files=[file])
    phone.locator("[name=alt]").fill("A shirt is washed by hand")
    phone.locator("[name=tags-0-product]").select_option(index=1)


def slow_down(phone, upload):
    session = phone.context.new_cdp_session(phone)
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": 0,
            "downloadThroughput": -1,
            "uploadThroughput": upload,
        },
    )


def test_what_has_gone_out_is_seen_until_the_post_is_there(
    site, nina, clip, phone, look
):
    fill(phone, site, nina, clip + bytes(60_000))
    slow_down(phone, SLOW)
    publish = phone.get_by_role("button", name="Publish")
    publish.tap()

    bar = phone.get_by_role("progressbar", name="Sending")
    bar.wait_for()
    phone.get_by_text(" of 0.1 MB").wait_for()
    assert publish.is_disabled()
    look(phone, "video-05-sending")
    phone.wait_for_url("**/create/posts/post_**")
    assert Post.objects.get().creator == nina

    phone.locator("summary", has_text="Captions").tap()
    words = {"name": "a.vtt", "mimeType": "text/vtt", "buffer": make_clips.CAPTIONS}
    phone.locator("input[name=captions]").set_input_files(files=[words])
    look(phone, "video-07-captions")
    phone.get_by_role("button", name="Save").tap()
    phone.get_by_text("The post was changed.").wait_for()
    assert phone.locator("video track[srclang=en]").count() == 1


def test_what_is_refused_says_why_and_keeps_the_words(site, nina, phone, look):
    fill(phone, site, nina, b"no video" * 1000)
    phone.get_by_role("button", name="Publish").tap()

    phone.locator("#post [aria-invalid=true][name=video]").wait_for()
    look(phone, "video-06-refused")
    assert phone.locator("[name=alt]").input_value() == "A shirt is washed by hand"
    assert phone.get_by_role("progressbar").count() == 0
    assert not Post.objects.exists()


def test_who_was_signed_out_meanwhile_is_led_to_sign_in(site, nina, clip, phone):
    fill(phone, site, nina, clip)
    phone.context.clear_cookies(name=django_settings.SESSION_COOKIE_NAME)
    phone.get_by_role("button", name="Publish").tap()
    phone.wait_for_url("**/account/login/**")
    assert phone.get_by_label("E-mail").first.is_visible()
    assert not Post.objects.exists()


def test_a_network_that_goes_away_leaves_the_form_as_it_was(site, nina, clip, browser):
    # The console names the network that is gone, so this page may complain.
    context = browser.new_context(**PHONE)
    page = context.new_page()
    try:
        fill(page, site, nina, clip)
        page.route("**/create/posts/new**", lambda route: route.abort())
        publish = page.get_by_role("button", name="Publish")
        publish.tap()
        page.get_by_text("You are offline. Nothing was changed.").wait_for()
        assert page.get_by_role("progressbar").count() == 0
        assert not Post.objects.exists()

        page.unroute_all()
        publish.tap()
        page.wait_for_url("**/create/posts/post_**")
        assert Post.objects.count() == 1
    finally:
        context.close()


def photos(*colours):
    return [
        {
            "name": f"{number}.jpg",
            "mimeType": "image/jpeg",
            # As heavy as a phone's: what follows a picture's end is not looked at.
            "buffer": picture(colour).getvalue() + bytes(30_000),
        }
        for number, colour in enumerate(colours)
    ]


def test_a_sellers_photos_are_seen_on_their_way_and_words_outlive_a_refusal(
    site, phone, look
):
    shop = market.shop()
    sign_in(phone, site, shop.memberships.get().user)
    phone.goto(f"{site}/sell/{shop.public_id}/products/new")
    phone.locator("[name=photos]").set_input_files(files=photos("#c9b79c", "#7b8f84"))
    phone.locator("[name=title]").fill("Tall cup")
    phone.locator("[name=price]").fill("much")
    phone.locator("[name=stock]").fill("4")
    publish = phone.get_by_role("button", name="Publish").locator("visible=true")
    publish.tap()
    phone.locator("#product [aria-invalid=true][name=price]").wait_for()
    look(phone, "product-00-refused")
    assert phone.locator("[name=title]").input_value() == "Tall cup"
    assert not Product.objects.exists()

    phone.locator("[name=photos]").set_input_files(files=photos("#c9b79c", "#7b8f84"))
    phone.locator("[name=price]").fill("24.50")
    phone.locator("#receives", has_text="€").wait_for()
    assert phone.get_by_role("progressbar").count() == 0
    slow_down(phone, SLOW)
    publish.tap()
    phone.get_by_role("progressbar", name="Sending").wait_for()
    phone.get_by_text(" of 0.1 MB").wait_for()
    assert publish.is_disabled()
    look(phone, "product-01-sending")
    phone.wait_for_url(f"**/sell/{shop.public_id}/products/prod_**")
    made = Product.objects.get()
    assert (made.title, made.photos.count()) == ("Tall cup", 2)

    slow_down(phone, -1)
    phone.locator("#add-photos input[type=file]").set_input_files(
        files=[{"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}]
    )
    phone.locator("#add-photos button").tap()
    phone.locator("#add-photos [aria-invalid=true]").wait_for()
    assert made.photos.count() == 2
    phone.locator("#add-photos input[type=file]").set_input_files(
        files=photos("#d8cfc0")
    )
    phone.locator("#add-photos button").tap()
    phone.get_by_text("3 of 10").wait_for()
    assert made.photos.count() == 3
