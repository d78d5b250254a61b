"""From a drawing to pixels: the demo's pictures take the road of every upload."""

import io
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import resvg_py
from PIL import Image

PICTURES = Path(__file__).parent / "pictures"
# The drawings' own width: enough for a phone's full width at twice the density.
WIDTH = 800
JPEG_QUALITY = 92
PROCESSES = 2


def jpeg(name: str, *, width: int = WIDTH) -> bytes:
    """Render the drawing `name` to a JPEG, `width` pixels wide.

    :raises FileNotFoundError: when there is no drawing of this name.
    """
    drawing = (PICTURES / f"{name}.svg").read_text(encoding="utf-8")
    png = bytes(resvg_py.svg_to_bytes(svg_string=drawing, width=width))
    with Image.open(io.BytesIO(png)) as picture:
        out = io.BytesIO()
        picture.convert("RGB").save(out, "JPEG", quality=JPEG_QUALITY)
    return out.getvalue()


def jpegs(wanted: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Render many drawings beside the caller's own work, in the order asked for."""
    if not wanted:
        return
    # New interpreters: a fork would share the caller's database connection.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        yield from zip(wanted, pool.map(jpeg, wanted), strict=True)


def film(name: str) -> bytes:
    """Give the video of the drawing `name`; README.md beside it says how it was made.

    :raises FileNotFoundError: when there is none of this name.
    """
    return (PICTURES / f"{name}.webm").read_bytes()


def names() -> list[str]:
    """Give the names of all drawings."""
    return sorted(path.stem for path in PICTURES.glob("*.svg"))
