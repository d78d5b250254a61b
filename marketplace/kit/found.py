"""What a page tells those who do not read it as people do: search engines, and the
sites and apps where its address is shared.

A view or a tag of an app builds a `Meta`, `{% head_meta meta %}` writes it into the
head. JSON-LD says what the page shows and nothing else: no rating that nobody gave, no
price that is not on the page.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

CARD_SIZE = (1200, 630)
SCHEMA = "https://schema.org"
# Written as OpenGraph has it: language and the country it is at home in.
OG_LOCALES = {"en": "en_GB", "sv": "sv_SE", "nl": "nl_NL", "ja": "ja_JP"}
# What tells two pages of one path apart; anything else in a query is how one came.
KEPT = ("tab", "page")
# Ends a script element, or a line, in nobody's parser.
_UNSAFE = {ord(sign): f"\\u{ord(sign):04X}" for sign in "<>&\u2028\u2029"}

Data = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Offered:
    """The price a shared product page shows: minor units, the lowest of its variants."""

    amount: int
    currency: str
    is_available: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Film:
    """The video a shared page shows: its whole address and its media type."""

    url: str
    type: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Meta:
    """One page. `path` is its one address, from the language prefix on; `card` the
    address of its picture for sharing, 1200 x 630; `data` its JSON-LD nodes.

    `is_embeddable` pages name their oEmbed answer; `is_hidden` ones ask not to be
    listed. `author` is the public address of whoever made it.
    """

    title: str
    path: str
    description: str = ""
    type: str = "website"
    card: str = ""
    card_alt: str = ""
    offered: Offered | None = None
    film: Film | None = None
    data: tuple[Data, ...] = ()
    is_embeddable: bool = False
    is_hidden: bool = False


def absolute(address: str) -> str:
    """Give an address of ours as others must write it. One that is whole already, of a
    storage elsewhere, stays.
    """
    return address if "://" in address else f"{settings.SITE_URL}{address}"


def node(kind: str, **said: Any) -> Data:
    """Make a JSON-LD node; what is None or empty is left out, for nothing is known."""
    empty: tuple[object, ...] = (None, "", [], {})
    return {"@type": kind} | {
        ("@id" if name == "id_" else name): value
        for name, value in said.items()
        if value not in empty
    }


def script(data: Mapping[str, Any]) -> SafeString:
    """Write a node as a data block. No text in it can end the block or begin markup.

    A data block is not run, so the policy against inline scripts does not ask it for a
    nonce.
    """
    written = json.dumps({"@context": SCHEMA, **data}, ensure_ascii=False)
    safe = written.translate(_UNSAFE)
    return mark_safe(f'<script type="application/ld+json">{safe}</script>')


def one_line(text: str, *, longest: int = 200) -> str:
    """Bring a text to one line of at most so many letters."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def breadcrumbs(*steps: tuple[str, str]) -> Data:
    """Make the way to a page, as (name, address) from the front page on."""
    return node(
        "BreadcrumbList",
        itemListElement=[
            node("ListItem", position=place, name=name, item=absolute(address))
            for place, (name, address) in enumerate(steps, start=1)
        ],
    )
