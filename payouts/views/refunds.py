"""What a buyer does about a purchase: cancel it, withdraw from it, send goods back. By
the order's secret link or in the account; the same pages for both.
"""

from datetime import datetime
from typing import Any, TypeVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from marketplace.kit import clock
from marketplace.kit.csrf import works_without_cookies
from marketplace.kit.errors import MarketplaceError, NotFound
from marketplace.kit.leading import SeeOther
from orders import queries as order_queries
from orders.models import OrderLine, ReturnKind, SellerOrder
from orders.services import links, returns
from orders.views import browser
from payouts import forms
from payouts.services import buyer_rights, refund_doors, refunds
from payouts.services.buyer_rights import Rights

KEY_LENGTH = 20
AnyForm = TypeVar("AnyForm", bound=forms.UnitsForm)


@works_without_cookies
@never_cache
def cancel(
    request: HttpRequest, part: str, token: str = "", order: str = ""
) -> HttpResponse:
    """Cancel a whole part within some minutes of paying; one press."""
    at = clock.now()
    found, rights, context = _open(request, part, token, order, at=at)
    if request.method != "POST":
        context |= {"request_key": _new_key()}
        if rights.can_cancel:
            context["amount"] = _amount(found, dict(rights.to_ship), "", at=at)
        return render(request, "payouts/cancel.html", context)
    try:
        refund_doors.cancel_by_buyer(
            seller_order=found,
            actor=_actor(request),
            request_key=_key("cancel", found, browser.typed(request, "request_key")),
            at=at,
        )
        messages.success(
            request,
            _("Cancelled. Your money is on its way; the receipt comes by mail."),
        )
    except refunds.AlreadyRequested:
        messages.info(request, _("This is cancelled already."))
    except MarketplaceError as problem:
        messages.warning(request, problem.message)
    return SeeOther(context["order_url"])


@works_without_cookies
@never_cache
def withdraw(
    request: HttpRequest, part: str, token: str = "", order: str = ""
) -> HttpResponse:
    """Withdraw from the contract with one seller: what of it, then confirm."""
    at = clock.now()
    found, rights, context = _open(request, part, token, order, at=at)
    key = _key("withdraw", found, browser.typed(request, "request_key"))
    if refunds.was_requested(key):
        messages.info(request, _("You have withdrawn from this already."))
        return SeeOther(context["order_url"])
    form = _form(forms.WithdrawForm, request, found, rights)
    if request.method != "POST":
        return _ask(request, found, form, context, kind=ReturnKind.WITHDRAWAL, at=at)
    if not form.is_valid():
        context["status"] = 422
        return _ask(request, found, form, context, kind=ReturnKind.WITHDRAWAL, at=at)
    try:
        refund_doors.withdraw(
            seller_order=found,
            quantities=form.quantities(),
            actor=_actor(request),
            request_key=key,
            at=at,
        )
        messages.success(
            request, _("You have withdrawn. The receipt, with the date, comes by mail.")
        )
    except (refunds.AlreadyRequested, returns.ReturnOpen) as problem:
        messages.info(request, problem.message)
    except MarketplaceError as problem:
        messages.warning(request, problem.message)
    return SeeOther(context["order_url"])


@works_without_cookies
@never_cache
def send_back(
    request: HttpRequest, part: str, token: str = "", order: str = ""
) -> HttpResponse:
    """Ask to send goods back for a reason; it is refunded when they have come."""
    at = clock.now()
    found, rights, context = _open(request, part, token, order, at=at)
    form = _form(forms.ReturnForm, request, found, rights)
    if request.method != "POST":
        return _ask(request, found, form, context, kind=ReturnKind.RETURN, at=at)
    if not form.is_valid():
        context["status"] = 422
        return _ask(request, found, form, context, kind=ReturnKind.RETURN, at=at)
    try:
        refund_doors.request_return(
            seller_order=found,
            quantities=form.quantities(),
            note=form.words(),
            at=at,
        )
        messages.success(
            request, _("Your return is noted. How to send it back comes by mail.")
        )
    except MarketplaceError as problem:
        messages.warning(request, problem.message)
    return SeeOther(context["order_url"])


def _open(
    request: HttpRequest, part: str, token: str, order: str, *, at: datetime
) -> tuple[SellerOrder, Rights, dict[str, Any]]:
    """Give a part of the order that this link or this buyer may see.

    :raises NotFound: for any other.
    """
    if token:
        found = links.open(token=token, at=at)
        order_url = reverse("orders:order", args=[token])
    else:
        found = order_queries.order_of(request.user, order)
        order_url = reverse("orders:my-order", args=[found.public_id])
    row = (
        found.seller_orders.select_related("shop", "order__address")
        .prefetch_related("lines", "shipments__lines")
        .filter(public_id=part)
        .first()
    )
    if row is None:
        raise NotFound
    back = buyer_rights.back(order=row.order)
    rights = buyer_rights.rights(parts=[row], back=back, at=at)[row.pk]
    context = {
        "order": row.order,
        "part": row,
        "shop": row.shop,
        "address": row.order.address,
        "rights": rights,
        "order_url": order_url,
        "status": 200,
    }
    return row, rights, context


def _form(
    kind: type[AnyForm], request: HttpRequest, part: SellerOrder, rights: Rights
) -> AnyForm:
    """Make the form of what may be chosen; an address may say how much (`?units-…`)."""
    sent = request.POST if request.method == "POST" else request.GET
    chosen = any(key.startswith(forms.PREFIX) for key in sent)
    most = rights.with_buyer if kind is forms.ReturnForm else rights.units
    return kind(
        sent if request.method == "POST" or chosen else None,
        lines=_lines(part),
        most=most,
        initial={"request_key": _new_key()},
    )


def _ask(
    request: HttpRequest,
    part: SellerOrder,
    form: forms.UnitsForm,
    context: dict[str, Any],
    *,
    kind: str,
    at: datetime,
) -> HttpResponse:
    """Show what can be chosen and what comes back for it, or what is still possible."""
    status = context.pop("status")
    rights: Rights = context["rights"]
    is_return = kind == ReturnKind.RETURN
    context |= {
        "form": form,
        "is_possible": rights.can_return if is_return else rights.can_withdraw,
        "request_key": form.data.get("request_key") or _new_key(),
    }
    if context["is_possible"]:
        if form.is_bound:
            form.is_valid()
        context["amount"] = _amount(part, form.quantities(), kind, at=at)
        if request.method != "POST":
            form.errors.clear()
    template = "payouts/send_back.html" if is_return else "payouts/withdraw.html"
    return render(request, template, context, status=status)


def _amount(
    part: SellerOrder, quantities: dict[int, int], kind: str, *, at: datetime
) -> int | None:
    """Give what would come back; nothing while it cannot be said."""
    try:
        return buyer_rights.amount_back(
            part=part, quantities=quantities, kind=kind, at=at
        )
    except MarketplaceError:
        return None


def _lines(part: SellerOrder) -> list[OrderLine]:
    return list(part.lines.order_by("position", "pk"))


def _actor(request: HttpRequest) -> str:
    """Name who asked: the account, or the holder of a link."""
    if request.user.is_authenticated:
        return str(request.user.pk)
    return "link"


def _new_key() -> str:
    return get_random_string(KEY_LENGTH)


def _key(what: str, part: SellerOrder, typed: str) -> str:
    """Make the key of a wish: of this part alone, whatever was sent."""
    return f"{what}:{part.public_id}:{typed[:KEY_LENGTH]}"
