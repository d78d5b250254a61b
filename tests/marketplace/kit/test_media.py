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
