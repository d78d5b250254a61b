"""Pictures: what people upload, turned into files we are ready to serve.

Nothing that came in is stored: pixels are decoded, turned upright, and encoded anew as
WebP in a few widths, under names of our own. Memory is bounded before a single pixel is
decoded: the bytes are counted, and the header says how large the picture would be.
"""

import secrets
import threading
from collections.abc import Sequence
from contextlib import suppress
from io import BytesIO
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image

from marketplace.kit.errors import MarketplaceError
from sellers.models import Photo, Product

WIDTHS = (400, 800, 1200)
MOST_PHOTOS = 10
# JPEG and the like; no SVG (it can carry script), no GIF or TIFF (they carry frames).
FORMATS = ("JPEG", "PNG", "WEBP", "MPO")
# Decoders hold more than the pixels; a side as long as this is a bomb or a mistake.
LONGEST_SIDE = 20_000
SHORTEST_SIDE = 100
# A strip of 1:50 is no picture of a thing and would make renditions of no height.
STRONGEST_RATIO = 10
QUALITY = 80
# What one picture may hold while it is decoded; one at a time in a process.
DECODING_BYTES = 160_000_000
_one_at_a_time = threading.Lock()
ORIENTATION_TAG = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
LYING = {TURNS[key] for key in (5, 6, 7, 8)}

Rendition = dict[str, Any]


class NotAPicture(MarketplaceError):
    """The file is no picture we can read."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This file is not a JPEG, PNG or WebP picture that we can read."
                " Nothing was added; choose another."
            )
        )


class PictureTooLarge(MarketplaceError):
    """The file has too many bytes or would have too many pixels."""

    status_code = 413

    def __init__(self) -> None:
        super().__init__(
            _(
                "This picture is too large: at most %(megabytes)d MB, and %(pixels)d"
                " million pixels as a JPEG. Nothing was added; choose a smaller one."
            )
            % {
                "megabytes": settings.PHOTO_MAX_BYTES // 1024**2,
                "pixels": settings.PHOTO_MAX_PIXELS // 1_000_000,
            }
        )


class PictureTooSmall(MarketplaceError):
    """The picture is too small or too narrow to show."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This picture is too small: each side needs 100 pixels and none more"
                " than ten times the other. Nothing was added."
            )
        )


class TooManyPhotos(MarketplaceError):
    """The product has as many photos as it can."""

    status_code = 409

    def __init__(self) -> None:
        super().__init__(_("A product has at most 10 photos. Remove one first."))


class LastPhoto(MarketplaceError):
    """The last photo of a live product."""

    status_code = 409

    def __init__(self) -> None:
        super().__init__(
            _("A live product keeps one photo. Add another first, or hide the product.")
        )


def render(
    *, file: BinaryIO, folder: str, widths: Sequence[int] = WIDTHS
) -> list[Rendition]:
    """Write a picture's renditions into the media storage and describe them, smallest
    first: `{"width": 400, "height": 500, "path": "folder/….webp"}`. A picture is never
    blown up: one narrower than a width ends with its own.

    All files are written or none: they are written once all are encoded. Whoever calls
    this inside a transaction that fails has to `remove` them.

    :raises NotAPicture: for anything that is none, or is broken, or moves.
    :raises PictureTooLarge: for too many bytes or pixels, before they are decoded.
    :raises PictureTooSmall: for less than 100 pixels, or a strip.
    """
    with _open(file) as picture:
        encoded = _encode(picture, widths)
    name = secrets.token_hex(12)
    written: list[Rendition] = []
    try:
        for width, height, data in encoded:
            path = f"{folder.strip('/')}/{name}-{width}.webp"
            path = default_storage.save(path, ContentFile(data))
            written.append({"width": width, "height": height, "path": path})
    except BaseException:
        remove(renditions=written)
        raise
    return written


def remove(*, renditions: Sequence[Rendition]) -> None:
    """Delete the files of renditions; one that is gone already is no matter."""
    for rendition in renditions:
        with suppress(OSError):
            default_storage.delete(str(rendition["path"]))


def add_photo(*, product: Product, file: BinaryIO, alt: str) -> Photo:
    """Add a photo to a product, after the others.

    :raises TooManyPhotos: when it has ten.
    :raises NotAPicture: see `render`.
    :raises PictureTooLarge: see `render`.
    :raises PictureTooSmall: see `render`.
    """
    if product.photos.count() >= MOST_PHOTOS:
        raise TooManyPhotos
    renditions = render(file=file, folder=f"products/{product.public_id}")
    try:
        with transaction.atomic():
            Product.objects.select_for_update(no_key=True).get(pk=product.pk)
            positions = list(product.photos.values_list("position", flat=True))
            if len(positions) >= MOST_PHOTOS:
                raise TooManyPhotos
            return Photo.objects.create(
                product=product,
                position=max(positions, default=-1) + 1,
                alt=" ".join(alt.split())[:200],
                width=renditions[-1]["width"],
                height=renditions[-1]["height"],
                renditions=renditions,
            )
    except BaseException:
        remove(renditions=renditions)
        raise


def remove_photo(*, photo: Photo) -> None:
    """Take a photo away, with its files once that is certain.

    :raises LastPhoto: when it is the only one of a live product.
    """
    with transaction.atomic():
        product = Product.objects.select_for_update(no_key=True).get(
            pk=photo.product_id
        )
        if product.is_live and product.photos.count() == 1:
            raise LastPhoto
        renditions = photo.renditions
        photo.delete()
        transaction.on_commit(lambda: remove(renditions=renditions), robust=True)


def make_cover(*, photo: Photo) -> None:
    """Put a photo first; the others keep their order."""
    with transaction.atomic():
        Product.objects.select_for_update(no_key=True).get(pk=photo.product_id)
        others = Photo.objects.filter(product=photo.product_id)
        in_order = [photo, *others.exclude(pk=photo.pk).order_by("position")]
        # Positions are unique: step aside first, then into place.
        free = max(row.position for row in in_order) + 1
        for offset in (free, 0):
            for place, row in enumerate(in_order):
                row.position = offset + place
                row.save(update_fields=["position"])


def describe(*, photo: Photo, alt: str) -> None:
    """Set the words for those who cannot see the photo."""
    photo.alt = " ".join(alt.split())[:200]
    photo.save(update_fields=["alt"])


def _open(file: BinaryIO) -> Image.Image:
    """Read the header and judge by it; no pixel is decoded here."""
    data = file.read(settings.PHOTO_MAX_BYTES + 1)
    if len(data) > settings.PHOTO_MAX_BYTES:
        raise PictureTooLarge
    try:
        picture = Image.open(BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError:
        raise PictureTooLarge from None
    except Exception:
        raise NotAPicture from None
    try:
        _judge(picture)
    except MarketplaceError:
        picture.close()
        raise
    return picture


def _judge(picture: Image.Image) -> None:
    short, long = sorted(picture.size)
    if (
        short * long > settings.PHOTO_MAX_PIXELS
        or long > LONGEST_SIDE
        or _decoding_bytes(picture) > DECODING_BYTES
    ):
        raise PictureTooLarge
    # A phone's JPEG may hold a second, hidden picture (MPO); a moving one is refused.
    if picture.format != "MPO" and getattr(picture, "n_frames", 1) > 1:
        raise NotAPicture
    if short < SHORTEST_SIDE or long > STRONGEST_RATIO * short:
        raise PictureTooSmall


def _decoding_bytes(picture: Image.Image) -> int:
    """Estimate what decoding will hold: Pillow keeps colour in 4 bytes a pixel, WebP
    keeps two canvases beside, a progressive JPEG all its coefficients, a palette is
    turned into colour. A plain JPEG is decoded at a fraction of its size.
    """
    if picture.format == "WEBP":
        per_pixel = 12
    elif picture.format != "PNG":
        per_pixel = 6 if picture.info.get("progressive") else 1
    else:
        per_pixel = {"1": 2, "L": 2, "RGB": 4, "RGBA": 4}.get(picture.mode, 6)
    return picture.width * picture.height * per_pixel


def _encode(
    picture: Image.Image, widths: Sequence[int]
) -> list[tuple[int, int, bytes]]:
    """Decode once, and encode each width without metadata."""
    try:
        with _one_at_a_time:
            pixels = _upright(picture, max(widths))
    except Exception:
        # Pillow raises OSError, SyntaxError, struct.error and more for broken files.
        raise NotAPicture from None
    return [_at_width(pixels, width) for width in _fitting(pixels.width, widths)]


def _upright(picture: Image.Image, largest: int) -> Image.Image:
    """Decode, shrink to the largest width needed, and turn the right way up."""
    # The short side decides, for the picture may lie on its side.
    scale = largest / min(picture.size)
    picture.draft("RGB", (round(picture.width * scale), round(picture.height * scale)))
    picture.load()
    turn = TURNS.get(_orientation(picture))
    seen_through = "A" in picture.getbands() or "transparency" in picture.info
    mode = "RGBA" if seen_through else "RGB"
    pixels = picture if picture.mode == mode else picture.convert(mode)
    own = pixels.height if turn in LYING else pixels.width
    if own > largest:
        size = (
            max(1, round(pixels.width * largest / own)),
            max(1, round(pixels.height * largest / own)),
        )
        pixels = pixels.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return pixels if turn is None else pixels.transpose(turn)


def _orientation(picture: Image.Image) -> int:
    try:
        return int(picture.getexif().get(ORIENTATION_TAG, 1))
    except Exception:  # a broken EXIF block says nothing; the picture may still be good
        return 1


def _fitting(own: int, widths: Sequence[int]) -> list[int]:
    """Keep the widths a picture can fill; a smaller one ends with its own."""
    kept = [width for width in sorted(widths) if width <= own]
    return kept if len(kept) == len(widths) else sorted({*kept, own})


def _at_width(pixels: Image.Image, width: int) -> tuple[int, int, bytes]:
    height = max(1, round(pixels.height * width / pixels.width))
    small = pixels.resize((width, height), Image.Resampling.LANCZOS)
    # A fresh picture: what Pillow carries along in `info` (profile, EXIF) stays behind.
    bare = Image.new(small.mode, small.size)
    bare.paste(small)
    out = BytesIO()
    bare.save(out, "WEBP", quality=QUALITY, method=4)
    return width, height, out.getvalue()
