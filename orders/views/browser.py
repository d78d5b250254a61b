"""What a request tells of the browser behind it: its cart, its address, its country."""

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import get_language, get_language_from_request
from django_htmx.middleware import HtmxDetails

from marketplace.accounts import preferences
from orders.models import Cart, Order
from orders.services import cart as carts
from sellers.services import shops

COOKIE = "cart"
COOKIE_SECONDS = 365 * 24 * 3600
HOME_OF_LANGUAGE = {"sv": "SE", "nl": "NL", "ja": "JP", "de": "DE", "fi": "FI"}


class SeeOther(HttpResponseRedirect):
    """After a form: go and GET this."""

    status_code = 303


class Request(HttpRequest):
    """A request as our middleware leaves it; for type hints only."""

    htmx: HtmxDetails


def token_of(request: HttpRequest) -> str:
    """Give the cart token of this browser, or nothing."""
    return request.COOKIES.get(COOKIE, "")[:64]


def token_hash_of(request: HttpRequest) -> str:
    """Give what is stored of this browser's cart token, or nothing."""
    token = token_of(request)
    return carts.hash_of(token) if token else ""


def cart_of(request: HttpRequest) -> Cart | None:
    """Give the open cart of this browser; at most one query."""
    token = token_of(request)
    return carts.cart_of(token=token) if token else None


def remember(response: HttpResponse, token: str) -> None:
    """Keep the cart's token in the browser; done only when something was added."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.SECURE_COOKIES,
    )


def typed(request: HttpRequest, name: str) -> str:
    """Give what a form sent under a name, without the NUL the database cannot hold."""
    return str(request.POST.get(name, "")).replace("\x00", "")


def placed(request: HttpRequest, order: Order) -> bool:
    """Say whether this browser placed the order; `order.cart` is loaded."""
    return token_hash_of(request) == order.cart.token_hash


def ip_of(request: HttpRequest) -> str:
    """Give the caller's IP address, behind as many proxies as are trusted."""
    found: str = get_adapter().get_client_ip(request)
    return found


def countries() -> list[str]:
    """Give the countries goods may be sent to, the platform's own first."""
    served = shops.region()["countries"]
    return sorted(served, key=lambda code: code != settings.PLATFORM_COUNTRY)


def country_of(request: HttpRequest) -> str:
    """Guess where the goods shall go: as asked for in the address, else as chosen before,
    else by the browser's language and region, else the platform's country.
    """
    served = countries()
    asked = request.GET.get("country", "")
    if asked in served:
        return asked
    chosen = request.COOKIES.get(preferences.COUNTRY_COOKIE, "")
    if chosen in served:
        return chosen
    accepted = request.headers.get("Accept-Language", "").split(",")[0]
    region = accepted.partition(";")[0].partition("-")[2].strip().upper()
    if region in served:
        return region
    language = get_language() or get_language_from_request(request)
    home = HOME_OF_LANGUAGE.get(language[:2], "")
    return home if home in served else served[0]
