"""What a request tells of the browser behind it: its cart, its address, its country."""

import re

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django_htmx.middleware import HtmxDetails

from marketplace.accounts import preferences
from marketplace.kit import clock
from orders.models import Cart, Order
from orders.services import cart as carts
from orders.services import returning
from orders.views import places
from sellers.services import shops

COOKIE = "cart"
COOKIE_SECONDS = 365 * 24 * 3600
bag_signer = signing.Signer(salt="orders.bag")
# Browsers inside an app, by the words they put into their name.
APPS = {
    "instagram": re.compile(r"\bInstagram "),
    "facebook": re.compile(r"\bFBA[NV]/"),
    "tiktok": re.compile(r"BytedanceWebview|musical_ly|TikTok"),
    "line": re.compile(r"\bLine/"),
    "youtube": re.compile(r"com\.google\.(ios|android)\.youtube"),
}


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
    """Give the open cart of this browser; of one that keeps no cookie, the cart its
    signed address names. At most one query.
    """
    token = token_of(request)
    if token:
        return carts.cart_of(token=token)
    try:
        public_id = bag_signer.unsign(request.GET.get("bag", ""))
    except signing.BadSignature:
        return None
    return Cart.objects.filter(public_id=public_id, closed_at=None).first()


def cart_url(request: HttpRequest, cart: Cart | None, **words: str) -> str:
    """Give the address of the bag: signed for a browser that keeps no cookie."""
    if cart is not None and not request.COOKIES:
        words["bag"] = bag_signer.sign(cart.public_id)
    return places.with_query(reverse("orders:cart"), **words)


def app_of(request: HttpRequest) -> str:
    """Name the app whose own browser this is, or nothing for any other browser."""
    name = request.headers.get("User-Agent", "")
    return next((app for app, words in APPS.items() if words.search(name)), "")


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
    """Say whether this browser placed the order, or came back from paying it; its
    cart is loaded.
    """
    if token_hash_of(request) == order.cart.token_hash:
        return True
    key = request.GET.get("key", "")
    return bool(key) and returning.opens(order=order, key=key, at=clock.now())


def ip_of(request: HttpRequest) -> str:
    """Give the caller's IP address, behind as many proxies as are trusted."""
    found: str = get_adapter().get_client_ip(request)
    return found


def countries() -> list[str]:
    """Give the countries goods may be sent to, the platform's own first."""
    served = shops.region()["countries"]
    return sorted(served, key=lambda code: code != settings.PLATFORM_COUNTRY)


def country_of(request: HttpRequest) -> str:
    """Guess where the goods shall go, among the countries they may be sent to."""
    return preferences.country_of(request, countries())
