"""How a mail is made: words, a few rows and a button, as text and HTML."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """A mail that is words, a few rows and a button. `rows` are (what, amount), the
    last of them a total if `has_total`; `reason` says why somebody gets it.
    """

    subject: str
    heading: str
    words: tuple[str, ...]
    reason: str
    button_url: str
    button_text: str
    rows: tuple[tuple[str, str], ...] = ()
    has_total: bool = False
    after: tuple[str, ...] = ()


def send_notice(*, to: str, notice: Notice) -> None:
    """Send a notice as text and HTML."""
    context = {
        "notice": notice,
        "button_url": notice.button_url,
        "button_text": notice.button_text,
    }
    send(to=to, subject=notice.subject, template="mail/notice", context=context)


def send(*, to: str, subject: str, template: str, context: dict[str, Any]) -> None:
    """Set a template's `.txt` and `.html` and send both as one mail."""
    given = {"SITE_NAME": settings.SITE_NAME, "SITE_URL": settings.SITE_URL, **context}
    mail = EmailMultiAlternatives(
        # A title in a subject may have no line break: that would add a header.
        subject=" ".join(subject.split()),
        body=render_to_string(f"{template}.txt", given),
        to=[to],
    )
    mail.attach_alternative(render_to_string(f"{template}.html", given), "text/html")
    mail.send()
