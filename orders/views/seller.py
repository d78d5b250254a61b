"""A shop's orders: what to ship, what is on its way, what has arrived."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from marketplace.kit import clock, pagination
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.leading import SeeOther
from orders import queries
from orders.forms.selling import ShipForm
from orders.models import OrderStatus, SellerOrder
from orders.services import cash, fulfilment
from sellers.models import Shop

ORDERS_PER_PAGE = 20
TAB_NAMES = {
    "to_ship": gettext_lazy("To ship"),
    "awaiting_payment": gettext_lazy("Waiting for payment"),
    "shipped": gettext_lazy("Shipped"),
    "delivered": gettext_lazy("Delivered"),
    "returns": gettext_lazy("Returns"),
    "over": gettext_lazy("Over"),
}


@never_cache
def orders(request: HttpRequest, shop: str) -> HttpResponse:
    """List a shop's orders in one of its tabs."""
    found = queries.shop_of(request.user, shop)
    tab = request.GET.get("tab", "")
    tab = tab if tab in queries.SELLER_TABS else "to_ship"
    counts = queries.seller_tab_counts(shop=found)
    parts = queries.seller_orders(shop=found, tab=tab)
    context = {
        "shop": found,
        "tab": tab,
        "tabs": [
            (key, TAB_NAMES[key], counts[key])
            for key in queries.SELLER_TABS
            if key != "awaiting_payment" or cash.is_offered_here()
        ],
        "to_ship": counts["to_ship"],
        "page": pagination.page_of(parts, request, per_page=ORDERS_PER_PAGE),
    }
    return render(request, "orders/seller_orders.html", context)


@never_cache
def order(request: HttpRequest, shop: str, order: str) -> HttpResponse:
    """Show a shop its part of an order, and ship it."""
    found = queries.shop_of(request.user, shop)
    part = queries.seller_order(user=request.user, shop=found, public_id=order)
    if request.method == "POST":
        return _ship(request, found, part)
    return _page(request, found, part)


def _ship(request: HttpRequest, shop: Shop, part: SellerOrder) -> HttpResponse:
    units = fulfilment.units_to_ship(seller_order=part)
    form = ShipForm(request.POST, units=units)
    if not form.is_valid():
        return _page(request, shop, part, form=form, status=422)
    try:
        fulfilment.ship(
            seller_order=part,
            carrier=form.cleaned_data["carrier"],
            tracking_number=form.cleaned_data["tracking_number"],
            quantities=form.quantities(),
            at=clock.now(),
        )
    except MarketplaceError as problem:
        form.add_error(None, problem.message)
        return _page(request, shop, part, form=form, status=problem.status_code)
    messages.success(request, _("Shipped. The buyer has been told."))
    here = reverse("orders:seller-order", args=[shop.public_id, part.public_id])
    return SeeOther(here)


def _page(
    request: HttpRequest,
    shop: Shop,
    part: SellerOrder,
    *,
    form: ShipForm | None = None,
    status: int = 200,
) -> HttpResponse:
    to_ship = part.status == OrderStatus.TO_SHIP
    units = fulfilment.units_to_ship(seller_order=part) if to_ship else {}
    if form is None and to_ship:
        form = ShipForm(units=units)
    page = queries.seller_order_page(part=part)
    context = {
        "shop": shop,
        "part": part,
        "page": page,
        "order": part.order,
        "address": part.order.address,
        "voucher": queries.voucher_of(part),
        "form": form,
        "rows": [
            (line, form[f"units-{line.pk}"] if form and line.pk in units else None)
            for line in page.lines
        ],
        "units_left": sum(units.values()),
        "to_ship": queries.seller_tab_counts(shop=shop)["to_ship"],
    }
    return render(request, "orders/seller_order.html", context, status=status)
