"""The bag: what is in it, grouped by seller, and what it costs where it goes."""

import unicodedata

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from creators.services import attribution
from marketplace.kit import clock, consent, limits
from marketplace.kit.csrf import works_without_cookies
from marketplace.kit.errors import MarketplaceError, NotFound
from marketplace.kit.leading import SeeOther
from orders import queries
from orders.forms.addresses import country_choices
from orders.forms.buying import CodeForm
from orders.models import Cart
from orders.services import cart as carts
from orders.views import browser, places, shown
from sellers.models import Variant

CODES_PER_MINUTE = 10
LONGEST_QUANTITY = 6
signer = signing.Signer(salt="orders.checkout")


def checkout_url(cart: Cart) -> str:
    """Give the signed address of a cart's checkout; it opens without the cookie."""
    return reverse("orders:checkout", args=[signer.sign(cart.public_id)])


@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """Show the bag, priced for the guessed or chosen country."""
    return _page(request)


def _page(
    request: HttpRequest, *, code_form: CodeForm | None = None, status: int = 200
) -> HttpResponse:
    at, cart = clock.now(), browser.cart_of(request)
    seen = shown.show(cart=cart, country=browser.country_of(request), at=at)
    context = {
        "cart": cart,
        "seen": seen,
        "groups": shown.groups(seen, at=at),
        "code_form": code_form or CodeForm(),
        "checkout_url": checkout_url(cart) if cart is not None else "",
        "countries": country_choices(browser.countries()),
        "cart_count": seen.quote.units if seen.quote else 0,
        "bag": request.GET.get("bag", ""),
        "site_currency": cart.currency if cart is not None else "",
    }
    return render(request, "orders/cart.html", context, status=status)


@works_without_cookies
def add(request: HttpRequest) -> HttpResponse:
    """Put a variant in the bag; `then=checkout` goes straight on to paying."""
    at = clock.now()
    variant = (
        Variant.objects.select_related("product")
        .filter(public_id=browser.typed(request, "variant"))
        .first()
    )
    if variant is None:
        raise NotFound
    via = browser.typed(request, "via")[:200] or consent.leader_of(request)
    token = browser.token_of(request) or carts.new_token()
    try:
        quantity = _quantity(request.POST.get("quantity", "1"))
        cart = carts.open_cart(token=token, user=request.user, at=at)
        carts.add(
            cart=cart,
            variant=variant,
            quantity=quantity,
            via=attribution.read_token(token=via, at=at) if via else None,
            at=at,
        )
    except MarketplaceError as problem:
        messages.error(request, problem.message)
        back = variant.product.get_absolute_url()
        return SeeOther(f"{back}?{urlencode({'via': via})}" if via else back)
    if request.POST.get("then") == "checkout":
        response = SeeOther(checkout_url(cart))
    else:
        response = SeeOther(browser.cart_url(request, cart))
    browser.remember(response, token)
    return response


@works_without_cookies
def line(request: HttpRequest, variant: str) -> HttpResponse:
    """Change how many units of a line there are, or take it out."""
    found = queries.cart_line(cart=browser.cart_of(request), variant_public_id=variant)
    try:
        if "remove" in request.POST:
            carts.remove(line=found)
            title = found.variant.product.title
            messages.info(
                request, _("%(title)s is out of your bag.") % {"title": title}
            )
        else:
            quantity = _quantity(request.POST.get("quantity", ""))
            carts.set_quantity(line=found, quantity=quantity)
    except MarketplaceError as problem:
        messages.error(request, problem.message)
    return SeeOther(_here(request))


@works_without_cookies
def code(request: HttpRequest) -> HttpResponse:
    """Take the code a buyer typed; tries are counted."""
    cart = browser.cart_of(request)
    if cart is None:
        raise NotFound
    form = CodeForm(request.POST)
    try:
        for who in (browser.ip_of(request), cart.token_hash):
            limits.count(f"code:{who}", limit=CODES_PER_MINUTE, seconds=60)
        if form.is_valid():
            word = form.cleaned_data["code"]
            carts.set_code(cart=cart, word=word, at=clock.now())
    except MarketplaceError as problem:
        form.is_valid()
        form.add_error("code", problem.message)
        return _page(request, code_form=form, status=problem.status_code)
    if form.errors:
        return _page(request, code_form=form, status=422)
    return SeeOther(_here(request))


def _here(request: HttpRequest) -> str:
    """Go back to the bag, for the same country and by the same address."""
    words = {name: request.GET.get(name, "") for name in ("country", "bag")}
    return places.with_query(reverse("orders:cart"), **words)


def _quantity(typed: str) -> int:
    """Read a whole number as typed, also in full-width digits.

    :raises NoSuchQuantity: for anything else (`1.5`, `1e9`, `-2`).
    """
    text = unicodedata.normalize("NFKC", typed).strip()
    if not text.isdecimal() or len(text) > LONGEST_QUANTITY:
        raise carts.NoSuchQuantity
    return int(text)
