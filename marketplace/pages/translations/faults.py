"""Say what a catalogue lacks, and which of its translations would break a page."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from babel.messages.catalog import Catalog, Message

from marketplace.pages.translations import extraction
from marketplace.pages.translations.extraction import Audience

NAMED = re.compile(r"%\((\w+)\)[sd]")
BRACED = re.compile(r"\{(\w*)\}")
TAG = re.compile(r"</?\w+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """Something wrong with the translation of one string."""

    language: str
    what: str
    text: str
    audience: Audience
    file: str

    def __str__(self) -> str:
        return f"{self.language}  {self.what}: {self.text!r} ({self.file})"


def of(language: str, kept: Catalog, template: Catalog) -> Iterator[Fault]:
    """Compare a catalogue with the strings of the code."""
    for source in template:
        if not source.id:
            continue
        found = kept.get(_key(source), source.context)
        what = _fault(source, found, forms=kept.num_plurals)
        if what:
            files = [file for file, _line in source.locations]
            yield Fault(
                language=language,
                what=what,
                text=_key(source),
                audience=extraction.audience(files),
                file=files[0],
            )


def _key(message: Message) -> str:
    return _sources(message)[0]


def _sources(message: Message) -> list[str]:
    return list(message.id) if isinstance(message.id, (tuple, list)) else [message.id]


def _fault(source: Message, found: Message | None, *, forms: int) -> str:
    if found is None or not any(_forms(found)):
        return "missing"
    if found.fuzzy:
        return "fuzzy"
    if bool(source.pluralizable) != bool(found.pluralizable):
        return "missing"
    written = _forms(found)
    if source.pluralizable and (len(written) != forms or not all(written)):
        return f"plural forms, {forms} are needed"
    return _broken(source, written)


def _forms(message: Message) -> list[str]:
    string = message.string
    return list(string) if isinstance(string, (tuple, list)) else [string or ""]


def _broken(source: Message, written: list[str]) -> str:
    """Say which sign of the source a translation lost or has too many."""
    texts = _sources(source)
    may = {name for text in texts for name in _signs(text)}
    for position, text in enumerate(written):
        signs = _signs(text)
        if signs - may:
            return f"unknown {', '.join(sorted(signs - may))}"
        # 'One day' may do without its number, where there is another form for two.
        lone = position == 0 and len(written) > 1
        if not lone and may - signs:
            return f"without {', '.join(sorted(may - signs))}"
        if NAMED.search(texts[-1]) and "%" in NAMED.sub("", text).replace("%%", ""):
            return "a stray %"
        if sorted(TAG.findall(text)) != sorted(TAG.findall(texts[-1])):
            return "other tags"
    return ""


def _signs(text: str) -> set[str]:
    named = {f"%({name})s" for name in NAMED.findall(text)}
    return named | {f"{{{name}}}" for name in BRACED.findall(text)}
