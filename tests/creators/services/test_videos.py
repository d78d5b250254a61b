from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from PIL import Image

from creators.models import Post, Tag
from creators.services import clips, content, videos
from sellers.services import photos
from tests.factories import clips as make
from tests.factories.creators import AT, make_creator, make_product, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def picture() -> BytesIO:
    file = BytesIO()
    Image.new("RGB", (720, 1280), "#b5341c").save(file, "JPEG")
    file.seek(0)
    return file


def publish(*, video=None, captions=None, **changes):
    film = videos.Film(
        video=video or make.mp4(), captions=captions, captions_language="sv"
    )
    said = {
        "creator": changes.pop("creator", None) or make_creator(),
        "picture": picture(),
        "caption": "Slow mornings",
        "alt": "Hands around a cup",
        "tags": [],
        "at": AT,
        "film": film,
    }
    return content.publish_post(**{**said, **changes})


def files(media):
    return sorted(path.suffix for path in media.rglob("*") if path.is_file())


def test_a_video_is_kept_beside_its_cover_and_its_captions(media):
    product = make_product(make_shop())
    post = publish(captions=BytesIO(make.CAPTIONS), tags=[(product, 500, 500)])

    post.refresh_from_db()
    assert post.is_video
    assert (post.video_type, post.video_ms, post.length) == ("video/mp4", 6200, "0:06")
    assert (post.width, post.height) == (720, 1280)
    assert post.captions_language == "sv"
    assert post.video_path.startswith(f"posts/{post.creator.public_id}/")
    assert post.tags.get().product == product
    with default_storage.open(post.captions_path) as kept:
        assert kept.read() == make.CAPTIONS
    assert files(media) == [".mp4", ".vtt", ".webp", ".webp"]


def test_a_picture_has_no_video():
    post = publish(film=None)

    assert not post.is_video
    assert (post.video_path, post.video_ms, post.captions_path) == ("", None, "")


def test_where_it_was_filmed_is_blanked_and_nothing_else_moves():
    came = make.mp4()
    post = publish(video=came)

    with default_storage.open(post.video_path) as file:
        kept = file.read()
    before = came.getvalue()
    assert make.PLACE in before
    assert make.PLACE not in kept
    assert len(kept) == len(before)
    assert kept.index(b"mdat") == before.index(b"mdat")
    assert kept.endswith(b"moving pictures")
    assert clips.read(file=BytesIO(kept)).ms == 6200


def test_a_webm_is_kept_as_it_came():
    came = make.webm()
    post = publish(video=came)

    assert post.video_type == "video/webm"
    assert post.video_path.endswith(".webm")
    with default_storage.open(post.video_path) as file:
        assert file.read() == came.getvalue()


def test_captions_are_written_with_plain_line_ends_and_no_mark():
    written = b"\xef\xbb\xbfWEBVTT - Nina\r\n\r\n00:00.000 --> 00:02.000\r\nHej\0\r\n"
    post = publish(captions=BytesIO(written))

    with default_storage.open(post.captions_path) as kept:
        assert kept.read() == b"WEBVTT - Nina\n\n00:00.000 --> 00:02.000\nHej\n"


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"1\n00:00:00,000 --> 00:00:02,000\nHej\n",
        b"WEBVTTX\n\n00:00.000 --> 00:02.000\nHej\n",
        b"WEBVTT\n\nHej\n",
        "WEBVTT\n\n00:00.000 --> 00:02.000\nHej".encode("utf-16"),
        b"WEBVTT\n\n00:00.000 --> 00:02.000\n\xff\n",
        b"WEBVTT\n\n00:00.000 --> 00:02.000\n" + b"a" * 300_000,
    ],
)
def test_captions_that_are_none_are_refused_and_nothing_is_kept(media, words):
    with pytest.raises(videos.CaptionsRefused):
        publish(captions=BytesIO(words))

    assert not Post.objects.exists()
    assert files(media) == []


@pytest.mark.parametrize(
    ("video", "problem"),
    [
        (BytesIO(b"%PDF-1.7 not a video"), clips.NotAVideo),
        (make.mp4(codec=b"hvc1"), clips.CodecRefused),
        (make.mp4(width=1920, height=1080), clips.LyingVideo),
    ],
)
def test_a_video_that_is_refused_leaves_no_post_and_no_file(media, video, problem):
    with pytest.raises(problem):
        publish(video=video)

    assert not Post.objects.exists()
    assert files(media) == []


def test_a_video_of_one_byte_too_many_is_refused(media, settings):
    video = make.mp4()
    settings.VIDEO_MAX_BYTES = len(video.getvalue())
    assert publish(video=video).is_video
    settings.VIDEO_MAX_BYTES -= 1

    with pytest.raises(videos.VideoTooLarge) as refused:
        publish(video=make.mp4())

    assert refused.value.status_code == 413
    assert Post.objects.count() == 1
    assert files(media) == [".mp4", ".webp", ".webp"]


def test_a_cover_that_is_no_picture_keeps_no_video(media):
    with pytest.raises(photos.NotAPicture):
        publish(picture=BytesIO(b"<svg/>"))

    assert not Post.objects.exists()
    assert files(media) == []


def test_a_video_post_that_cannot_be_saved_leaves_no_files(media, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("no database")

    monkeypatch.setattr(Tag.objects, "bulk_create", fail)

    with pytest.raises(RuntimeError):
        publish(captions=BytesIO(make.CAPTIONS))

    assert not Post.objects.exists()
    assert files(media) == []


def test_a_storage_that_fails_at_the_captions_keeps_nothing(media, monkeypatch):
    save = default_storage.save

    def fail(name, file):
        if name.endswith(".vtt"):
            raise OSError("full")
        return save(name, file)

    monkeypatch.setattr(default_storage, "save", fail)

    with pytest.raises(OSError, match="full"):
        publish(captions=BytesIO(make.CAPTIONS))

    assert not Post.objects.exists()
    assert files(media) == []


def test_a_removed_video_takes_its_files_along(
    media, django_capture_on_commit_callbacks
):
    post = publish(captions=BytesIO(make.CAPTIONS))

    with django_capture_on_commit_callbacks(execute=True):
        content.remove_post(post=post)

    assert files(media) == []


@pytest.mark.parametrize(
    "half",
    [
        {"video_type": "video/mp4"},
        {"video_path": "a.mp4"},
        {"video_ms": 100},
        {"captions_path": "a.vtt", "captions_language": "sv"},
    ],
)
def test_half_a_video_cannot_be_written(half):
    post = publish(film=None)

    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(pk=post.pk).update(**half)
