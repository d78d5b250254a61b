"""Captions may come after the video, be others, or go; their files follow."""

from io import BytesIO

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from creators.models import Post
from creators.services import content, videos
from marketplace.kit import clock
from tests.factories import clips as make
from tests.factories.creators import make_creator

# `on_commit` removes the old files.
pytestmark = pytest.mark.django_db(transaction=True)
OTHER = b"WEBVTT\n\n00:00.000 --> 00:01.000\nLinne.\n"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    cache.clear()
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def creator(client):
    made = make_creator("nina")
    client.force_login(made.user)
    return made


@pytest.fixture
def post(creator):
    """A video without captions."""
    cover = BytesIO()
    Image.new("RGB", (720, 1280), "#0b6e45").save(cover, "JPEG")
    cover.seek(0)
    return content.publish_post(
        creator=creator,
        picture=cover,
        caption="Slow mornings",
        alt="Hands around a cup",
        tags=[],
        at=clock.now(),
        film=videos.Film(video=make.mp4()),
    )


def save(client, post, **changes):
    typed = {"alt": post.alt, "caption": post.caption, "captions_language": "sv"}
    return client.post(f"/create/posts/{post.public_id}", typed | changes)


def file(words=make.CAPTIONS):
    return SimpleUploadedFile("a.vtt", words, "text/vtt")


def kept(media):
    """What is written in each captions file there is."""
    return [path.read_bytes() for path in media.rglob("*.vtt")]


def captions_of(post):
    found = Post.objects.get(pk=post.pk)
    return bool(found.captions_path), found.captions_language


def test_captions_are_added_to_a_video_that_is_out(client, post, media):
    before = client.get(f"/create/posts/{post.public_id}").content.decode()
    assert "None yet" in before
    assert "Remove the captions it has" not in before

    answer = save(client, post, captions=file())

    assert answer.status_code == 302
    assert captions_of(post) == (True, "sv")
    assert kept(media) == [make.CAPTIONS]
    html = client.get(post.get_absolute_url()).content.decode()
    assert 'kind="captions"' in html
    assert 'srclang="sv" label="Svenska"' in html


def test_others_take_their_place_and_the_old_file_goes(client, post, media):
    save(client, post, captions=file())
    first = Post.objects.get(pk=post.pk).captions_path

    save(client, post, captions=file(OTHER), captions_language="en")

    assert captions_of(post) == (True, "en")
    assert Post.objects.get(pk=post.pk).captions_path != first
    assert kept(media) == [OTHER]


def test_they_are_removed_and_their_file_goes(client, post, media):
    save(client, post, captions=file())

    save(client, post, drops_captions="on")

    assert captions_of(post) == (False, "")
    assert kept(media) == []
    assert "None yet" in client.get(f"/create/posts/{post.public_id}").content.decode()


def test_words_alone_leave_the_captions_as_they_are(client, post, media):
    save(client, post, captions=file())

    save(client, post, caption="Other words", captions_language="en")

    assert Post.objects.get(pk=post.pk).caption == "Other words"
    assert captions_of(post) == (True, "sv")
    assert kept(media) == [make.CAPTIONS]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"captions": file(b"1\n00:00")}, "captions in WebVTT"),
        ({"captions": file(b"WEBVTT\n" + b" " * 300_000)}, "captions in WebVTT"),
        ({"captions": file(b"\xff\xfe")}, "captions in WebVTT"),
        ({"captions": file(), "captions_language": "xx"}, "Select a valid choice"),
        ({"captions": file(OTHER), "drops_captions": "on"}, "Either others or none"),
        ({"captions": file(OTHER), "alt": " "}, "This field is required"),
    ],
)
def test_what_is_refused_changes_nothing(client, post, media, changes, words):
    save(client, post, captions=file())

    answer = save(client, post, **{"caption": "Other words"} | changes)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert captions_of(post) == (True, "sv")
    assert Post.objects.get(pk=post.pk).caption == "Slow mornings"
    assert kept(media) == [make.CAPTIONS]


def test_thirty_files_an_hour_and_no_more(client, post, media):
    answers = [save(client, post, captions=file()).status_code for _ in range(31)]

    assert answers == [302] * 30 + [422]
    assert kept(media) == [make.CAPTIONS]


def test_nobody_else_gives_a_video_captions(post, media):
    other = Client()
    other.force_login(make_creator("zoe").user)

    assert save(other, post, captions=file()).status_code == 404
    assert captions_of(post) == (False, "")
    assert kept(media) == []
