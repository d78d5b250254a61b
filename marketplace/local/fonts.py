"""`python -m marketplace.local.fonts FOLDER`: two weights of Inter, made small.

A program of its own, since what it imports takes longer to load than all the rest.
"""

import importlib.util
import sys
from pathlib import Path

from fontTools import subset

FONTS = {
    "inter-regular.woff2": "Inter-Regular.woff2",
    "inter-semibold.woff2": "Inter-SemiBold.woff2",
}
_CHARACTERS = (
    *range(0x20, 0x7F),
    # Latin, with the letters of European names (some ranges hold unused ones).
    *range(0xA0, 0x114),
    *range(0x116, 0x12C),
    *(0x12E, 0x12F, 0x130, 0x131, 0x136, 0x137),
    *range(0x139, 0x13F),
    *range(0x141, 0x149),
    *range(0x150, 0x17F),
    *(0x218, 0x219, 0x21A, 0x21B, 0x2BC, 0x2C6, 0x2DA, 0x2DC),
    *(0x2009, 0x202F),  # thin and narrow spaces
    *(0x2010, 0x2011, 0x2013, 0x2014, 0x2018, 0x2019, 0x201A),
    *(0x201C, 0x201D, 0x201E, 0x2020, 0x2022, 0x2026, 0x2030, 0x2032, 0x2033),
    *(0x2039, 0x203A, 0x20AC, 0x2122),
    *(0x2190, 0x2191, 0x2192, 0x2193, 0x2197, 0x21BA, 0x2318),
    *(0x2212, 0x2248, 0x2264, 0x2265, 0x25B6, 0x25CF, 0x2605, 0x2606, 0x2713),
)
# Kerning, ligatures for accents, and figures of one width for sums in columns.
_FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "tnum", "case"]


def make(folder: Path) -> None:
    """Write the fonts that django-unfold ships into the folder, as subsets."""
    found = importlib.util.find_spec("unfold")
    if found is None or found.origin is None:
        sys.exit("The package django-unfold is not installed; use ./run.")
    shipped = Path(found.origin).parent / "static" / "unfold" / "fonts" / "inter"
    for name, source in FONTS.items():
        options = subset.Options(
            flavor="woff2",
            layout_features=_FEATURES,
            hinting=False,
            desubroutinize=True,
            name_IDs=[1, 2, 13, 14],
            notdef_outline=True,
        )
        font = subset.load_font(str(shipped / source), options)
        chosen = subset.Subsetter(options)
        chosen.populate(unicodes=_CHARACTERS)
        chosen.subset(font)
        fresh = folder / f"{name}.new"
        subset.save_font(font, str(fresh), options)
        fresh.replace(folder / name)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
