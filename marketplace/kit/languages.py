"""Which language a page is in, where its address does not say so."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation


class LanguageMiddleware(LocaleMiddleware):
    """Django's choice (address, chosen language, browser), and one more before the
    browser's: the page the reader came from.

    A public page carries its language in the address, the bag and the order do not. Who
    reads a page in Swedish with an English browser, as from a shared link, would lose
    the language at the bag; so it is kept as if it had been chosen.
    """

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        came_in = _language_of_last_page(request)
        if came_in and came_in != translation.get_language():
            translation.activate(came_in)
            request.LANGUAGE_CODE = came_in
            request.META["LANGUAGE_TO_KEEP"] = came_in

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        answer: HttpResponseBase = super().process_response(request, response)
        language = request.META.get("LANGUAGE_TO_KEEP")
        if language and settings.LANGUAGE_COOKIE_NAME not in answer.cookies:
            keep(answer, language)
        return answer


def keep(response: HttpResponse | HttpResponseBase, language: str) -> None:
    """Let the browser remember a language."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )


def is_ours(language: str) -> bool:
    """Say whether the platform speaks a language."""
    return language in dict(settings.LANGUAGES)


def _language_of_last_page(request: HttpRequest) -> str | None:
    """Give the language in the address of the page before, if it was one of ours."""
    if settings.LANGUAGE_COOKIE_NAME in request.COOKIES:
        return None
    if translation.get_language_from_path(request.path_info):
        return None
    try:
        last = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return None
    if not last.netloc or last.netloc != request.get_host():
        return None
    found = translation.get_language_from_path(last.path)
    return str(found) if found else None
