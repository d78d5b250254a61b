"""The language, the country and the currency a person chose, on every device."""

from collections.abc import Sequence
from typing import Any

from babel.numbers import get_territory_currencies
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import get_language, get_language_from_request

from marketplace.accounts.models import User
from marketplace.kit import languages

COUNTRY_COOKIE = "country"
CURRENCY_COOKIE = "currency"
COOKIE_SECONDS = 365 * 24 * 3600
HOME_OF_LANGUAGE = {"sv": "SE", "nl": "NL", "ja": "JP", "de": "DE", "fi": "FI"}


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


def country_of(request: HttpRequest, served: Sequence[str]) -> str:
    """Guess where the goods shall go: as asked for in the address, else as chosen before,
    else by the browser's language and region, else the platform's country.
    """
    asked = request.GET.get("country", "")
    if asked in served:
        return asked
    chosen = request.COOKIES.get(COUNTRY_COOKIE, "")
    if chosen in served:
        return chosen
    accepted = request.headers.get("Accept-Language", "").split(",")[0]
    region = accepted.partition(";")[0].partition("-")[2].strip().upper()
    if region in served:
        return region
    language = get_language() or get_language_from_request(request)
    home = HOME_OF_LANGUAGE.get(language[:2], "")
    return home if home in served else str(settings.PLATFORM_COUNTRY)


def currency_of(request: HttpRequest, *, country: str, served: Sequence[str]) -> str:
    """Give the currency prices are compared in: the chosen one, else that of the country
    goods are sent to, else the first served.
    """
    chosen = request.COOKIES.get(CURRENCY_COOKIE, "")
    for currency in (chosen, *get_territory_currencies(country)):
        if currency in served:
            return str(currency)
    return served[0]


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
