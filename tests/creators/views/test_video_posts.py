import json
import re
from io import BytesIO

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from creators.models import Post
from creators.services import content, videos
from marketplace.kit import clock
from tests.factories import clips as make
from tests.factories.creators import (
    AT,
    make_creator,
    make_partnership,
    make_product,
    make_shop,
)

pytestmark = pytest.mark.django_db
NEW = "/create/posts/new?kind=video"


@pytest.fixture(autouse=True)
def media(monkeypatch, settings, tmp_path):
    cache.clear()
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(clock, "now", lambda: AT)
    return tmp_path


@pytest.fixture
def creator(client):
    made = make_creator("nina")
    client.force_login(made.user)
    return made


def cover() -> bytes:
    file = BytesIO()
    Image.new("RGB", (720, 1280), "#0b6e45").save(file, "JPEG")
    return file.getvalue()


def publish(*products, creator=None, captions=None, **changes) -> Post:
    film = videos.Film(
        video=make.mp4(),
        captions=BytesIO(captions) if captions else None,
        captions_language="sv",
    )
    said = {
        "creator": creator or make_creator(),
        "picture": BytesIO(cover()),
        "caption": "Slow mornings",
        "alt": "Hands around a cup",
        "tags": [(product, 500, 500) for product in products],
        "at": AT,
        "film": film,
    }
    return content.publish_post(**{**said, **changes})


def send(client, *products, **changes):
    # Named like something else: the name decides nothing.
    typed = {
        "video": SimpleUploadedFile("a.txt", make.mp4().getvalue(), "text/plain"),
        "picture": SimpleUploadedFile("cover.jpg", cover(), "image/jpeg"),
        "captions_language": "en",
        "alt": "Hands around a cup",
        "caption": "Slow mornings",
        "tags-TOTAL_FORMS": "10",
        "tags-INITIAL_FORMS": "0",
    }
    for number, product in enumerate(products):
        typed[f"tags-{number}-product"] = product.public_id
    return client.post(NEW, typed | changes)


@pytest.fixture
def mug(creator):
    shop = make_shop()
    make_partnership(creator, shop)
    return make_product(shop, "Mug")


# --- the studio -------------------------------------------------------------------------


def test_a_video_is_published_with_its_cover_captions_and_products(
    client, creator, mug
):
    lamp = make_product(mug.shop, "Lamp")
    captions = SimpleUploadedFile("a.vtt", make.CAPTIONS, "text/vtt")

    response = send(client, lamp, mug, captions=captions, captions_language="sv")

    post = Post.objects.get()
    assert response["Location"] == f"/create/posts/{post.public_id}"
    assert (post.video_type, post.video_ms) == ("video/mp4", 6200)
    assert post.captions_language == "sv"
    assert list(post.tags.order_by("number").values_list("product", "x", "y")) == [
        (lamp.pk, 500, 500),
        (mug.pk, 500, 500),
    ]
    own = client.get(response["Location"]).content.decode()
    assert f'src="/media/{post.video_path}"' in own
    assert 'srclang="sv" label="Svenska"' in own


def test_the_form_of_a_video_asks_for_a_cover_and_no_places(client, creator, mug):
    html = client.get(NEW).content.decode()

    assert "up to 60 MB" in html
    assert 'accept="video/mp4,video/webm"' in html
    assert "Where in the picture" not in html
    assert 'name="video"' not in client.get("/create/posts/new").content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"video": ""}, "This field is required"),
        ({"picture": ""}, "This field is required"),
        ({"captions_language": "xx"}, "Select a valid choice"),
        ({"video": SimpleUploadedFile("a.mp4", b"<html>")}, "not an MP4 or WebM video"),
        (
            {"video": SimpleUploadedFile("a.mp4", make.mp4(codec=b"hvc1").getvalue())},
            "Not every phone can play this video",
        ),
        (
            {"video": SimpleUploadedFile("a.mp4", make.mp4(width=1400).getvalue())},
            "wider than it is tall",
        ),
        ({"captions": SimpleUploadedFile("a.vtt", b"1\n00:00")}, "captions in WebVTT"),
        ({"picture": SimpleUploadedFile("a.jpg", b"<svg/>")}, "not a JPEG"),
    ],
)
def test_a_video_post_that_is_not_whole_is_refused_in_words(
    client, creator, mug, media, changes, words
):
    response = send(client, mug, **changes)

    assert response.status_code == 422
    html = response.content.decode()
    assert words in html
    assert "Slow mornings" in html
    assert not Post.objects.exists()
    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_a_video_that_is_too_large_is_refused_by_the_field(
    client, creator, mug, settings
):
    settings.VIDEO_MAX_BYTES = 100

    response = send(client, mug)

    assert response.status_code == 422
    assert "This video is too large" in response.content.decode()
    assert not Post.objects.exists()


def test_someone_elses_video_cannot_be_changed_or_removed(client, creator):
    post = publish()

    assert client.get(f"/create/posts/{post.public_id}").status_code == 404
    assert client.post(f"/create/posts/{post.public_id}/remove").status_code == 404
    assert Post.objects.filter(pk=post.pk).exists()


# --- the public page ----------------------------------------------------------------------


def test_the_page_plays_by_the_browsers_own_controls_and_loads_nothing_before(client):
    post = publish(make_product(make_shop()), captions=make.CAPTIONS)

    html = client.get(post.get_absolute_url()).content.decode()

    video = re.search(r"<video [^>]*>", html)[0]
    for word in ("controls", "muted", "loop", "playsinline", 'preload="none"'):
        assert word in video
    assert "autoplay" not in video
    assert 'width="360" height="640"' in video
    assert f'src="/media/{post.video_path}"' in video
    assert 'poster="/media/' in video
    assert 'kind="captions"' in html
    assert f'src="/media/{post.captions_path}"' in html
    assert "media-src 'self'" in client.get("/en/")["Content-Security-Policy"]


def test_the_products_of_a_video_stand_over_it_one_tap_from_buying(client):
    """R10."""
    product = make_product(make_shop(), "Mug")
    post = publish(product)

    html = client.get(post.get_absolute_url()).content.decode()

    film = html[html.index("<figure") : html.index("</figure>")]
    assert film.index("earns commission") < film.index("film-rail")
    assert f'<a class="tagchip " href="?buy={product.public_id}&amp;via=' in film
    assert html.index("earns commission") < html.index("<p>Slow mornings")


def test_what_is_not_for_quick_buy_leads_to_its_own_page_from_a_video(client):
    """R51."""
    product = make_product(make_shop(), "Wardrobe")
    type(product).objects.update(needs_full_page=True)
    post = publish(product)

    body = client.get(post.get_absolute_url()).content.decode().split("</main>")[0]

    assert "?buy=" not in body
    # The chip over the video, the row's picture and name, and its button.
    assert body.count(f'href="{product.get_absolute_url()}?via=') == 4


def test_a_tag_leads_to_the_products_one_canonical_address(client):
    """R24."""
    product = make_product(make_shop(), "Mug")
    post = publish(product)
    html = client.get(post.get_absolute_url()).content.decode()
    link = re.search(r'<p class="prow-name"><a href="([^"]+)"', html)[1]
    assert link.startswith(f"{product.get_absolute_url()}?via=")

    page = client.get(link).content.decode()

    canonical = re.search(r'<link rel="canonical" href="([^"]+)"', page)[1]
    assert canonical == f"http://testserver{product.get_absolute_url()}"
    sheet = client.get(f"/en/buy/{product.public_id}").content.decode()
    assert f'href="{product.get_absolute_url()}"' in sheet


def test_gone_and_sold_out_products_are_said_and_cannot_be_bought(client):
    shop = make_shop()
    gone, sold = make_product(shop, "Gone mug"), make_product(shop, "Sold mug", stock=0)
    post = publish(gone, sold)
    type(gone).objects.filter(pk=gone.pk).update(status="hidden")

    body = client.get(post.get_absolute_url()).content.decode().split("</main>")[0]

    film = body[: body.index("</figure>")]
    assert "Gone mug" not in film
    assert "Sold mug" in film
    assert "Sold out" in film
    assert "?buy=" not in body
    assert "No longer for sale" in body


@pytest.mark.parametrize("number", [1, 10])
def test_a_video_asks_no_more_for_more_products(
    client, number, django_assert_num_queries
):
    shop = make_shop()
    post = publish(*(make_product(shop) for _ in range(number)))

    # post with creator; tags, photos, variants; partner shops
    with django_assert_num_queries(5):
        client.get(post.get_absolute_url())


def test_lists_show_the_cover_with_the_sign_of_a_video(client):
    creator = make_creator("nina")
    publish(creator=creator)
    publish(creator=creator, film=None)

    tab = client.get("/en/@nina?tab=posts").content.decode()

    assert tab.count('class="filmsign"') == 1
    assert "0:06" in tab
    assert "<video" not in tab
    client.force_login(creator.user)
    assert client.get("/create/posts").content.decode().count("filmsign") == 1


def test_a_frame_on_another_site_shows_the_cover_with_the_sign(client):
    html = client.get(
        f"/en/embed/p/{publish().public_id}", follow=True
    ).content.decode()

    assert 'class="filmsign"' in html
    assert "<video" not in html


# --- found and shared -----------------------------------------------------------------------


def test_search_engines_and_other_sites_read_that_it_is_a_video(client):
    post = publish()

    html = client.get(post.get_absolute_url()).content.decode()

    address = f"http://testserver/media/{post.video_path}"
    assert '<meta property="og:type" content="video.other">' in html
    assert f'<meta property="og:video" content="{address}">' in html
    assert '<meta property="og:video:type" content="video/mp4">' in html
    data = json.loads(re.search(r"ld\+json\">(.+?)</script>", html)[1])
    video = data["video"]
    assert video["@type"] == "VideoObject"
    assert video["name"] == "Slow mornings"
    assert video["duration"] == "PT6S"
    assert video["contentUrl"] == address
    assert video["uploadDate"] == AT.isoformat()
    assert len(video["thumbnailUrl"]) == 1


def test_the_map_of_the_site_names_the_video(client):
    post = publish(caption="Mugs & <cups>")

    written = client.get("/sitemap-posts.xml").content.decode()

    assert written.count("<video:video>") == 4
    assert f"<video:content_loc>http://testserver/media/{post.video_path}<" in written
    assert "<video:duration>6</video:duration>" in written
    assert "<video:title>Mugs &amp; &lt;cups&gt;</video:title>" in written
