"""The picture of a page for sharing: 1200 x 630, made from pictures that are stored
already. No word and no price is drawn into it: both would go stale, and neither could
be read in four languages.
"""

import hashlib
import threading
from collections.abc import Sequence
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, ImageOps

from marketplace.kit import found

MOST_PICTURES = 3
QUALITY = 82
# Wider than this a picture fills the card; narrower ones stand whole in its middle.
WIDE = 1.6
_one_at_a_time = threading.Lock()


def share_card(*, paths: Sequence[str]) -> str:
    """Give the stored path of the JPEG made from one to three stored pictures; made at
    the first asking, and the same for the same pictures ever after.

    :raises OSError: when one of the pictures is gone.
    """
    chosen = list(paths)[:MOST_PICTURES]
    name = hashlib.sha256("\n".join(chosen).encode()).hexdigest()[:24]
    path = f"cards/{name}.jpg"
    if default_storage.exists(path):
        return path
    with _one_at_a_time:
        data = _draw(chosen)
    return default_storage.save(path, ContentFile(data))


def _draw(paths: Sequence[str]) -> bytes:
    pictures = [_open(path) for path in paths]
    card = _alone(pictures[0]) if len(pictures) == 1 else _beside(pictures)
    out = BytesIO()
    card.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue()


def _open(path: str) -> Image.Image:
    with default_storage.open(path) as file, Image.open(file) as picture:
        return picture.convert("RGB")


def _alone(picture: Image.Image) -> Image.Image:
    """Stand a tall picture whole on a ground of its own edges' colour."""
    width, height = found.CARD_SIZE
    if picture.width >= WIDE * picture.height:
        return ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)
    small = ImageOps.contain(picture, (width, height), Image.Resampling.LANCZOS)
    edges = [
        small.crop((left, 0, left + 1, small.height)).resize((1, 1))
        for left in (0, small.width - 1)
    ]
    # One colour to each side, so that a lit wall goes on as it ends.
    card = Image.new("RGB", (width, height))
    for edge, box in zip(edges, _halves(width, height), strict=True):
        card.paste(edge.resize((box[2] - box[0], height)), box)
    card.paste(small, ((width - small.width) // 2, (height - small.height) // 2))
    return card


def _halves(width: int, height: int) -> list[tuple[int, int, int, int]]:
    return [(0, 0, width // 2, height), (width // 2, 0, width, height)]


def _beside(pictures: Sequence[Image.Image]) -> Image.Image:
    """Fill the card with pictures side by side."""
    width, height = found.CARD_SIZE
    each = width // len(pictures)
    card = Image.new("RGB", (width, height))
    for place, picture in enumerate(pictures):
        fitted = ImageOps.fit(picture, (each, height), Image.Resampling.LANCZOS)
        card.paste(fitted, (place * each, 0))
    return card
