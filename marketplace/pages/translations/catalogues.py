"""Read, write, merge and compile the catalogues below `locale/`."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings

BEGAN = datetime(2026, 11, 21, tzinfo=UTC)
HEADER = "# The platform's words. How to translate them: docs/translations.md."


def languages() -> list[str]:
    """Give the languages that need a catalogue: all but the source."""
    return [code for code, _name in settings.LANGUAGES if code != "en"]


def path_of(language: str, *, root: Path) -> Path:
    """Give the place of a language's catalogue."""
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


def read(language: str, *, root: Path) -> Catalog:
    """Read a language's catalogue; an empty one where there is none yet."""
    path = path_of(language, root=root)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language, charset="utf-8")


def merge(language: str, template: Catalog, *, root: Path) -> Catalog:
    """Bring a catalogue to what the code says: translations are kept, dead ones go.

    What only resembles an older string gets its translation marked fuzzy, which counts
    as missing until a person has looked.
    """
    kept = read(language, root=root)
    kept.update(template)
    kept.obsolete.clear()
    _settle_header(kept)
    path = path_of(language, root=root)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _replacing(path) as file:
        write(file, kept)
    return kept


def write(file: IO[bytes], catalogue: Catalog) -> None:
    """Write a catalogue: by file, without line numbers, which change all the time."""
    write_po(
        file,
        catalogue,
        width=88,
        sort_by_file=True,
        include_lineno=False,
        ignore_obsolete=True,
    )


def _settle_header(catalogue: Catalog) -> None:
    """Say what a tool for translators asks, and no hour that changes at each run."""
    catalogue.header_comment = HEADER
    catalogue.fuzzy = False
    catalogue.project, catalogue.version = "marketplace", "1"
    catalogue.msgid_bugs_address = catalogue.last_translator = ""
    catalogue.language_team = ""
    catalogue.creation_date = catalogue.revision_date = BEGAN


def is_stale(language: str, *, root: Path) -> bool:
    """Say whether the compiled catalogue lacks what the written one says."""
    written = path_of(language, root=root)
    compiled = written.with_suffix(".mo")
    if not written.exists():
        return False
    if not compiled.exists():
        return True
    return compiled.stat().st_mtime_ns < written.stat().st_mtime_ns


def compile_stale(*, root: Path) -> list[str]:
    """Compile what has changed and give its languages; several may do so at once.

    :raises OSError: when the folder cannot be written.
    """
    stale = [language for language in languages() if is_stale(language, root=root)]
    for language in stale:
        path = path_of(language, root=root).with_suffix(".mo")
        with _replacing(path) as file:
            write_mo(file, read(language, root=root))
    return stale


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """Write beside the file, then put it in its place: no reader meets a half."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
