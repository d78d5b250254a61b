"""Uploads: what is refused leaves nothing, what is kept carries nothing along."""

import io
import os
import subprocess
import sys
import textwrap
import zlib
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from sellers.models import Photo
from sellers.services import photos
from tests.factories import sellers as make

pytestmark = pytest.mark.django_db
GPS_MARK = b"Exif"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def files(media: Path) -> list[str]:
    return sorted(p.relative_to(media).as_posix() for p in media.rglob("*.*"))


def picture(width=1600, height=2000, kind="JPEG", mode="RGB", colour=None, **options):
    out = io.BytesIO()
    Image.new(mode, (width, height), colour or 0).save(out, kind, **options)
    return out.getvalue()


def add(data: bytes, product=None, alt="A cup"):
    return photos.add_photo(
        product=product or make.product(is_live=False), file=io.BytesIO(data), alt=alt
    )


def open_rendition(rendition):
    with default_storage.open(rendition["path"]) as file:
        shown = Image.open(io.BytesIO(file.read()))
        shown.load()
        return shown


class TestRenditions:
    def test_a_photo_becomes_three_webp_files_that_keep_its_ratio(self, media):
        photo = add(picture(1600, 2000), alt="  A   cup ")
        assert [(r["width"], r["height"]) for r in photo.renditions] == [
            (400, 500),
            (800, 1000),
            (1200, 1500),
        ]
        assert (photo.width, photo.height, photo.alt) == (1200, 1500, "A cup")
        assert len(files(media)) == 3
        for rendition in photo.renditions:
            shown = open_rendition(rendition)
            assert shown.format == "WEBP"
            assert shown.size == (rendition["width"], rendition["height"])

    @pytest.mark.parametrize(
        ("width", "widths"),
        [(300, [300]), (400, [400]), (600, [400, 600]), (1000, [400, 800, 1000])],
    )
    def test_a_small_picture_is_not_blown_up(self, width, widths):
        photo = add(picture(width, 500))
        assert [r["width"] for r in photo.renditions] == widths

    @pytest.mark.parametrize(
        ("kind", "mode"),
        [
            ("PNG", "RGBA"),
            ("PNG", "P"),
            ("PNG", "1"),
            ("PNG", "LA"),
            ("PNG", "I;16"),
            ("WEBP", "RGB"),
            ("JPEG", "L"),
            ("JPEG", "CMYK"),
        ],
    )
    def test_every_kind_of_pixels_is_read(self, kind, mode):
        photo = add(picture(500, 500, kind=kind, mode=mode))
        assert [r["width"] for r in photo.renditions] == [400, 500]

    def test_what_is_see_through_stays_so(self):
        data = picture(500, 500, kind="PNG", mode="RGBA", colour=(0, 0, 0, 0))
        shown = open_rendition(add(data).renditions[0])
        assert shown.mode == "RGBA"
        assert shown.getpixel((10, 10))[3] == 0

    def test_photos_follow_each_other(self):
        product = make.product(is_live=False)
        placed = [add(picture(400, 500), product).position for _ in range(3)]
        assert placed == [0, 1, 2]


class TestWhatIsLeftBehind:
    def with_exif(self, orientation=1):
        exif = Image.Exif()
        exif[photos.ORIENTATION_TAG] = orientation
        exif[0x010E] = "secret-description"
        gps = exif.get_ifd(0x8825)
        gps[1], gps[2] = "N", (59.0, 19.0, 46.0)
        out = io.BytesIO()
        upper = Image.new("RGB", (600, 400), "red")
        upper.paste("blue", (0, 200, 600, 400))
        upper.save(out, "JPEG", exif=exif, comment=b"secret-comment", quality=95)
        return out.getvalue()

    def test_place_and_words_are_in_the_upload_and_not_in_what_is_served(self, media):
        data = self.with_exif()
        assert GPS_MARK in data
        assert b"secret-comment" in data
        add(data)
        for name in files(media):
            served = (media / name).read_bytes()
            assert b"secret" not in served
            assert b"EXIF" not in served
            assert not Image.open(io.BytesIO(served)).getexif()

    def test_a_picture_on_its_side_is_turned_before_its_mark_is_dropped(self):
        shown = open_rendition(add(self.with_exif(6)).renditions[0])
        assert shown.size == (400, 600)
        left, right = shown.getpixel((30, 300)), shown.getpixel((370, 300))
        assert left[2] > 200 > left[0]  # what was below is at the left now
        assert right[0] > 200 > right[2]

    @pytest.mark.parametrize(
        "smuggled",
        [
            b"<?php system($_GET['c']); ?>",
            b"<script>alert(1)</script>",
            b"PK\x03\x04JAR",
        ],
    )
    def test_what_hides_behind_the_pixels_is_gone(self, media, smuggled):
        add(picture(500, 500) + smuggled)
        assert all(smuggled not in (media / name).read_bytes() for name in files(media))

    @pytest.mark.parametrize(
        "name", ["../../etc/passwd", "a\x00.jpg", "con.jpg", "a.jpg.html", "x" * 300]
    )
    def test_the_name_that_came_with_a_file_is_never_used(self, media, name):
        file = io.BytesIO(picture(500, 500))
        file.name = name
        product = make.product(is_live=False)
        photos.add_photo(product=product, file=file, alt="")
        for stored in files(media):
            folder, _, end = stored.rpartition("/")
            assert folder == f"products/{product.public_id}"
            assert end.endswith(".webp")
            assert end[:24].isalnum()


def gif(frames):
    out = io.BytesIO()
    first, *rest = (Image.new("P", (200, 200), n % 250) for n in range(frames))
    first.save(out, "GIF", save_all=True, append_images=rest)
    return out.getvalue()


def moving(kind):
    out = io.BytesIO()
    rest = [Image.new("RGB", (200, 200), "blue")] * 3
    Image.new("RGB", (200, 200)).save(out, kind, save_all=True, append_images=rest)
    return out.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
NOT_PICTURES = {
    "nothing": lambda: b"",
    "text": lambda: b"hello" * 100,
    "page called a picture": lambda: b"<!doctype html><script>alert(1)</script>",
    "drawing with script": lambda: SVG,
    "zip": lambda: b"PK\x03\x04" + b"\0" * 200,
    "gif": lambda: gif(1),
    "gif of many frames": lambda: gif(300),
    "moving webp": lambda: moving("WEBP"),
    "moving png": lambda: moving("PNG"),
    "tiff": lambda: picture(200, 200, kind="TIFF"),
    "bmp": lambda: picture(200, 200, kind="BMP"),
    "only the head of a jpeg": lambda: picture(500, 500)[:200],
    "half a jpeg": lambda: picture(900, 900, quality=95)[:-2000],
    "half a png": lambda: picture(500, 500, kind="PNG")[:-60],
    "half a webp": lambda: picture(500, 500, kind="WEBP")[:-20],
    "damaged png": lambda: picture(500, 500, kind="PNG").replace(b"IDAT", b"IDAX", 1),
}


class TestRefusals:
    @pytest.mark.parametrize("what", NOT_PICTURES)
    def test_what_is_no_picture_leaves_no_row_and_no_file(self, media, what):
        with pytest.raises(photos.NotAPicture):
            add(NOT_PICTURES[what]())
        assert Photo.objects.count() == 0
        assert files(media) == []

    def test_too_many_bytes_are_not_read_to_the_end(self, media, settings):
        settings.PHOTO_MAX_BYTES = 1000
        file = io.BytesIO(b"\xff" * 5000)
        with pytest.raises(photos.PictureTooLarge) as refused:
            photos.add_photo(product=make.product(is_live=False), file=file, alt="")
        assert refused.value.status_code == 413
        assert file.tell() == 1001
        assert Photo.objects.count() == 0
        assert files(media) == []

    @pytest.mark.parametrize(
        "size", [(20_001, 200), (8000, 5001), (65_000, 65_000), (2**31 - 1, 2**31 - 1)]
    )
    def test_a_header_that_promises_too_many_pixels_is_enough(self, media, size):
        with pytest.raises(photos.PictureTooLarge):
            add(png_header(*size))
        assert files(media) == []

    def test_a_format_that_needs_more_memory_may_have_fewer_pixels(self):
        with pytest.raises(photos.PictureTooLarge):
            add(picture(4000, 4000, kind="WEBP"))
        with pytest.raises(photos.PictureTooLarge):
            add(picture(6000, 5000, progressive=True))
        assert add(picture(6000, 5000)).renditions[-1]["width"] == 1200

    @pytest.mark.parametrize("size", [(99, 400), (400, 99), (150, 1501)])
    def test_a_speck_or_a_strip_is_refused(self, media, size):
        with pytest.raises(photos.PictureTooSmall):
            add(picture(*size))
        assert files(media) == []

    def test_the_eleventh_photo_is_refused_before_it_is_decoded(self, media):
        product = make.product(is_live=False)
        for position in range(10):
            make.photo(product, position=position)
        with pytest.raises(photos.TooManyPhotos):
            add(picture(), product)
        assert product.photos.count() == 10
        assert files(media) == []

    def test_files_go_when_the_row_fails(self, media, monkeypatch):
        product = make.product(is_live=False)
        product.pk += 1_000_000  # nobody's
        with pytest.raises(make.Product.DoesNotExist):
            add(picture(), product)
        assert files(media) == []

    def test_files_go_when_one_of_them_cannot_be_written(self, media, monkeypatch):
        save, written = default_storage.save, []

        def full_disk(name, content):
            if written:
                raise OSError("No space left on device")
            written.append(name)
            return save(name, content)

        monkeypatch.setattr(default_storage, "save", full_disk)
        with pytest.raises(OSError, match="No space"):
            add(picture())
        assert len(written) == 1
        assert files(media) == []
        assert Photo.objects.count() == 0


class TestOrderAndRemoval:
    def test_a_photo_becomes_the_cover_and_the_others_keep_their_order(self):
        product = make.product(is_live=False)
        first, second, third = (make.photo(product, position=n) for n in range(3))
        photos.make_cover(photo=third)
        ordered = product.photos.order_by("position")
        assert list(ordered) == [third, first, second]
        assert [photo.position for photo in ordered] == [0, 1, 2]

    def test_a_removed_photo_takes_its_files_along_once_that_is_certain(
        self, media, django_capture_on_commit_callbacks
    ):
        photo = add(picture())
        with django_capture_on_commit_callbacks(execute=False) as after:
            photos.remove_photo(photo=photo)
        assert Photo.objects.count() == 0
        assert len(files(media)) == 3
        for callback in after:
            callback()
        assert files(media) == []

    def test_a_live_product_keeps_its_last_photo(self, media):
        photo = make.product().photos.get()
        with pytest.raises(photos.LastPhoto):
            photos.remove_photo(photo=photo)
        assert Photo.objects.count() == 1


def chunk(kind, body):
    crc = zlib.crc32(kind + body)
    return len(body).to_bytes(4) + kind + body + crc.to_bytes(4)


def png_header(width, height, depth=1):
    head = width.to_bytes(4) + height.to_bytes(4) + bytes([depth, 0, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"")


def test_a_bomb_is_refused_in_bounded_memory_and_time(tmp_path):
    """20,000 × 20,000 pixels of one bit pack into 50 KB. A process of its own tells
    how much memory each of the two ways took: decoding it, and refusing it.
    """
    row = b"\0" + b"\0" * 2500
    packed = zlib.compress(row * 20_000, 9)
    bomb = png_header(20_000, 20_000).removesuffix(chunk(b"IDAT", b""))
    bomb += chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    assert len(bomb) < 100_000
    (tmp_path / "bomb.png").write_bytes(bomb)
    script = """
        import io, resource, sys, time, warnings
        import django; django.setup()
        from PIL import Image
        from sellers.services import photos
        warnings.simplefilter("ignore")
        data = open(sys.argv[1], "rb").read()
        before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
        if sys.argv[2] == "decode":
            Image.MAX_IMAGE_PIXELS = None
            Image.open(io.BytesIO(data)).convert("L")
        else:
            try:
                photos.render(file=io.BytesIO(data), folder="x")
            except photos.PictureTooLarge:
                pass
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        sys.stdout.write(f"{(after - before) // 1024} {time.monotonic() - start}")
    """

    def grown(way):
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script), tmp_path / "bomb.png", way],
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
            capture_output=True,
            text=True,
            check=True,
        )
        megabytes, seconds = done.stdout.split()
        return int(megabytes), float(seconds)

    harm, _ = grown("decode")
    assert harm > 200
    megabytes, seconds = grown("refuse")
    assert megabytes < 20
    assert seconds < 2
