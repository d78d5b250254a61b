"""The addresses a signed-in buyer keeps."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from marketplace.accounts.models import User
from marketplace.kit import clock
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.leading import SeeOther
from orders.forms.addresses import SavedAddressForm
from orders.models import SavedAddress
from orders.services import addresses
from orders.views import browser


@never_cache
def listed(request: HttpRequest) -> HttpResponse:
    """List a buyer's addresses; make one the default, or remove one."""
    mine = SavedAddress.objects.visible_to(request.user).select_related("user")
    if request.method == "POST":
        address = get_object_or_404(mine, public_id=browser.typed(request, "address"))
        if browser.typed(request, "does") == "remove":
            addresses.remove(address=address)
            messages.success(request, _("The address is removed."))
        else:
            addresses.make_default(address=address)
            messages.success(request, _("The checkout is filled in with this address."))
        return SeeOther(request.path)
    return render(request, "orders/addresses.html", {"addresses": mine.in_order()})


@never_cache
def added(request: HttpRequest) -> HttpResponse:
    """Keep a new address."""
    user = request.user
    assert isinstance(user, User)
    form = _form(request, {"name": user.name, "country": browser.country_of(request)})
    if request.method == "POST" and form.is_valid():
        return _done(
            request,
            form,
            lambda: addresses.keep(
                user=user,
                address=form.address(),
                is_default=form.cleaned_data["is_default"],
                at=clock.now(),
            ),
        )
    return _page(request, form)


@never_cache
def changed(request: HttpRequest, address: str) -> HttpResponse:
    """Write an address anew."""
    mine = SavedAddress.objects.visible_to(request.user).select_related("user")
    found = get_object_or_404(mine, public_id=address)
    known = {**addresses.written(found), "is_default": found.is_default}
    form = _form(request, known)
    if request.method == "POST" and form.is_valid():
        return _done(
            request,
            form,
            lambda: addresses.change(
                address=found,
                to=form.address(),
                is_default=form.cleaned_data["is_default"],
            ),
        )
    return _page(request, form, address=found)


def _form(request: HttpRequest, known: dict[str, Any]) -> SavedAddressForm:
    typed = request.POST if request.method == "POST" else None
    return SavedAddressForm(typed, initial=known, countries=browser.countries())


def _done(request: HttpRequest, form: SavedAddressForm, do: Any) -> HttpResponse:
    try:
        do()
    except MarketplaceError as problem:
        form.add_error(None, problem.message)
        return _page(request, form, status=problem.status_code)
    messages.success(request, _("The address is kept."))
    return SeeOther(reverse("orders:addresses"))


def _page(
    request: HttpRequest,
    form: SavedAddressForm,
    *,
    address: SavedAddress | None = None,
    status: int = 0,
) -> HttpResponse:
    context = {"form": form, "address": address, "is_new": address is None}
    status = status or (422 if form.errors else 200)
    return render(request, "orders/address.html", context, status=status)
