"""What a shop's owner gives back: units, an amount, or what was sent back to him; with
who bears what shown before anything is done.
"""

import hashlib
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from marketplace.kit import clock
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.leading import SeeOther
from orders import queries as order_queries
from orders.models import RefundDoor, Return, ReturnStatus, SellerOrder
from orders.services import fulfilment, refunding, returns
from orders.views import browser
from payouts import forms
from payouts.services import refund_doors, refunds
from payouts.services.refunds import Amount, Preview, Units, Wanted
from sellers.models import Shop

KEY_LENGTH = 20
REFUNDED = gettext_lazy("Refunded. The buyer has been told.")


@never_cache
def refund(request: HttpRequest, shop: str, order: str) -> HttpResponse:
    """Refund something of one's own part: choose, see who bears what, confirm."""
    at = clock.now()
    found = _owned_shop(request, shop)
    part = order_queries.seller_order(user=request.user, shop=found, public_id=order)
    key = _key(part, browser.typed(request, "request_key"))
    if request.method == "POST" and refunds.was_requested(key):
        messages.info(request, _("This was refunded already; not a second time."))
        return SeeOther(_order_url(part))
    form = _form(request, part)
    if request.method != "POST":
        return _show(request, part, form)
    if not form.is_valid():
        return _show(request, part, form, status=422)
    wanted = _wanted(form, part)
    try:
        shown = _preview(part, wanted, form.cleaned_data["kind"], at=at)
    except MarketplaceError as problem:
        form.add_error(None, problem.message)
        return _show(request, part, form, status=problem.status_code)
    digest = _digest(shown)
    if request.POST.get("step") != "confirm":
        return _show(request, part, form, shown=shown, digest=digest)
    if form.cleaned_data["digest"] != digest:
        form.add_error(None, _("Something changed. Look again at who bears what."))
        return _show(request, part, form, shown=shown, digest=digest, status=409)
    return _do(request, part, form, wanted, key=key, at=at)


@never_cache
def parcel(request: HttpRequest, shop: str, parcel: str) -> HttpResponse:
    """Show what a buyer sends back; note that it came, or decline it with a reason."""
    at = clock.now()
    found = _owned_shop(request, shop)
    row = get_object_or_404(
        Return.objects.select_related("seller_order__order__address"),
        seller_order__shop=found,
        public_id=parcel,
    )
    if request.method != "POST":
        return _show_parcel(request, row, forms.DeclineForm(), at=at)
    if request.POST.get("step") == "decline":
        return _decline(request, row, at=at)
    try:
        refund_doors.receive_return(
            parcel=row,
            door=RefundDoor.SELLER,
            actor=str(request.user.pk),
            with_delivery="with_delivery" in request.POST,
            is_restocked="is_restocked" in request.POST,
            at=at,
        )
        messages.success(request, REFUNDED)
    except refunds.AlreadyRequested as problem:
        messages.info(request, problem.message)
    except MarketplaceError as problem:
        messages.warning(request, problem.message)
    return SeeOther(_order_url(row.seller_order))


def _do(
    request: HttpRequest,
    part: SellerOrder,
    form: forms.SellerRefundForm,
    wanted: Wanted,
    *,
    key: str,
    at: datetime,
) -> HttpResponse:
    try:
        refund_doors.refund_by_seller(
            shop=part.shop,
            seller_order=part,
            wanted=wanted,
            reason=form.cleaned_data["kind"],
            note=form.cleaned_data["note"],
            actor=str(request.user.pk),
            request_key=key,
            at=at,
        )
        messages.success(request, REFUNDED)
    except refunds.AlreadyRequested as problem:
        messages.info(request, problem.message)
    except MarketplaceError as problem:
        form.add_error(None, problem.message)
        return _show(request, part, form, status=problem.status_code)
    return SeeOther(_order_url(part))


def _decline(request: HttpRequest, row: Return, *, at: datetime) -> HttpResponse:
    form = forms.DeclineForm(request.POST)
    if not form.is_valid():
        return _show_parcel(request, row, form, at=at, status=422)
    try:
        refund_doors.decline_return(
            parcel=row,
            actor=str(request.user.pk),
            note=form.cleaned_data["note"],
            at=at,
        )
        messages.success(request, _("Declined. The buyer has been told why."))
    except MarketplaceError as problem:
        messages.warning(request, problem.message)
    return SeeOther(_order_url(row.seller_order))


def _form(request: HttpRequest, part: SellerOrder) -> forms.SellerRefundForm:
    kind = forms.SellerRefundForm
    to_ship = fulfilment.units_to_ship(seller_order=part)
    has = refunding.units_with_buyer(part=part)
    kinds = [kind.AMOUNT]
    if has:
        kinds.insert(0, kind.BACK)
    if to_ship:
        kinds.insert(0, kind.CANCEL)
    return kind(
        request.POST if request.method == "POST" else None,
        lines=list(part.lines.order_by("position", "pk")),
        most={
            pk: max(to_ship.get(pk, 0), has.get(pk, 0))
            for pk in set(to_ship) | set(has)
        },
        begin=0,
        kinds=kinds if part.order.paid_at else [],
        currency=part.order.currency,
        initial={"request_key": get_random_string(KEY_LENGTH)},
    )


def _wanted(form: forms.SellerRefundForm, part: SellerOrder) -> Wanted:
    if form.cleaned_data["kind"] == form.AMOUNT:
        return Amount(
            amount=form.cleaned_data["amount"],
            currency=part.order.currency,
            seller_order_id=part.pk,
        )
    return Units(
        lines=form.quantities(),
        deliveries=(
            frozenset({part.pk}) if form.cleaned_data["with_delivery"] else None
        ),
    )


def _key(part: SellerOrder, typed: str) -> str:
    """Make the key of a wish: of this part alone, whatever was sent."""
    return f"seller:{part.public_id}:{typed[:KEY_LENGTH]}"


def _preview(
    part: SellerOrder, wanted: Wanted, reason: str, *, at: datetime
) -> Preview:
    return refunds.preview(order=part.order, wanted=wanted, reason=reason, at=at)


def _digest(shown: Preview) -> str:
    """Sum up what a preview said, to tell whether it is still so."""
    text = repr(
        (
            shown.amount,
            sorted(
                (one.role, one.name, one.amount, one.from_receivable_amount)
                for one in shown.bearers
            ),
        )
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _show(
    request: HttpRequest,
    part: SellerOrder,
    form: forms.SellerRefundForm,
    *,
    shown: Preview | None = None,
    digest: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "shop": part.shop,
        "part": part,
        "order": part.order,
        "form": form,
        "shown": shown,
        "digest": digest,
    }
    return render(request, "payouts/seller_refund.html", context, status=status)


def _show_parcel(
    request: HttpRequest,
    row: Return,
    form: forms.DeclineForm,
    *,
    at: datetime,
    status: int = 200,
) -> HttpResponse:
    part = row.seller_order
    shown, problem = None, ""
    if row.status in (ReturnStatus.OPEN, ReturnStatus.RECEIVED):
        wanted = Units(
            lines=dict(row.lines.values_list("line_id", "quantity")),
            deliveries=(
                frozenset({part.pk}) if "with_delivery" in request.GET else None
            ),
        )
        reason = "withdrawn" if row.kind == "withdrawal" else "returned"
        try:
            shown = _preview(part, wanted, reason, at=at)
        except MarketplaceError as refusal:
            problem = refusal.message
    lines = list(row.lines.select_related("line").order_by("line__position"))
    context = {
        "shop": part.shop,
        "part": part,
        "order": part.order,
        "parcel": row,
        "lines": lines,
        "has_sealed": any(one.line.is_sealed for one in lines),
        "is_unsealed_rest": returns.is_unsealed_rest(parcel=row),
        "form": form,
        "shown": shown,
        "problem": problem,
        "with_delivery": "with_delivery" in request.GET,
    }
    return render(request, "payouts/seller_return.html", context, status=status)


def _order_url(part: SellerOrder) -> str:
    return reverse("orders:seller-order", args=[part.shop.public_id, part.public_id])


def _owned_shop(request: HttpRequest, public_id: str) -> Shop:
    """Give a shop this person owns; its staff see orders, not money."""
    return get_object_or_404(Shop.objects.owned_by(request.user), public_id=public_id)
