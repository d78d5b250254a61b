"""Out of an app's browser, into the phone's own, with the bag."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from marketplace.kit import clock
from marketplace.kit.csrf import works_without_cookies
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.leading import SeeOther
from orders.services import carrying
from orders.services import cart as carts
from orders.views import browser
from orders.views import cart as cart_views


@works_without_cookies
@never_cache
def carry(request: HttpRequest, token: str) -> HttpResponse:
    """Say in an app how to open this very page elsewhere; there, one press takes the
    bag over. To look at it changes nothing, so that no preview uses it up.
    """
    context = {"app": browser.app_of(request), "problem": ""}
    context["address"] = settings.SITE_URL + request.path
    status = 200
    try:
        if request.method == "POST":
            into = browser.token_of(request) or carts.new_token()
            taken = carrying.take(
                token=token, into=into, user=request.user, at=clock.now()
            )
            response = SeeOther(cart_views.checkout_url(taken.cart))
            browser.remember(response, into)
            return response
        carrying.cart_of(token=token)
    except MarketplaceError as problem:
        context["problem"], status = problem.message, problem.status_code
    return render(request, "orders/carry.html", context, status=status)
