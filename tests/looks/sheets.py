"""Contact sheets: many pictures on one, to look through hundreds of page states fast.
What is taller than a cell goes on in the next one.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from PIL import Image, ImageDraw

# Of a picture's width: how many stand side by side, how wide, and how tall a piece is.
KINDS = {360: (6, 270, 1000), 1280: (3, 540, 1400)}
ROWS = 2
GAP, CAPTION = 12, 16
GROUND, WORDS = "#8a8a8a", "#000000"


def write(files: Iterable[Path], folder: Path, name: str) -> list[Path]:
    """Lay pictures of one width out on sheets of 12 or 6; gives the sheets' files."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"{name}-*.png"):
        old.unlink()
    pieces = list(_pieces(files))
    if not pieces:
        return []
    across = KINDS[_kind(pieces[0][1].width)][0]
    made = []
    for number, start in enumerate(range(0, len(pieces), across * ROWS), start=1):
        file = folder / f"{name}-{number:02d}.png"
        _sheet(pieces[start : start + across * ROWS], across).save(file)
        made.append(file)
    return made


def _kind(width: int) -> int:
    return min(KINDS, key=lambda one: abs(KINDS[one][1] - width))


def _pieces(files: Iterable[Path]) -> Iterator[tuple[str, Image.Image]]:
    for file in files:
        with Image.open(file) as opened:
            picture = opened.convert("RGB")
        _across, width, tall = KINDS[picture.width]
        called = file.stem.rsplit("-", 3)[0]
        for top in range(0, picture.height, tall):
            bottom = min(top + tall, picture.height)
            if top and bottom - top < 40:
                continue
            piece = picture.crop((0, top, picture.width, bottom))
            height = max(1, round(piece.height * width / piece.width))
            part = f" +{top // tall}" if top else ""
            yield called + part, piece.resize((width, height), Image.Resampling.LANCZOS)


def _sheet(pieces: list[tuple[str, Image.Image]], across: int) -> Image.Image:
    width = pieces[0][1].width
    rows = [pieces[at : at + across] for at in range(0, len(pieces), across)]
    heights = [max(one.height for _name, one in row) for row in rows]
    sheet = Image.new(
        "RGB",
        (
            across * (width + GAP) + GAP,
            sum(height + CAPTION + GAP for height in heights) + GAP,
        ),
        GROUND,
    )
    brush = ImageDraw.Draw(sheet)
    top = GAP
    for row, height in zip(rows, heights, strict=True):
        for number, (name, piece) in enumerate(row):
            left = GAP + number * (width + GAP)
            brush.text((left, top), name, fill=WORDS)
            sheet.paste(piece, (left, top + CAPTION))
        top += height + CAPTION + GAP
    return sheet
