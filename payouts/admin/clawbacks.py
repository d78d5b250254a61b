"""What parties owe and how it is made good: reversals, nettings, debt written off. A
write-off is asked for by one person and approved by another; all else is only read.
"""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from unfold.decorators import display

from marketplace.accounts.models import User
from marketplace.kit import clock, money
from marketplace.kit.admin import (
    NOTHING,
    ReadOnlyAdmin,
    amount,
    link,
    moment,
    state,
)
from marketplace.kit.errors import MarketplaceError
from payouts import queries
from payouts.admin.ledger import entries_link, order_money_link
from payouts.models import ConnectedAccount, Netting, Reversal, WriteOff
from payouts.services import write_offs

MAY_REQUEST = "payouts.add_writeoff"
MAY_DECIDE = "payouts.change_writeoff"


@admin.register(Reversal)
class ReversalAdmin(ReadOnlyAdmin):
    """Transfers taken back. In doubt one is asked for again with the same key."""

    list_display: ClassVar = [
        *("public_id", "whose", "stands", "comes_from", "why", "is_external"),
        *("provider_id", "planned", "sent", "written_amount"),
    ]
    list_filter: ClassVar = ["status", "is_external", "currency"]
    list_select_related: ClassVar = [
        *("transfer__account__shop", "transfer__account__creator"),
        *("transfer__seller_order__order", "refund", "dispute"),
    ]
    search_fields: ClassVar = [
        *("public_id", "provider_id", "transfer__public_id", "transfer__provider_id"),
        *("transfer__seller_order__order__public_id", "refund__public_id"),
        "dispute__public_id",
    ]
    search_help_text = _l("Reversal, transfer, order, refund, dispute, Stripe's name")
    fields: ClassVar = [
        *("public_id", "whose", "stands", "written_amount", "transfer_link", "why"),
        *("comes_from", "provider_id", "failure_code", "attempt", "key"),
        *("planned_at", "submitted_at", "sent_at", "is_external", "entries"),
    ]
    readonly_fields: ClassVar = [
        *("whose", "stands", "written_amount", "transfer_link", "why", "comes_from"),
        *("key", "entries"),
    ]

    stands = state("transfer")
    written_amount = amount()
    planned = moment("planned_at", description=_l("planned"))
    sent = moment("sent_at", description=_l("sent"))

    @display(description=_l("whose"))
    def whose(self, reversal: Reversal) -> str | SafeString:
        account = reversal.transfer.account
        return link(account, str(account.party))

    @display(description=_l("transfer"))
    def transfer_link(self, reversal: Reversal) -> str | SafeString:
        return link(reversal.transfer)

    @display(description=_l("order"))
    def comes_from(self, reversal: Reversal) -> str | SafeString:
        part = reversal.transfer.seller_order
        return order_money_link(part.order.public_id if part else "")

    @display(description=_l("because of"))
    def why(self, reversal: Reversal) -> str | SafeString:
        if reversal.dispute is not None:
            return link(reversal.dispute)
        return str(reversal.refund) if reversal.refund else NOTHING

    @display(description=_l("entries"))
    def entries(self, reversal: Reversal) -> SafeString:
        return entries_link(reversal.public_id)


@admin.register(Netting)
class NettingAdmin(ReadOnlyAdmin):
    """What parties owed, set off against what they earned."""

    list_display: ClassVar = ["public_id", "whose", "used", "when", "written_amount"]
    list_filter: ClassVar = ["currency"]
    list_select_related: ClassVar = [
        *("account__shop", "account__creator", "seller_order__order"),
    ]
    search_fields: ClassVar = [
        *("public_id", "seller_order__order__public_id"),
        *("account__shop__public_id", "account__creator__public_id"),
    ]
    fields: ClassVar = [*("public_id", "whose", "used", "netted_at"), "written_amount"]
    readonly_fields: ClassVar = ["whose", "used", "written_amount"]

    written_amount = amount()
    when = moment("netted_at", description=_l("when"))

    @display(description=_l("whose"))
    def whose(self, netting: Netting) -> str | SafeString:
        return link(netting.account, str(netting.account.party))

    @display(description=_l("out of"))
    def used(self, netting: Netting) -> str | SafeString:
        part = netting.seller_order
        return order_money_link(part.order.public_id if part else "")


@admin.register(WriteOff)
class WriteOffAdmin(ReadOnlyAdmin):
    """Debt given up: asked for, decided by a second person, or made by policy."""

    list_display: ClassVar = [
        *("public_id", "whose", "stands", "reason", "is_policy", "requested"),
        "written_amount",
    ]
    list_filter: ClassVar = ["status", "is_policy", "currency"]
    list_select_related: ClassVar = ["account__shop", "account__creator"]
    search_fields: ClassVar = [
        *("public_id", "reason"),
        *("account__shop__public_id", "account__creator__public_id"),
        *("account__shop__handle", "account__creator__handle"),
    ]
    list_before_template = "admin/payouts/write_off_link.html"

    stands = state("write_off")
    written_amount = amount()
    requested = moment("requested_at", description=_l("asked for"))

    @display(description=_l("whose"))
    def whose(self, write_off: WriteOff) -> str | SafeString:
        return link(write_off.account, str(write_off.account.party))

    def get_urls(self) -> list[URLPattern]:
        return [
            self.page_at("debts/", self.debts, "debts"),
            self.page_at("<int:pk>/decide/", self.decide, "write-off-decide"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a write-off, and the buttons to whoever may decide it."""
        if request.method != "GET" or not self.has_view_permission(request):
            raise PermissionDenied
        rows = WriteOff.objects.select_related("account__shop", "account__creator")
        known = object_id if object_id.isdecimal() else "0"
        found = get_object_or_404(rows, pk=known)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Write-off %(row)s") % {"row": found.public_id},
            "write_off": found,
            "requested_by": _name(found.requested_by),
            "decided_by": _name(found.decided_by),
            "may_decide": request.user.has_perm(MAY_DECIDE),
            "is_own": found.requested_by == str(request.user.pk),
        }
        return TemplateResponse(request, "admin/payouts/write_off.html", context)

    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Approve or decline what somebody else asked for."""
        if request.method != "POST" or not request.user.has_perm(MAY_DECIDE):
            raise PermissionDenied
        found = get_object_or_404(WriteOff, pk=pk)
        approve = request.POST.get("decision") == "approve"
        try:
            write_offs.decide(
                write_off=found,
                approve=approve,
                actor=str(request.user.pk),
                at=clock.now(),
            )
        except MarketplaceError as problem:
            self.message_user(request, problem.message, messages.ERROR)
        else:
            words = _("Written off.") if approve else _("Declined.")
            self.message_user(request, words, messages.SUCCESS)
        return redirect("admin:payouts_writeoff_change", pk)

    def debts(self, request: HttpRequest) -> HttpResponse:
        """List who owes what; take a request to write some of it off."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            if not request.user.has_perm(MAY_REQUEST):
                raise PermissionDenied
            answer = self._request(request)
            if answer is not None:
                return answer
        context = {
            **self.admin_site.each_context(request),
            "title": _("What parties owe"),
            "debts": queries.debts(),
            "may_request": request.user.has_perm(MAY_REQUEST),
        }
        return TemplateResponse(request, "admin/payouts/debts.html", context)

    def _request(self, request: HttpRequest) -> HttpResponse | None:
        account = get_object_or_404(
            ConnectedAccount, pk=_whole(request.POST.get("account", ""))
        )
        currency = request.POST.get("currency", "")
        try:
            made = write_offs.request(
                account=account,
                currency=currency,
                amount=money.parse(request.POST.get("amount", ""), currency),
                reason=request.POST.get("reason", ""),
                actor=str(request.user.pk),
                at=clock.now(),
            )
        except (MarketplaceError, ValueError) as problem:
            words = getattr(
                problem, "message", _("That is no amount of this currency.")
            )
            self.message_user(request, words, messages.ERROR)
            return None
        words = _("Asked for. A second person has to approve it.")
        self.message_user(request, words, messages.SUCCESS)
        return redirect("admin:payouts_writeoff_change", made.pk)


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _name(actor: str) -> str:
    """Say who it was: a person's e-mail, or the policy."""
    person = User.objects.filter(pk=actor).first() if actor.isdecimal() else None
    return person.email if person else actor
