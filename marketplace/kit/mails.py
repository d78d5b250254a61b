"""How a mail is made, one design for all: what it says (`Notice`) is plain data, and the
text, the HTML and the headers follow from it here.

A notice is composed in the reader's language (inside `translation.override`). Names and
titles in it may be anybody's: control signs are taken out, and a break of a line ends in
no header.
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.kit import found, texts
from marketplace.kit.errors import MarketplaceError, NotFound
from marketplace.kit.models import MailRefusal, SentMail

# Things with a picture that one mail shows; a longer one is cut off by readers' programs.
MOST_ITEMS = 40
LONGEST_TITLE = 36
LONGEST_PREHEADER = 140
LONGEST_WORDS = 6000
PICTURE_WIDTH = 56
UNSUBSCRIBE_SALT = "marketplace.kit.mails.unsubscribe"
# What takes the place of an address when its person is erased ends in this.
ERASED = "@erased.invalid"
NOWHERE = "django.core.mail.backends.dummy.EmailBackend"
# What a mail that is no part of a purchase can be switched off by.
KINDS = ("reviews",)


class BeingSent(MarketplaceError):
    """Another worker is sending this very mail."""

    status_code = 409


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A picture in a mail: its whole address and its size as it is shown."""

    src: str
    width: int
    height: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """A thing that was bought, with its picture and what it cost."""

    title: str
    detail: str = ""
    amount: str = ""
    picture: Picture | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Things under one name, as of one seller; `rows` (what, amount) stand below them.
    `codes` are (what, figures), written large.
    """

    name: str
    items: tuple[Item, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    codes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """What a mail says, in the order it is read.

    `preheader` is shown beside the subject in a list of mails; without it the first
    words are. `code` is to be typed; `facts` and `rows` are (what, value), the last row
    a total if `has_total`, and what is in it `below_total`; `quotes` are (whose, words
    of people); facts, groups and rows stand below the button, or above it if
    `has_details_first`; `links` are further (text, address); `parties` say who the
    sellers are; `reason` says why somebody gets it. With `unsubscribe_url` it can be
    switched off, so it is no part of a purchase. `reply_to` is whom an answer reaches;
    without it, the platform.
    """

    subject: str
    heading: str
    words: tuple[str, ...]
    reason: str
    button_url: str
    button_text: str
    preheader: str = ""
    code: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    quotes: tuple[tuple[str, str], ...] = ()
    groups: tuple[Group, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    has_total: bool = False
    below_total: tuple[tuple[str, str], ...] = ()
    has_details_first: bool = False
    address: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    after: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    unsubscribe_url: str = ""
    reply_to: str = ""


def send_notice(*, to: str, notice: Notice) -> None:
    """Send a notice as text and HTML. To an address that was erased nothing goes, and
    where mails lead nowhere none is written.
    """
    if not to.endswith(ERASED) and settings.EMAIL_BACKEND != NOWHERE:
        compose(to=to, notice=notice).send()


def compose(*, to: str, notice: Notice) -> EmailMultiAlternatives:
    """Make the mail of a notice, as it would be sent."""
    shown = _shown(notice)
    given = {
        **frame(),
        "notice": shown,
        "button_url": shown.button_url,
        "button_text": shown.button_text,
        "unsubscribe_url": shown.unsubscribe_url,
    }
    text = render_to_string("mail/notice.txt", given)
    mail = EmailMultiAlternatives(
        # A title in a subject may have no line break: that would add a header.
        subject=shown.subject,
        body=re.sub(r"\n{3,}", "\n\n", text).strip() + "\n",
        to=[to],
        reply_to=_reply_to(notice.reply_to),
        # No out-of-office answers to a machine.
        headers={"Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(render_to_string("mail/notice.html", given), "text/html")
    if notice.unsubscribe_url:
        mail.extra_headers["List-Unsubscribe"] = f"<{notice.unsubscribe_url}>"
        mail.extra_headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return mail


def once(key: str, send: Callable[[], None]) -> bool:
    """Send what `key` names unless it has been sent, however often its job runs, and say
    whether it was. A worker that died while sending is followed by another after
    SentMail.CLAIM; a failure to send is raised, and the key is free again.

    :raises BeingSent: another worker is at it; the job tries again later.
    """
    claimed = SentMail.objects.claim(key)
    if claimed is None:
        raise BeingSent
    if not claimed:
        return False
    try:
        send()
    except BaseException:
        SentMail.objects.let_go(key)
        raise
    SentMail.objects.note_sent(key)
    return True


def one_line(words: object, *, most: int = 300) -> str:
    """Give words as one line without signs that cannot be seen, cut at `most` letters."""
    lines = texts.plain(str(words), most=LONGEST_WORDS).splitlines()
    line = " ".join(line for line in lines if line)
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def in_subject(title: str) -> str:
    """Give a title as long as a subject has room for."""
    return one_line(title, most=LONGEST_TITLE)


def picture(renditions: Any) -> Picture | None:
    """Give the smallest rendition of a photo for a mail, or None without any."""
    if not renditions:
        return None
    smallest = min(renditions, key=lambda one: one["width"])
    height = round(PICTURE_WIDTH * smallest["height"] / smallest["width"])
    src = found.absolute(default_storage.url(smallest["path"]))
    return Picture(src=src, width=PICTURE_WIDTH, height=min(height, PICTURE_WIDTH * 2))


# --- what can be switched off -----------------------------------------------------
def unsubscribe_url(*, email: str, kind: str) -> str:
    """Give the signed address that switches off one kind of mail to an address; nobody
    can read the address from it.
    """
    token = signing.dumps([_hash(email), kind], salt=UNSUBSCRIBE_SALT)
    return found.absolute(reverse("pages:mail-off", args=[token]))


def is_refused(*, email: str, kind: str) -> bool:
    """Say whether somebody has switched a kind of mail off."""
    return MailRefusal.objects.filter(address_hash=_hash(email), kind=kind).exists()


def kind_of(*, token: str) -> str:
    """Give the kind of mail that a signed address is about.

    :raises NotFound: it was not signed by us.
    """
    return _read(token)[1]


def refuse(*, token: str, at: datetime) -> None:
    """Switch off what a signed address names; again is as once.

    :raises NotFound: it was not signed by us.
    """
    address_hash, kind = _read(token)
    MailRefusal.objects.get_or_create(
        address_hash=address_hash, kind=kind, defaults={"at": at}
    )


def allow(*, token: str) -> None:
    """Switch on again what a signed address names.

    :raises NotFound: it was not signed by us.
    """
    address_hash, kind = _read(token)
    MailRefusal.objects.filter(address_hash=address_hash, kind=kind).delete()


def _read(token: str) -> tuple[str, str]:
    try:
        address_hash, kind = signing.loads(token, salt=UNSUBSCRIBE_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        raise NotFound from None
    if kind not in KINDS:
        raise NotFound
    return str(address_hash), str(kind)


def _hash(email: str) -> str:
    """Name an address so that only who knows it can tell that it is meant."""
    cleaned = email.strip().lower().encode()
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, b"mail:" + cleaned, hashlib.sha256).hexdigest()[:40]


# --- how it is set ----------------------------------------------------------------
def frame() -> dict[str, Any]:
    """Give what the frame of every mail shows: the platform, and its legal pages as the
    market calls for, in the active language.
    """
    known: dict[str, str] = settings.PLATFORM_LEGAL
    market = (
        ("tokushoho", _("Commercial transactions act (Japan)"))
        if settings.PLATFORM_COUNTRY == "JP"
        else ("imprint", _("Company details"))
    )
    pages = (
        ("terms", _("Terms")),
        ("returns", _("Withdraw from a contract")),
        market,
        ("privacy", _("Privacy")),
    )
    return {
        "SITE_NAME": settings.SITE_NAME,
        "SITE_URL": settings.SITE_URL,
        "platform": [
            one_line(known[part])
            for part in ("name", "address", "register", "vat", "email", "phone")
            if known.get(part)
        ],
        "legal_pages": [
            (title, found.absolute(reverse("pages:legal", args=[name])))
            for name, title in pages
        ],
    }


def _reply_to(address: str) -> list[str]:
    for candidate in (address, settings.PLATFORM_LEGAL.get("email", "")):
        try:
            validate_email(candidate)
        except ValidationError:
            continue
        return [candidate]
    return []


def _shown(notice: Notice) -> Notice:
    """Give a notice as it is set: harmless words, no more things than fit."""
    clean = _clean(notice)
    assert isinstance(clean, Notice)
    quotes = tuple(
        (one_line(whose), texts.plain(words, most=LONGEST_WORDS))
        for whose, words in notice.quotes
    )
    first = clean.words[0] if clean.words else clean.heading
    return replace(
        clean,
        words=_paragraphs(notice.words),
        after=_paragraphs(notice.after),
        quotes=quotes,
        subject=one_line(notice.subject, most=150),
        preheader=one_line(notice.preheader or first, most=LONGEST_PREHEADER),
        groups=_cut(clean.groups),
    )


def _paragraphs(all_words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(texts.plain(words, most=LONGEST_WORDS) for words in all_words)


def _clean(thing: Any) -> Any:
    """Make one line of every string in a notice and what it holds."""
    if isinstance(thing, tuple):
        return tuple(_clean(one) for one in thing)
    if is_dataclass(thing) and not isinstance(thing, type):
        return replace(
            thing,
            **{one.name: _clean(getattr(thing, one.name)) for one in fields(thing)},
        )
    if isinstance(thing, bool | int) or thing is None:
        return thing
    return one_line(thing, most=2000)


def _cut(groups: tuple[Group, ...]) -> tuple[Group, ...]:
    """Leave out what is past MOST_ITEMS, and say how many things that are."""
    left, cut = MOST_ITEMS, []
    for group in groups:
        kept = group.items[:left]
        left -= len(kept)
        more = len(group.items) - len(kept)
        rows = group.rows
        if more:
            rows = ((_("And %(n)d more, on the order's page") % {"n": more}, ""), *rows)
        cut.append(replace(group, items=kept, rows=rows))
    return tuple(cut)
