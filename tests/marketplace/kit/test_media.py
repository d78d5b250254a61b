import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    default_storage.save("products/a/1.webp", ContentFile(b"RIFF"))
    default_storage.save("products/a/1.html", ContentFile(b"<script>"))
    (tmp_path / "secret.webp").write_bytes(b"secret")


def test_a_picture_is_served_as_a_picture_that_can_do_nothing(client):
    response = client.get("/media/products/a/1.webp")
    assert response.status_code == 200
    assert b"".join(response.streaming_content) == b"RIFF"
    assert response["Content-Type"] == "image/webp"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Content-Disposition"] == 'inline; filename="1.webp"'
    assert "immutable" in response["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "products/a/1.html",
        "products/a/2.webp",
        "products/a",
        "../secret.webp",
        "%2e%2e/secret.webp",
        "products/../../secret.webp",
        "a%00.webp",
        "products/a/1.webp/x.webp",
    ],
)
def test_anything_else_is_not_there(client, path):
    assert client.get(f"/media/{path}").status_code == 404


@pytest.fixture
def film():
    default_storage.save("posts/a/1.mp4", ContentFile(bytes(range(100))))
    return "/media/posts/a/1.mp4"


@pytest.mark.parametrize(
    ("ending", "kind"),
    [
        ("mp4", "video/mp4"),
        ("webm", "video/webm"),
        ("vtt", "text/vtt; charset=utf-8"),
    ],
)
def test_a_video_and_its_captions_are_served_as_what_they_are(client, ending, kind):
    default_storage.save(f"posts/a/2.{ending}", ContentFile(b"<script>"))

    response = client.get(f"/media/posts/a/2.{ending}")

    assert response["Content-Type"] == kind
    assert response["Accept-Ranges"] == "bytes"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-", 0, 99),
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=90-500", 90, 99),
        ("bytes=-7", 93, 99),
        ("bytes=-700", 0, 99),
    ],
)
def test_a_part_of_a_video_is_answered_as_that_part(client, film, asked, first, last):
    response = client.get(film, HTTP_RANGE=asked)

    assert response.status_code == 206
    assert b"".join(response.streaming_content) == bytes(range(first, last + 1))
    assert response["Content-Range"] == f"bytes {first}-{last}/100"
    assert response["Content-Length"] == str(last - first + 1)
    assert response["Content-Type"] == "video/mp4"
    assert "immutable" in response["Cache-Control"]


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=500-600", "bytes=-0"])
def test_a_part_behind_the_end_is_refused_with_the_length(client, film, asked):
    response = client.get(film, HTTP_RANGE=asked)

    assert response.status_code == 416
    assert b"".join(response.streaming_content) == b""
    assert response["Content-Range"] == "bytes */100"
    assert response["Content-Length"] == "0"
    assert "Cache-Control" not in response


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "bytes=-",
        "bytes=5-2",
        "bytes=0-1,4-5",
        "lines=0-1",
        "bytes=a-b",
        "bytes=\u0661-",
    ],
)
def test_what_asks_for_no_single_part_gets_the_whole(client, film, asked):
    response = client.get(film, HTTP_RANGE=asked)

    assert response.status_code == 200
    assert b"".join(response.streaming_content) == bytes(range(100))
    assert response["Content-Length"] == "100"
    assert "Content-Range" not in response
