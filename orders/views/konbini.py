"""The voucher of an order that is to be paid in cash, and the way back to its cart."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from marketplace.kit import clock
from marketplace.kit.leading import SeeOther, lead
from orders import queries
from orders.models import Order, PaymentStatus
from orders.services import again, links, payments
from orders.services import cart as carts
from orders.views import browser
from orders.views import cart as cart_views


@never_cache
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show the codes to whoever holds one of the order's links."""
    at = clock.now()
    return _show(request, links.open(token=token, at=at), at=at)


@never_cache
def mine(request: HttpRequest, order: str) -> HttpResponse:
    """Show a signed-in buyer the codes of one of his orders."""
    return _show(request, queries.order_of(request.user, order), at=clock.now())


def addresses(request: HttpRequest, order: Order) -> tuple[str, str]:
    """Give the addresses of an order's page and of its voucher, as it was opened."""
    match = request.resolver_match
    token = match.kwargs.get("token") if match else None
    if token is not None:
        named = ("orders:order", "orders:konbini", token)
    else:
        named = ("orders:my-order", "orders:my-konbini", order.public_id)
    return reverse(named[0], args=[named[2]]), reverse(named[1], args=[named[2]])


def back_to_cart(
    request: HttpRequest, order: Order, *, to_checkout: bool, at: datetime
) -> HttpResponse:
    """Give this browser the cart of a cancelled order, and go there.

    :raises again.StillWanted: it is not cancelled.
    """
    token = browser.token_of(request) or carts.new_token()
    restored = again.restore(order=order, token=token, user=request.user, at=at)
    for title in restored.left_out:
        messages.warning(
            request,
            _("%(title)s cannot be ordered again as it was.") % {"title": title},
        )
    url = browser.cart_url(request, restored.cart)
    if to_checkout:
        url = cart_views.checkout_url(restored.cart)
    response = SeeOther(url)
    browser.remember(response, token)
    return response


def _show(request: HttpRequest, order: Order, *, at: datetime) -> HttpResponse:
    """Show the codes while they are good; the order's page has all other states."""
    page = queries.order_page(order=order)
    order_url, _voucher_url = addresses(request, order)
    payment = page.payment
    if payment is None or payment.status != PaymentStatus.AWAITING_CASH:
        return lead(request, order_url)
    payments.ask_again(payment=payment, at=at)
    context = {
        "order": order,
        "page": page,
        "voucher": payment.voucher,
        "order_url": order_url,
        "address": order.address,
    }
    return render(request, "orders/konbini.html", context)
