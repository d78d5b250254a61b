"""Mails: switching a kind of them off, and how every one of them looks (style guide)."""

from csp.decorators import csp_replace
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, override
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csrf import csrf_exempt

from marketplace.kit import clock
from marketplace.kit import mails as kit_mails
from marketplace.pages import sample_mails

WIDTHS = {"phone": 360, "desktop": 680}
# Of a mail alone in its frame: its own looks and our pictures, nothing that acts.
FRAME_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["'self'"],
    "frame-ancestors": ["'self'"],
    "script-src": ["'none'"],
    "font-src": ["'none'"],
    "sandbox": [""],
}


# A mail program presses this by itself (RFC 8058) and knows no cookie of ours; the
# address is signed.
@csrf_exempt
@never_cache
def off(request: HttpRequest, token: str) -> HttpResponse:
    """Switch a kind of mail off for an address, or on again; a visit changes nothing."""
    kit_mails.kind_of(token=token)
    is_off = False
    if request.method == "POST":
        is_off = request.POST.get("wish") != "on"
        if is_off:
            kit_mails.refuse(token=token, at=clock.now())
        else:
            kit_mails.allow(token=token)
    return render(request, "pages/mail_off.html", {"is_off": is_off})


def all_of_them(request: HttpRequest) -> HttpResponse:
    """List every mail with its subject and what a list of mails shows beside it."""
    _check_shown()
    shown = [sample_mails.shown(sample) for sample in sample_mails.SAMPLES]
    return render(request, "pages/mails.html", {"shown": shown})


def one(request: HttpRequest, name: str) -> HttpResponse:
    """Show a mail as HTML and as text, in a language and at a width."""
    _check_shown()
    sample = _sample(name)
    language = _language(request)
    width = request.GET.get("width", "")
    with override(language):
        shown = sample_mails.shown(sample)
    context = {
        "shown": shown,
        "language": language,
        "languages": settings.LANGUAGES,
        "width": width if width in WIDTHS else "phone",
        "widths": WIDTHS,
    }
    return render(request, "pages/mail.html", context)


@xframe_options_sameorigin
@csp_replace(FRAME_POLICY)  # type: ignore[arg-type]
def html(request: HttpRequest, name: str) -> HttpResponse:
    """Give a mail's HTML alone, for a frame of the page above."""
    _check_shown()
    sample = _sample(name)
    with override(_language(request)):
        return HttpResponse(sample_mails.shown(sample).html)


def _check_shown() -> None:
    """Let nobody in where real buyers are."""
    if not (settings.DEBUG or clock.is_movable()):
        raise Http404


def _sample(name: str) -> sample_mails.Sample:
    for sample in sample_mails.SAMPLES:
        if sample.name == name:
            return sample
    raise Http404


def _language(request: HttpRequest) -> str:
    wanted = request.GET.get("language", "")
    if wanted in dict(settings.LANGUAGES):
        return wanted
    return get_language() or settings.LANGUAGE_CODE
