"""The question what may be stored beyond the necessary, and a page to change the answer."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from marketplace.kit import clock, consent, found, limits
from orders.views import browser

ANSWERS_PER_HOUR = 60
WORDS = {
    consent.ATTRIBUTION: (
        _("Remember which creator led me here"),
        _("So that the creator is paid if you buy later. No name, no number of yours."),
    ),
    consent.ANALYTICS: (
        _("Count how pages are used"),
        _("Without other companies, to make the pages better."),
    ),
}


@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """Show what may be chosen; on POST keep the answer and lead back."""
    if request.method == "POST":
        return _answer(request)
    answer = consent.answer_of(request)
    purposes = [
        (name, *WORDS[name], bool(answer and name in answer.allowed))
        for name in consent.PURPOSES
        if name in consent.used()
    ]
    context = {
        "meta": found.Meta(title=str(_("Privacy choices")), path=request.path),
        "purposes": purposes,
        "answer": answer,
        "next": request.GET.get("next", ""),
    }
    return render(request, "pages/consent.html", context)


def _answer(request: HttpRequest) -> HttpResponse:
    limits.count(
        f"consent:{browser.ip_of(request)}", limit=ANSWERS_PER_HOUR, seconds=3600
    )
    said = request.POST.get("answer", "")
    chosen = {
        "accept": consent.PURPOSES,
        "save": request.POST.getlist("purpose"),
    }.get(said, ())
    before = consent.answer_of(request)
    value = consent.record(
        allowed=chosen,
        subject=before.subject if before else "",
        language=translation.get_language() or "",
        at=clock.now(),
    )
    wanted = request.POST.get("next", "")
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts=None
    )
    there = wanted if is_ours else reverse("pages:consent")
    response = HttpResponseRedirect(there)
    consent.remember(response, value)
    return response
