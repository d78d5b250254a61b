"""From a drawing to pixels: the demo's pictures take the road of every upload."""

import io
from pathlib import Path

import resvg_py
from PIL import Image

PICTURES = Path(__file__).parent / "pictures"
WIDTH = 1000
JPEG_QUALITY = 92


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


def names() -> list[str]:
    """Give the names of all drawings."""
    return sorted(path.stem for path in PICTURES.glob("*.svg"))
