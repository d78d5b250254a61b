"""What a visitor allowed beyond what is necessary, and the log of the answers.

A deployment names what it uses in CONSENT_PURPOSES. With none, nobody is asked and
nothing beyond the necessary is stored. The answer stands in a cookie; each is also kept
as a row, so that it can be shown later who agreed to which words.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from marketplace.kit import ids
from marketplace.kit.models import ConsentRecord

ATTRIBUTION, ANALYTICS = "attribution", "analytics"
PURPOSES = (ATTRIBUTION, ANALYTICS)
# The day the words of the question last changed; an older answer is asked for again.
VERSION = "2026-11-21"
COOKIE = "consent"
COOKIE_SECONDS = 182 * 24 * 3600
# The link window: which creator's link led here. Set and read with consent only.
LED_BY = "led_by"
_FORM = re.compile(r"^([0-9-]{10})\.(con_[0-9A-Za-z]{8,20})\.([a-z+]{0,40})$")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser answered: to which version, under which id, allowing what."""

    version: str
    subject: str
    allowed: frozenset[str]


def answer_of(request: HttpRequest) -> Answer | None:
    """Read the answer of this browser to the present words; None when there is none."""
    match = _FORM.match(request.COOKIES.get(COOKIE, "")[:120])
    if match is None or match[1] != VERSION:
        return None
    return Answer(match[1], match[2], frozenset(match[3].split("+")) & used())


def is_asked(request: HttpRequest) -> bool:
    """Say whether the question stands: something is used, and no answer is there. Who
    sends Global Privacy Control has answered.
    """
    if not used() or request.headers.get("Sec-GPC") == "1":
        return False
    return answer_of(request) is None


def allows(request: HttpRequest, purpose: str) -> bool:
    """Say whether this browser allowed a purpose; silence is no."""
    answer = answer_of(request)
    return answer is not None and purpose in answer.allowed


def record(*, allowed: Iterable[str], subject: str, language: str, at: datetime) -> str:
    """Keep an answer and return what the cookie holds. `subject` is the id of the
    browser's answer before, or empty.
    """
    kept = sorted(set(allowed) & used())
    row = ConsentRecord.objects.create(
        subject=subject or ids.new("con"),
        version=VERSION,
        offered=sorted(used()),
        allowed=kept,
        language=language,
        at=at,
    )
    return f"{VERSION}.{row.subject}.{'+'.join(kept)}"


def remember(response: HttpResponse, value: str) -> None:
    """Put the answer into the browser, and take out what it no longer allows."""
    _set(response, COOKIE, value, COOKIE_SECONDS)
    if ATTRIBUTION not in value.rpartition(".")[2].split("+"):
        response.delete_cookie(LED_BY, samesite="Lax")


def remember_leader(request: HttpRequest, response: HttpResponse, token: str) -> None:
    """Keep which link led here, if that was allowed."""
    if allows(request, ATTRIBUTION):
        seconds = settings.ATTRIBUTION_WINDOW_DAYS * 24 * 3600
        _set(response, LED_BY, token, seconds)


def leader_of(request: HttpRequest) -> str:
    """Give the token of the link that led here, or nothing without consent."""
    if not allows(request, ATTRIBUTION):
        return ""
    return request.COOKIES.get(LED_BY, "")[:200]


def used() -> frozenset[str]:
    """Give the purposes this deployment uses."""
    return frozenset(settings.CONSENT_PURPOSES) & frozenset(PURPOSES)


def _set(response: HttpResponse, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        httponly=True,
        samesite="Lax",
        secure=settings.SECURE_COOKIES,
    )
