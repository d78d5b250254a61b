"""A buyer's order: by its secret link or in the account, until it has arrived."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from marketplace.kit import clock, pagination
from marketplace.kit.csrf import works_without_cookies
from marketplace.kit.errors import MarketplaceError, NotFound
from marketplace.kit.leading import SeeOther, lead
from orders import queries
from orders.forms.buying import FindForm
from orders.models import Order, OrderStatus, PaymentStatus, SellerOrder
from orders.services import carrying, checkout, fulfilment, links, payments
from orders.views import browser, keeping, konbini, places
from orders.views import cart as cart_views
from orders.views import checkout as checkout_views

ORDERS_PER_PAGE = 20


@works_without_cookies
@never_cache
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show an order to whoever holds one of its links, and do what they ask."""
    at = clock.now()
    return _answer(request, links.open(token=token, at=at), at=at)


@never_cache
def mine(request: HttpRequest, order: str) -> HttpResponse:
    """Show a signed-in buyer one of his orders."""
    found = queries.order_of(request.user, order)
    return _answer(request, found, at=clock.now())


@never_cache
def my_orders(request: HttpRequest) -> HttpResponse:
    """List the orders of a signed-in buyer."""
    orders = queries.orders_of(request.user)
    page = pagination.page_of(orders, request, per_page=ORDERS_PER_PAGE)
    return render(request, "orders/mine.html", {"page": page})


@works_without_cookies
@never_cache
def find(request: HttpRequest) -> HttpResponse:
    """Send somebody the links of his orders; the answer is the same without any."""
    form = FindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        try:
            links.send(email=email, ip=browser.ip_of(request))
        except MarketplaceError as problem:
            form.add_error(None, problem.message)
            return render(
                request, "orders/find.html", {"form": form}, status=problem.status_code
            )
        return render(request, "orders/find_sent.html", {"email": email})
    status = 422 if form.errors else 200
    return render(request, "orders/find.html", {"form": form}, status=status)


def _answer(request: HttpRequest, order: Order, *, at: datetime) -> HttpResponse:
    if request.method != "POST":
        return _show(request, order, at=at)
    action = request.POST.get("action")
    try:
        if action == "pay":
            return checkout_views.to_payment(request, order, at=at)
        if action == "cancel":
            checkout.give_up(order=order, at=at, by_buyer=True)
            messages.success(request, _("The order is cancelled. Nothing was charged."))
        elif action in ("change", "bag"):
            # To pay another way, or to leave something out: a voucher is void first.
            checkout.give_up(order=order, at=at, by_buyer=True)
            pays = action == "change"
            return konbini.back_to_cart(request, order, to_checkout=pays, at=at)
        elif action == "again":
            return konbini.back_to_cart(request, order, to_checkout=False, at=at)
        elif action == "save":
            return keeping.save(request, order, at=at)
        elif action == "received":
            fulfilment.mark_delivered(seller_order=_part(request, order), at=at)
            messages.success(request, _("Thank you. We noted that it has arrived."))
    except MarketplaceError as problem:
        if isinstance(problem, NotFound):
            raise
        messages.warning(request, problem.message)
    return SeeOther(_again(request))


def _again(request: HttpRequest) -> str:
    """This page anew; a browser that keeps no cookie keeps what its address says."""
    return places.with_query(request.path, key=request.GET.get("key", ""))


def _part(request: HttpRequest, order: Order) -> SellerOrder:
    wanted = browser.typed(request, "part")
    part = order.seller_orders.filter(public_id=wanted).first()
    if part is None:
        raise NotFound
    return part


def _carry_url(request: HttpRequest, order: Order) -> str:
    """Give the way out of an app's own browser, where paying may not work."""
    app = browser.app_of(request)
    if not app:
        return ""
    token = carrying.link_token(cart=order.cart)
    # LINE leaves its own browser by itself for an address that asks it to.
    words = {"openExternalBrowser": "1"} if app == "line" else {}
    return places.with_query(reverse("orders:carry", args=[token]), **words)


def _show(request: HttpRequest, order: Order, *, at: datetime) -> HttpResponse:
    page = queries.order_page(order=order)
    payment = page.payment
    awaiting = order.status == OrderStatus.AWAITING_PAYMENT
    if awaiting and payment is not None:
        payments.ask_again(payment=payment, at=at)
    cash = payment is not None and payment.status == PaymentStatus.AWAITING_CASH
    _order_url, voucher_url = konbini.addresses(request, order)
    if cash and "paid" in request.GET:
        return lead(request, voucher_url)
    # Back from Stripe with a payment made, which we have not been told of yet.
    refused = payment is not None and payment.status == PaymentStatus.FAILED
    checking = awaiting and not refused and "paid" in request.GET
    owner = browser.placed(request, order)
    is_open = awaiting and at < order.expires_at
    context = {
        "order": order,
        "page": page,
        "payment": payment,
        "checking": checking,
        "voucher": payment.voucher if payment is not None and cash else None,
        "voucher_url": voucher_url,
        "can_pay": is_open
        and not checking
        and not cash
        and payment is not None
        and not refused,
        "can_cancel": awaiting and not checking,
        "change_url": browser.cart_url(request, order.cart)
        if owner and awaiting and not cash
        else "",
        "carry_url": _carry_url(request, order)
        if owner and awaiting and not cash and not checking
        else "",
        "can_save": owner and order.is_paid and order.user_id is None,
        "can_order_again": order.status == OrderStatus.CANCELLED
        and order.cart.closed_at is not None,
        "is_placed_here": owner,
        "again_url": cart_views.checkout_url(order.cart)
        if owner and order.cart.closed_at is None
        else "",
        "back_to": order.cart.came_from if owner and order.is_paid else "",
        "address": order.address,
        "is_own": order.user_id is not None and order.user_id == request.user.pk,
    }
    return render(request, "orders/order.html", context)
