"""Checkout: one page, then Stripe's; and the way back from there."""

from datetime import datetime

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from marketplace.accounts.models import User
from marketplace.kit import clock
from marketplace.kit.csrf import works_without_cookies
from marketplace.kit.errors import MarketplaceError, NotFound
from marketplace.kit.leading import SeeOther
from orders.forms.buying import CheckoutForm, FindForm
from orders.models import Address, Cart, Order, OrderStatus
from orders.services import (
    addresses,
    cash,
    checkout,
    links,
    payments,
    returning,
    saved_cards,
)
from orders.views import bought, browser, places, shown
from orders.views import cart as cart_views


@works_without_cookies
@never_cache
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Ask who buys and where it goes, show what it costs, and go on to payment."""
    cart = _cart(token)
    if cart.closed_at is not None:
        order = cart.orders.filter(
            status__in=[OrderStatus.PAID, OrderStatus.AWAITING_PAYMENT]
        ).first()
        if order is None:
            return SeeOther(reverse("orders:cart"))
        return SeeOther(reverse("orders:return", args=[order.public_id]))
    if request.method == "POST":
        return _place(request, cart, at=clock.now())
    country = browser.country_of(request)
    form = CheckoutForm(
        initial=_known(request, cart) | {"country": country},
        countries=browser.countries(),
        has_account=request.user.is_authenticated,
    )
    if "country" not in request.GET and form.initial.get("kept_country"):
        country = form.initial["country"] = form.initial["kept_country"]
    return _page(request, cart, form, country=country)


def _place(request: HttpRequest, cart: Cart, *, at: datetime) -> HttpResponse:
    form = CheckoutForm(
        request.POST,
        countries=browser.countries(),
        has_account=request.user.is_authenticated,
    )
    valid = form.is_valid()
    country = form.cleaned_data.get("country") or browser.country_of(request)
    if not valid:
        return _page(request, cart, form, country=country, status=422)
    try:
        order = checkout.place(
            cart=cart,
            buyer=_buyer(request, form, at=at),
            shown=form.cleaned_data["shown"],
            at=at,
        )
    except checkout.OrderChanged as problem:
        words = [change.message for change in problem.changes]
        return _page(
            request, cart, form, country=country, status=409, changed=words or [""]
        )
    except payments.AlreadyPaid:
        return SeeOther(cart_views.checkout_url(cart))
    except MarketplaceError as problem:
        form.add_error(None, problem.message)
        return _page(request, cart, form, country=country, status=problem.status_code)
    if form.cleaned_data.get("keeps_address"):
        addresses.keep_that_of(order=order, at=at)
    try:
        return to_payment(request, order, at=at)
    except payments.CardDeclined as problem:
        form.add_error(None, problem.message)
        return _page(request, cart, form, country=country, status=problem.status_code)


def to_payment(request: HttpRequest, order: Order, *, at: datetime) -> HttpResponse:
    """Send the buyer to the payment page of an order, asked for now if need be, or to
    his bank, or to his order when a saved card was charged. When the provider cannot be
    reached the order is kept, and its page says so.

    :raises payments.CardDeclined: the saved card was not charged.
    """
    ours = reverse("orders:return", args=[order.public_id])
    if not request.COOKIES:
        ours = returning.path(order=order)
    payment = order.payments.order_by("-pk").first()
    if payment is None or order.status != OrderStatus.AWAITING_PAYMENT:
        return SeeOther(ours)
    try:
        payment = payments.open(payment_id=payment.pk, at=at)
    except payments.PaymentPageUnavailable as problem:
        messages.warning(request, problem.message)
        return SeeOther(ours)
    except payments.CardDeclined:
        raise
    except payments.PaymentRefused as problem:
        messages.error(request, problem.message)
        return SeeOther(ours)
    if payment.saved_card_id is not None and not payment.page_url:
        return SeeOther(places.with_query(ours, paid="1"))
    return SeeOther(payment.page_url or ours)


@never_cache
def back(request: HttpRequest, order: str) -> HttpResponse:
    """Lead a browser that comes back from Stripe to its order. One that did not place
    the order is told that its link comes by mail, and learns nothing else.
    """
    found = Order.objects.select_related("cart").filter(public_id=order).first()
    if found is None:
        raise NotFound
    if "paid" in request.GET and bought.belongs_in_sheet(request, found):
        return SeeOther(bought.address_of(found))
    if not browser.placed(request, found) and not _owns(request, found):
        context = {"form": FindForm()}
        return render(request, "orders/returned.html", context)
    token = links.make(order=found, at=clock.now())
    words = {"paid": "1"} if "paid" in request.GET else {}
    if not request.COOKIES:
        # It keeps no cookie: the address says that it placed the order.
        words["key"] = request.GET.get("key", "")
    url = reverse("orders:order", args=[token])
    return SeeOther(places.with_query(url, **words))


def _owns(request: HttpRequest, order: Order) -> bool:
    return order.user_id is not None and order.user_id == request.user.pk


def _cart(token: str) -> Cart:
    """Give the cart of a signed address.

    :raises NotFound: for an address we did not sign.
    """
    try:
        public_id = cart_views.signer.unsign(token)
    except signing.BadSignature:
        raise NotFound from None
    cart = Cart.objects.filter(public_id=public_id).first()
    if cart is None:
        raise NotFound
    return cart


def _page(
    request: HttpRequest,
    cart: Cart,
    form: CheckoutForm,
    *,
    country: str,
    status: int = 200,
    changed: list[str] | None = None,
) -> HttpResponse:
    at = clock.now()
    seen = shown.show(cart=cart, country=country, at=at)
    if seen.is_empty:
        for note in (*seen.notes, *filter(None, changed or [])):
            messages.warning(request, note)
        return SeeOther(reverse("orders:cart"))
    user = request.user
    cards = saved_cards.cards_of(user=user, at=at) if isinstance(user, User) else []
    if cards:
        form.fields["saves_card"].label = _("Keep a new card for next time")
    context = {
        "cart": cart,
        "form": form,
        "seen": seen,
        "quote": seen.quote,
        "groups": shown.groups(seen, at=at),
        "fingerprint": seen.quote.fingerprint if seen.quote else "",
        "notes": _notes(seen, changed),
        "cash_days": seen.quote
        and cash.days_for(amount=seen.quote.total_amount, currency=cart.currency),
        "country": country,
        "cards": cards,
        "is_known": form.is_complete() and status == 200,
    }
    return render(request, "orders/checkout.html", context, status=status)


def _notes(seen: shown.Shown, changed: list[str] | None) -> list[str]:
    """Name each difference once; when nothing else is known, say that the price is
    the new one.
    """
    if seen.notes:
        return list(seen.notes)
    named = [words for words in changed or [] if words]
    if changed is not None and not named:
        return [_("The total or the delivery is not what this page showed before.")]
    return named


def _buyer(request: HttpRequest, form: CheckoutForm, *, at: datetime) -> checkout.Buyer:
    """:raises saved_cards.CardGone: the chosen card is not this person's any more."""
    typed = form.cleaned_data
    user = request.user if isinstance(request.user, User) else None
    card = None
    if user is not None and browser.typed(request, "pay") == "card":
        card = saved_cards.card_of(user=user, public_id=typed["card"], at=at)
    return checkout.Buyer(
        email=typed["email"],
        user=user,
        name=typed["name"],
        line1=typed["line1"],
        postal_code=typed["postal_code"],
        city=typed["city"],
        region=typed.get("region", ""),
        country=typed["country"],
        phone="",
        language=(get_language() or "en")[:5],
        ip=browser.ip_of(request),
        card=card,
        saves_card=bool(typed.get("saves_card")),
    )


def _known(request: HttpRequest, cart: Cart) -> dict[str, str]:
    """Give what the buyer need not type again: from this cart's last order, in the
    browser that placed it only, else from the account: its default address, else where
    its last order went.
    """
    user = request.user if isinstance(request.user, User) else None
    account = {"email": user.email, "name": user.name} if user else {}
    before = Address.objects.select_related("order__cart").order_by("-pk")
    address = before.filter(order__cart=cart).first()
    if address is None or not browser.placed(request, address.order):
        kept = addresses.default_of(user=user) if user else None
        if kept is not None:
            return account | addresses.written(kept) | {"kept_country": kept.country}
        address = before.filter(order__user=user).first() if user else None
    if address is None:
        return account
    return {
        "email": address.order.email,
        "name": address.name,
        "line1": address.line1,
        "postal_code": address.postal_code,
        "city": address.city,
        "region": address.region,
        "kept_country": address.country,
    }
