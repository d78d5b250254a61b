"""Pages travel compressed to who can read that; files and parts of files as they are."""

import gzip

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.test import RequestFactory

from marketplace.kit.compressing import CompressedPages

WORDS = "Buy this cup. " * 500


def sent(content_type, *, accepts="gzip, br", body=WORDS):
    request = RequestFactory().get("/", HTTP_ACCEPT_ENCODING=accepts)
    answer = HttpResponse(body, content_type=content_type)
    return CompressedPages(lambda _request: answer)(request)


@pytest.mark.parametrize(
    "kind",
    [
        "text/html; charset=utf-8",
        "text/css",
        "application/json",
        "application/manifest+json",
        "application/xml",
    ],
)
def test_words_are_compressed_and_say_so(kind):
    answer = sent(kind)

    assert answer["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer["Vary"]
    assert len(answer.content) < len(WORDS) / 10
    assert gzip.decompress(answer.content).decode() == WORDS


@pytest.mark.parametrize(
    ("kind", "accepts"),
    [("image/webp", "gzip"), ("video/mp4", "gzip"), ("text/html", "identity")],
)
def test_what_is_small_already_or_cannot_be_read_stays(kind, accepts):
    answer = sent(kind, accepts=accepts)

    assert "Content-Encoding" not in answer
    assert answer.content.decode() == WORDS


def test_its_length_differs_from_time_to_time_so_that_it_tells_nothing():
    assert len({len(sent("text/html").content) for _ in range(50)}) > 5


@pytest.mark.django_db
def test_a_page_of_ours_is_compressed(client):
    answer = client.get("/en/", headers={"Accept-Encoding": "gzip"})

    assert answer["Content-Encoding"] == "gzip"
    assert "<!doctype html>" in gzip.decompress(answer.content).decode().lower()


def test_a_part_of_a_video_is_that_part(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    default_storage.save("videos/a.mp4", ContentFile(bytes(range(256)) * 40))
    answer = client.get(
        "/media/videos/a.mp4",
        headers={"Accept-Encoding": "gzip", "Range": "bytes=256-511"},
    )

    assert (answer.status_code, "Content-Encoding" in answer) == (206, False)
    assert b"".join(answer.streaming_content) == bytes(range(256))
