"""What a visitor chooses for the whole site: the language, and the country of prices."""

from django.http import HttpRequest, HttpResponse
from django.views.i18n import set_language

from marketplace.accounts import preferences
from marketplace.accounts.models import User
from marketplace.kit import languages
from orders.views import browser


def choose_language(request: HttpRequest) -> HttpResponse:
    """Take the language and the country somebody chose, and lead back to the page."""
    response: HttpResponse = set_language(request)
    language = request.POST.get("language", "")
    country = request.POST.get("country", "")
    if country not in browser.countries():
        country = ""
    if country:
        preferences.keep_country(response, country)
    if isinstance(request.user, User):
        preferences.remember(
            user=request.user,
            language=language if languages.is_ours(language) else "",
            country=country,
        )
    return response
