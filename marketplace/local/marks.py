"""`python -m marketplace.local.marks FOLDER`: our mark in the sizes that phones, tabs and
other sites ask for, drawn from the one `icon.svg`.
"""

import re
import sys
from pathlib import Path

import resvg_py

SOURCE = Path("marketplace/static/icon.svg")
SIZES = (48, 180, 192, 512)
INK, PAPER = "#17191d", "#f7f5f1"
CARD = (1200, 630)


def make(root: Path, folder: Path) -> None:
    """Write the pictures of our mark into the folder."""
    drawing = (root / SOURCE).read_text(encoding="utf-8")
    for size in SIZES:
        _write(folder / f"icon-{size}.png", drawing, size)
    # A phone cuts its own shape: the mark stands smaller, on ink to every edge.
    _write(folder / "icon-maskable-512.png", _framed(drawing, (32, 32), 24, INK), 512)
    _write(folder / "share.png", _framed(drawing, (120, 63), 27, PAPER), CARD[0])


def _framed(drawing: str, box: tuple[int, int], side: int, ground: str) -> str:
    """Put the mark into the middle of a ground; `side` of the box's own units."""
    inner = re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", drawing, flags=re.DOTALL)
    left, top = ((edge - side) / 2 for edge in box)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {box[0]} {box[1]}">'
        f'<rect width="{box[0]}" height="{box[1]}" fill="{ground}"/>'
        f'<g transform="translate({left} {top}) scale({side / 32})">{inner}</g></svg>'
    )


def _write(path: Path, drawing: str, width: int) -> None:
    fresh = path.with_suffix(".new.png")
    fresh.write_bytes(bytes(resvg_py.svg_to_bytes(svg_string=drawing, width=width)))
    fresh.replace(path)


if __name__ == "__main__":
    make(Path.cwd(), Path(sys.argv[1]))
