"""Find the strings marked for translation, and say who reads them."""

import io
from collections.abc import Iterator
from enum import StrEnum
from fnmatch import fnmatch
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from django.utils.translation import template

from marketplace.pages.translations import refusals

# Line, text or (singular, plural), comments, context.
Marked = tuple[int, str | tuple[str, ...], list[str], str | None]
PACKAGES = ("marketplace", "sellers", "creators", "orders", "payouts")
KEYWORDS = {
    "_": None,
    "_l": None,
    "_t": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# Never read by anybody but ourselves: no catalogue holds them.
NOT_OURS = ("marketplace/sandbox/*", "marketplace/local/*", "*/migrations/*")


class Audience(StrEnum):
    """Who reads a string; where several do, the first of them counts."""

    BUYER = "buyer"
    STUDIO = "studio"
    """Sellers and creators, in their own pages and mails."""
    STAFF = "staff"


# The first pattern that fits a file decides; what fits none is the buyer's.
AUDIENCES: tuple[tuple[str, Audience], ...] = (
    ("*/admin.py", Audience.STAFF),
    ("*/admin/*", Audience.STAFF),
    ("*/templates/pages/styleguide*", Audience.STAFF),
    ("marketplace/pages/samples.py", Audience.STAFF),
    ("marketplace/settings.py", Audience.STAFF),
    ("marketplace/pages/translations/*", Audience.STAFF),
    ("marketplace/demo/*", Audience.STAFF),
    ("marketplace/gateway/*", Audience.STAFF),
    ("marketplace/proof/*", Audience.STAFF),
    ("marketplace/simulator/*", Audience.STAFF),
    ("marketplace/webhooks/*", Audience.STAFF),
    ("marketplace/kit/admin.py", Audience.STAFF),
    ("payouts/services/adoption.py", Audience.STAFF),
    ("marketplace/templates/base_studio.html", Audience.STUDIO),
    ("marketplace/templates/cotton/studio/*", Audience.STUDIO),
    ("marketplace/templates/cotton/file_drop.html", Audience.STUDIO),
    ("sellers/forms/visitors.py", Audience.BUYER),
    ("sellers/forms/*", Audience.STUDIO),
    ("sellers/services/*", Audience.STUDIO),
    ("sellers/templates/sellers/product.html", Audience.BUYER),
    ("sellers/templates/sellers/profile.html", Audience.BUYER),
    ("sellers/templates/sellers/public/*", Audience.BUYER),
    ("sellers/templates/sellers/*", Audience.STUDIO),
    ("sellers/views/products.py", Audience.STUDIO),
    ("sellers/views/shop.py", Audience.STUDIO),
    ("creators/forms.py", Audience.STUDIO),
    ("creators/services/*", Audience.STUDIO),
    ("creators/templates/creators/collection.html", Audience.BUYER),
    ("creators/templates/creators/disclosure*.html", Audience.BUYER),
    ("creators/templates/creators/no_link.html", Audience.BUYER),
    ("creators/templates/creators/post.html", Audience.BUYER),
    ("creators/templates/creators/profile*.html", Audience.BUYER),
    ("creators/templates/creators/shop.html", Audience.BUYER),
    ("creators/templates/creators/*", Audience.STUDIO),
    ("creators/views/collaborations.py", Audience.STUDIO),
    ("creators/views/studio.py", Audience.STUDIO),
    ("orders/templates/orders/seller_*", Audience.STUDIO),
    ("orders/views/seller.py", Audience.STUDIO),
    ("payouts/templates/payouts/_refund_state.html", Audience.BUYER),
    ("payouts/templates/payouts/_parcel.html", Audience.BUYER),
    ("payouts/templates/payouts/_still_possible.html", Audience.BUYER),
    ("payouts/templates/payouts/_units.html", Audience.BUYER),
    ("payouts/templates/payouts/cancel.html", Audience.BUYER),
    ("payouts/templates/payouts/order_*", Audience.BUYER),
    ("payouts/templates/payouts/send_back.html", Audience.BUYER),
    ("payouts/templates/payouts/withdraw.html", Audience.BUYER),
    ("payouts/templates/*", Audience.STUDIO),
    ("payouts/templatetags/payouts.py", Audience.STUDIO),
    ("payouts/emails.py", Audience.STUDIO),
    ("payouts/forms.py", Audience.STUDIO),
    ("payouts/models/*", Audience.STUDIO),
    ("payouts/services/refund*.py", Audience.BUYER),
    ("payouts/services/*", Audience.STUDIO),
    ("payouts/views/refunds.py", Audience.BUYER),
    ("payouts/views/*", Audience.STUDIO),
)


def audience_of(file: str) -> Audience:
    """Say who reads the strings of a file, named from the root of the project."""
    for pattern, audience in AUDIENCES:
        if fnmatch(file, pattern):
            return audience
    return Audience.BUYER


def audience(files: list[str]) -> Audience:
    """Say who reads a string that stands in these files: buyers before all."""
    found = {audience_of(file) for file in files}
    return next(one for one in Audience if one in found)


def catalogue(root: Path) -> Catalog:
    """Collect every marked string of the project, with the files it stands in.

    :raises SyntaxError: when a file cannot be read as Python or as a template.
    """
    found = Catalog(charset="utf-8", fuzzy=False)
    for path, name in _files(root):
        for line, message, comments, context in _marked(path, name):
            if message:
                found.add(
                    message,
                    locations=[(name, line)],
                    auto_comments=comments,
                    context=context,
                )
    modules = [file for file in _files(root) if file[0].suffix == ".py"]
    for name, line, words in refusals.found_in(modules):
        found.add(words, locations=[(name, line)])
    return found


def _files(root: Path) -> Iterator[tuple[Path, str]]:
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*")):
            name = path.relative_to(root).as_posix()
            if any(fnmatch(name, pattern) for pattern in NOT_OURS):
                continue
            templated = "templates" in path.parts and path.suffix in (".html", ".txt")
            if path.suffix == ".py" or templated:
                yield path, name


def _marked(path: Path, name: str) -> Iterator[Marked]:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        text = _as_python(text, name)
    yield from extract(
        "python",
        io.BytesIO(text.encode()),
        keywords=KEYWORDS,
        comment_tags=("Translators:",),
        options={"encoding": "utf-8"},
        strip_comment_tags=True,
    )


def _as_python(text: str, name: str) -> str:
    """Turn a template into calls of gettext, a line for a line.

    Its indentation says nothing in Python, where it would be an error.
    """
    written = template.templatize(text, origin=name)
    return "\n".join(line.strip() for line in written.split("\n"))
