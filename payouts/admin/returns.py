"""Goods on their way back: what sellers left unanswered is decided here, for the buyer or
for the seller, with who bears what shown before.
"""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from unfold.decorators import display

from marketplace.kit import clock
from marketplace.kit.admin import ReadOnlyAdmin, ReadOnlyInline, moment
from marketplace.kit.errors import MarketplaceError
from orders.models import Return, ReturnLine
from orders.services import overdue, returns
from payouts.admin.ledger import order_money_link
from payouts.services import refund_doors, refunds, return_decisions

MAY_DECIDE = "orders.add_refund"
WITHOUT_LIMIT = "orders.refund_any_amount"
NOTE_LENGTH = 500


class WaitsForUs(admin.SimpleListFilter):
    """What sellers left unanswered and nobody has decided."""

    title = _l("waits for us")
    parameter_name = "waits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", _("Yes"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Return]
    ) -> QuerySet[Return]:
        if self.value() != "1":
            return queryset
        return queryset.filter(pk__in=overdue.waiting().values("pk"))


class LineInline(ReadOnlyInline):
    model = ReturnLine
    fields: ClassVar = ["line", "quantity"]


@admin.register(Return)
class ReturnAdmin(ReadOnlyAdmin):
    """What waits for us longest stands first."""

    list_display: ClassVar = [
        *("public_id", "order_link", "shop", "kind", "status"),
        *("asked", "until", "taken"),
    ]
    list_filter: ClassVar = [WaitsForUs, "status", "kind"]
    list_select_related: ClassVar = ["seller_order__order", "seller_order__shop"]
    search_fields: ClassVar = [
        *("public_id", "seller_order__public_id", "seller_order__order__public_id"),
        *("seller_order__order__email", "seller_order__shop__name"),
    ]
    search_help_text = _l("Return, order, buyer's e-mail, or shop")
    ordering: ClassVar[list[Any]] = [
        F("closed_at").desc(nulls_first=True),
        F("taken_over_at").asc(nulls_last=True),
        "answer_by",
    ]
    fields: ClassVar = [
        *("public_id", "order_link", "shop", "kind", "status", "note"),
        *("asked", "until", "taken", "closed"),
    ]
    readonly_fields: ClassVar = [
        *("order_link", "shop", "asked", "until", "taken", "closed"),
    ]
    inlines: ClassVar = [LineInline]
    change_form_outer_after_template = "admin/payouts/return_decided.html"

    asked = moment("requested_at", description=_l("asked for"))
    until = moment("answer_by", description=_l("answer by"))
    taken = moment("taken_over_at", description=_l("taken over"))
    closed = moment("closed_at", description=_l("over since"))

    @display(description=_l("order"))
    def order_link(self, parcel: Return) -> str | SafeString:
        return order_money_link(parcel.seller_order.order.public_id)

    @display(description=_l("shop"))
    def shop(self, parcel: Return) -> str:
        return parcel.seller_order.shop.name

    def get_urls(self) -> list[URLPattern]:
        page = self.page_at("<int:pk>/decide/", self.decide, "return-decide")
        return [page, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        known = Return.objects.filter(pk=object_id if object_id.isdecimal() else 0)
        parcel = known.select_related("seller_order__order", "seller_order__shop")
        context = {**_decision(request, parcel.first()), **(extra_context or {})}
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Refund it, decline it, or leave it to its seller once more; with a reason."""
        if request.method != "POST" or not request.user.has_perm(MAY_DECIDE):
            raise PermissionDenied
        parcel = get_object_or_404(
            Return.objects.select_related("seller_order__order", "seller_order__shop"),
            pk=pk,
        )
        try:
            self.message_user(request, _decide(request, parcel), messages.SUCCESS)
        except MarketplaceError as problem:
            self.message_user(request, problem.message, messages.WARNING)
        return redirect("admin:orders_return_change", pk)


def _decide(request: HttpRequest, parcel: Return) -> str:
    """Do what was pressed and say what was done.

    :raises MarketplaceError: it was refused.
    """
    at, actor = clock.now(), str(request.user.pk)
    note = " ".join(request.POST.get("reason", "").split())[:NOTE_LENGTH]
    what = request.POST.get("what")
    if what == "refund":
        return_decisions.refund(
            parcel=parcel,
            note=note,
            actor=actor,
            shown_amount=_whole(request.POST.get("shown", "")),
            with_delivery="with_delivery" in request.POST,
            is_restocked="is_restocked" in request.POST,
            is_unlimited=request.user.has_perm(WITHOUT_LIMIT),
            at=at,
        )
        return _("The refund is on its way to the buyer.")
    if what == "decline":
        refund_doors.decline_return(parcel=parcel, actor=actor, note=note, at=at)
        return _("Declined. The buyer has been told why.")
    return_decisions.leave_to_seller(parcel=parcel, actor=actor, note=note, at=at)
    return _("Its seller has time to answer again.")


def _whole(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else -1


def _decision(request: HttpRequest, parcel: Return | None) -> dict[str, Any]:
    """Give what the page needs to decide: who bears what, with or without delivery."""
    if (
        parcel is None
        or parcel.status not in returns.OPEN
        or not request.user.has_perm(MAY_DECIDE)
    ):
        return {}
    with_delivery = "with_delivery" in request.GET
    shown, problem = None, ""
    try:
        shown = refunds.preview(
            order=parcel.seller_order.order,
            wanted=refund_doors.wanted_of(parcel=parcel, with_delivery=with_delivery),
            reason=refund_doors.reason_of(parcel=parcel),
            at=clock.now(),
        )
    except MarketplaceError as refusal:
        problem = refusal.message
    return {
        "parcel": parcel,
        "order": parcel.seller_order.order,
        "preview": shown,
        "problem": problem,
        "with_delivery": with_delivery,
        "is_taken_over": overdue.is_waiting(parcel),
        "may_decline": parcel.kind == "return"
        or returns.is_unsealed_rest(parcel=parcel),
    }
