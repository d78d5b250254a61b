"""The language, the country and the currency a person chose, on every device."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from marketplace.accounts.models import User
from marketplace.kit import languages

COUNTRY_COOKIE = "country"
CURRENCY_COOKIE = "currency"
COOKIE_SECONDS = 365 * 24 * 3600


def remember(
    *, user: User, language: str = "", country: str = "", currency: str = ""
) -> None:
    """Write down what a person chose; what is empty stays as it was."""
    chosen = {"language": language, "country": country, "currency": currency}
    changed = [
        name for name, value in chosen.items() if value and getattr(user, name) != value
    ]
    for name in changed:
        setattr(user, name, chosen[name])
    if changed:
        user.save(update_fields=changed)


def keep_country(response: HttpResponseBase, country: str) -> None:
    """Let the browser remember where goods shall go."""
    _keep(response, COUNTRY_COOKIE, country)


def keep_currency(response: HttpResponseBase, currency: str) -> None:
    """Let the browser remember in which currency prices are compared."""
    _keep(response, CURRENCY_COOKIE, currency)


def currency_of(request: HttpRequest, served: Sequence[str]) -> str:
    """Give the currency prices are compared in: the chosen one, else the first served."""
    chosen = request.COOKIES.get(CURRENCY_COOKIE, "")
    return chosen if chosen in served else served[0]


def _keep(response: HttpResponseBase, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=COOKIE_SECONDS,
        secure=settings.SECURE_COOKIES,
        httponly=True,
        samesite="Lax",
    )


def carry_over(request: HttpRequest, user: Any, response: HttpResponseBase) -> None:
    """At a sign-in: what the account says goes to this browser; what it does not say
    is taken from it.
    """
    if user.language:
        languages.keep(response, user.language)
    if user.country:
        keep_country(response, user.country)
    if user.currency:
        keep_currency(response, user.currency)
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    remember(
        user=user,
        language=chosen if languages.is_ours(chosen) and not user.language else "",
    )
