"""A person's account: where it all is, language and currency, privacy, the sign-in."""

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from marketplace.accounts import confirming, preferences, privacy
from marketplace.accounts.models import PrivacyRequest, PrivacyStatus, User
from marketplace.kit import clock, consent, languages, limits, personal
from marketplace.kit.errors import MarketplaceError, NotFound
from marketplace.kit.leading import SeeOther
from marketplace.kit.models import ConsentRecord
from marketplace.pages import forms
from orders.views import browser
from sellers.services import shops

ANSWERS = 20
EXPORTS_PER_DAY = 5
PURPOSES = ("export", "erase")


@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """List the parts of the account."""
    return render(request, "pages/account/home.html")


@never_cache
def place(request: HttpRequest) -> HttpResponse:
    """Choose the language, the country of delivery and the currency, each apart."""
    user = _user(request)
    country = browser.country_of(request)
    currencies = shops.region()["currencies"]
    known = {
        "language": get_language(),
        "country": country,
        "currency": preferences.currency_of(
            request, country=country, served=currencies
        ),
    }
    form = forms.PlaceForm(request.POST or None, initial=known)
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "has_currencies": "currency" in form.fields}
        status = 422 if form.errors else 200
        return render(request, "pages/account/place.html", context, status=status)
    chosen = {name: str(value) for name, value in form.cleaned_data.items()}
    preferences.remember(user=user, **chosen)
    response = SeeOther(request.path)
    languages.keep(response, chosen["language"])
    preferences.keep_country(response, chosen["country"])
    if chosen.get("currency"):
        preferences.keep_currency(response, chosen["currency"])
    messages.success(request, _("Kept, on every device you sign in on."))
    return response


@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show how this person signs in, and lead to where it is changed."""
    user = _user(request)
    context = {
        "addresses": EmailAddress.objects.filter(user=user).order_by("-primary", "pk"),
        "has_password": user.has_usable_password(),
    }
    return render(request, "pages/account/sign_in.html", context)


@never_cache
def privacy_page(request: HttpRequest) -> HttpResponse:
    """Show what was agreed to, the copy of the data, and the way out."""
    user, at = _user(request), clock.now()
    asked = PrivacyRequest.objects.visible_to(user)
    erasure = asked.erasures().open().first()
    answer = consent.answer_of(request)
    subject = answer.subject if answer else "-"
    context = {
        "uses_consent": bool(consent.used()),
        "answers": ConsentRecord.objects.filter(subject=subject).order_by("-pk")[
            :ANSWERS
        ],
        "export": asked.exports()
        .filter(status__in=[PrivacyStatus.REQUESTED, PrivacyStatus.READY])
        .order_by("-pk")
        .first(),
        "erasure": erasure,
        "held_by": personal.obstacles(user=user, at=at) if erasure else [],
        "now": at,
    }
    return render(request, "pages/account/privacy.html", context)


@never_cache
def confirm(request: HttpRequest, what: str) -> HttpResponse:
    """Ask for a copy or for the end, with a code from the mailbox."""
    if what not in PURPOSES:
        raise NotFound
    if request.method == "POST" and request.POST.get("does") == "send":
        return _send_code(request, what)
    is_sent = confirming.is_sent(session=request.session, purpose=what)
    form = forms.ConfirmForm(
        request.POST if request.method == "POST" else None,
        email=_user(request).email if what == "erase" else "",
    )
    if request.method == "POST" and form.is_valid():
        try:
            _act(request, what, typed=form.cleaned_data["code"])
            return SeeOther(reverse("account:privacy"))
        except MarketplaceError as problem:
            form.add_error(None, problem.message)
            return _confirm_page(request, what, form, status=problem.status_code)
    status = 422 if form.errors else 200
    return _confirm_page(request, what, form if is_sent else None, status=status)


@never_cache
def take_back(request: HttpRequest) -> HttpResponse:
    """Keep the account after all."""
    try:
        privacy.take_back(user=_user(request), at=clock.now())
        messages.success(request, _("Your account stays. Nothing was deleted."))
    except MarketplaceError as problem:
        messages.error(request, problem.message)
    return SeeOther(reverse("account:privacy"))


@never_cache
def export_file(request: HttpRequest, export: str) -> HttpResponse:
    """Hand a copy to whom it is about."""
    content = privacy.fetch(user=_user(request), public_id=export, at=clock.now())
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{export}.zip"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _send_code(request: HttpRequest, what: str) -> HttpResponse:
    try:
        confirming.send(session=request.session, user=_user(request), purpose=what)
    except MarketplaceError as problem:
        messages.error(request, problem.message)
    return redirect("account:confirm", what)


def _act(request: HttpRequest, what: str, *, typed: str) -> None:
    user, at, language = _user(request), clock.now(), (get_language() or "en")[:8]
    confirming.check(session=request.session, user=user, purpose=what, typed=typed)
    if what == "erase":
        privacy.ask_erase(user=user, language=language, at=at)
        return
    limits.count(f"export:{user.pk}", limit=EXPORTS_PER_DAY, seconds=86_400)
    answer = consent.answer_of(request)
    privacy.ask_export(
        user=user,
        consent_subject=answer.subject if answer else "",
        language=language,
        at=at,
    )
    messages.success(request, _("We make the copy now; a mail says when it is there."))


def _confirm_page(
    request: HttpRequest, what: str, form: forms.ConfirmForm | None, *, status: int
) -> HttpResponse:
    user, at = _user(request), clock.now()
    context: dict[str, Any] = {"what": what, "form": form}
    if what == "erase":
        context |= {
            "day": at + privacy.grace(),
            "held_by": personal.obstacles(user=user, at=at),
        }
    return render(request, "pages/account/confirm.html", context, status=status)


def _user(request: HttpRequest) -> User:
    """Give who is signed in; the policy table lets nobody else come here."""
    assert isinstance(request.user, User)
    return request.user
