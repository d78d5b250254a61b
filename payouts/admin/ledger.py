"""The books: accounts with balances, entries with postings, and where an order's money
is.
"""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from marketplace.kit.admin import (
    NOTHING,
    ReadOnlyAdmin,
    ReadOnlyInline,
    amount,
    link,
    link_list,
    moment,
)
from orders.models import Order
from payouts.admin import order_money
from payouts.models import Entry, LedgerAccount, Posting

SHOWN_POSTINGS = 100


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ReadOnlyAdmin):
    """An account and what it holds: the sum of its postings, stored nowhere."""

    list_display: ClassVar = ["code", "kind", "whose", "currency", "balance_amount"]
    list_filter: ClassVar = ["kind", "currency"]
    list_select_related: ClassVar = ["party__shop", "party__creator"]
    search_fields: ClassVar = [
        *("code", "party__shop__name", "party__shop__handle"),
        *("party__creator__name", "party__creator__handle"),
    ]
    search_help_text = _("Account, or the name or handle of a shop or creator")
    ordering: ClassVar = ["code"]
    fields: ClassVar = ["code", "kind", "whose", "currency", "balance_amount"]
    readonly_fields: ClassVar = ["whose", "balance_amount"]
    change_form_outer_after_template = "admin/payouts/account_postings.html"

    balance_amount = amount(
        "balance",
        description=_("balance (credits less debits)"),
        ordering="balance",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerAccount]:
        found: QuerySet[LedgerAccount] = super().get_queryset(request)
        return found.annotate(balance=_sum("credit") - _sum("debit"))

    @display(description=_("whose"))
    def whose(self, account: LedgerAccount) -> str | SafeString:
        if account.party is None:
            return NOTHING
        return link(account.party, str(account.party.party))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        postings = (
            Posting.objects.filter(Q(debit_id=object_id) | Q(credit_id=object_id))
            .select_related("entry", "debit", "credit")
            .order_by("-pk")[:SHOWN_POSTINGS]
            if object_id.isdecimal()
            else []
        )
        context = {"postings": postings, **(extra_context or {})}
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page


def _sum(side: str) -> Coalesce:
    rows = Posting.objects.filter(**{side: OuterRef("pk")}).order_by()
    total = rows.values(side).annotate(sum=Sum("amount")).values("sum")
    return Coalesce(Subquery(total), 0)


class PostingInline(ReadOnlyInline):
    model = Posting
    tab = False
    hide_title = True
    fields: ClassVar = ["from_account", "to_account", "written_amount"]
    readonly_fields: ClassVar = fields

    written_amount = amount()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Posting]:
        found: QuerySet[Posting] = super().get_queryset(request)
        return found.select_related("debit", "credit").order_by("pk")

    @display(description=_("debit"))
    def from_account(self, posting: Posting) -> str | SafeString:
        return link(posting.debit)

    @display(description=_("credit"))
    def to_account(self, posting: Posting) -> str | SafeString:
        return link(posting.credit)


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    """One money effect with its postings; it cannot be changed or deleted."""

    list_display: ClassVar = [
        *("id", "when", "kind", "reference", "order_link", "provider_id"),
    ]
    list_filter: ClassVar = ["kind"]
    search_fields: ClassVar = ["reference", "order_reference", "provider_id"]
    search_help_text = _("Order, reference, or the object as Stripe names it")
    date_hierarchy = "occurred_at"
    fields: ClassVar = [
        *("kind", "reference", "occurred_at", "order_link", "provider_id", "reverses"),
    ]
    readonly_fields: ClassVar = ["order_link"]
    inlines: ClassVar = [PostingInline]

    when = moment("occurred_at", description=_("when"))

    @display(description=_("order"), ordering="order_reference")
    def order_link(self, entry: Entry) -> str | SafeString:
        return order_money_link(entry.order_reference)

    def get_urls(self) -> list[URLPattern]:
        ours = self.page_at("order/<str:public_id>/", self.order_money, "order-money")
        return [ours, *super().get_urls()]

    def order_money(self, request: HttpRequest, public_id: str) -> HttpResponse:
        """Show where an order's money is: how it was split, and each step since."""
        if request.method != "GET" or not (
            self.has_view_permission(request)
            and request.user.has_perm("orders.view_order")
        ):
            raise PermissionDenied
        order = get_object_or_404(Order, public_id=public_id)
        context = {
            **self.admin_site.each_context(request),
            "title": _t("Money of %(order)s") % {"order": order.public_id},
            "money": order_money.read(order),
            "may_refund": request.user.has_perm("orders.add_refund"),
        }
        return TemplateResponse(request, "admin/payouts/order_money.html", context)


def order_money_link(public_id: str) -> str | SafeString:
    """Lead to where an order's money is, by the order's public id."""
    if not public_id:
        return NOTHING
    address = reverse("admin:order-money", args=[public_id])
    return format_html('<a class="staff-link" href="{}">{}</a>', address, public_id)


def entries_link(reference: str) -> SafeString:
    """Lead to the entries that name something."""
    return link_list(Entry, _t("Entries"), q=reference)
