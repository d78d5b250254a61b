"""Our books beside the provider's: each comparison, each difference, and what staff do
about it.
"""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext_lazy
from unfold.decorators import display

from marketplace.kit import clock
from marketplace.kit.admin import (
    NOTHING,
    ReadOnlyAdmin,
    amount,
    link,
    link_list,
    moment,
)
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.templatetags import ui
from payouts.admin.ledger import entries_link
from payouts.models import (
    AccountKind,
    Discrepancy,
    DiscrepancyKind,
    Entry,
    ReconciliationRun,
    Resolution,
    Seal,
)
from payouts.services import adoption

KINDS = {
    DiscrepancyKind.UNKNOWN_LINE: _l("Unknown at ours, set aside in suspense"),
    DiscrepancyKind.UNBOOKED: _l("Ours, and not in the ledger"),
    DiscrepancyKind.AMOUNT: _l("Booked with another amount"),
    DiscrepancyKind.NO_LINE: _l("Booked, and unknown at the provider"),
    DiscrepancyKind.UNKNOWN_OBJECT: _l("At the provider, and not here"),
    DiscrepancyKind.OBJECT_DIFFERS: _l("Another amount at the provider"),
    DiscrepancyKind.NO_OBJECT: _l("Here, and not at the provider"),
    DiscrepancyKind.PARTY_TOTAL: _l("A party got another sum"),
    DiscrepancyKind.BALANCE: _l("The balance differs"),
}
RESOLVED = {
    Resolution.ADOPTED: _l("Adopted"),
    Resolution.CORRECTED: _l("Corrected"),
    Resolution.EXPLAINED: _l("Explained"),
}
ACCOUNTS = sorted(adoption.CORRECTABLE)


@admin.register(ReconciliationRun)
class ReconciliationRunAdmin(ReadOnlyAdmin):
    """One comparison: what time it looked at, the sums, and how much differed."""

    list_display: ClassVar = [
        *("public_id", "stands", "scope", "since", "until", "started"),
        *("lines_read", "lines_booked", "differences"),
    ]
    list_filter: ClassVar = ["scope"]
    fields: ClassVar = [
        *("public_id", "stands", "scope", "since_at", "until_at", "started_at"),
        *("finished_at", "lines_read", "lines_booked", "differences", "found"),
        *("day_sums", "sealed_sequence", "sealed_hash"),
    ]
    readonly_fields: ClassVar = ["stands", "found", "day_sums"]

    since = moment("since_at", description=pgettext_lazy("time", "from"))
    until = moment("until_at", description=_l("to"))
    started = moment("started_at", description=_l("started"))

    @display(description=_l("state"))
    def stands(self, run: ReconciliationRun) -> SafeString:
        if run.finished_at is None:
            return ui.pill_of(_("Not finished"), "warn", "clock")
        if run.is_equal:
            return ui.pill_of(_("Equal"), "ok", "check")
        return ui.pill_of(_("Differs"), "bad", "alert")

    @display(description=_l("found"))
    def found(self, run: ReconciliationRun) -> str | SafeString:
        if not run.differences:
            return NOTHING
        return link_list(Discrepancy, _("Discrepancies"), last_run__id=str(run.pk))

    @display(description=_l("sums by day"))
    def day_sums(self, run: ReconciliationRun) -> str:
        return "\n".join(
            f"{row['day']} {row['currency']}: {row['our_amount']} / "
            f"{row['their_amount']}"
            for row in run.sums
        )


@admin.register(Discrepancy)
class DiscrepancyAdmin(ReadOnlyAdmin):
    """A difference: what we have, what the provider has, and what was done about it."""

    list_display: ClassVar = [
        *("public_id", "stands", "what", "reference", "object_id"),
        *("ours", "theirs", "when"),
    ]
    list_filter: ClassVar = [
        ("resolved_at", admin.EmptyFieldListFilter),
        "kind",
        "currency",
    ]
    search_fields: ClassVar = ["public_id", "reference", "object_id", "reason"]
    search_help_text = _l("Discrepancy, a balance line, or the object at the provider")
    fields: ClassVar = [
        *("public_id", "stands", "what", "reference", "object_id", "ours", "theirs"),
        *("details", "first", "last", "found_at", "entries", "reason"),
        *("correct_to", "requested_by", "requested_at", "resolved_by", "resolved_at"),
    ]
    readonly_fields: ClassVar = [
        *("stands", "what", "ours", "theirs", "first", "last", "entries"),
    ]
    change_form_outer_after_template = "admin/payouts/discrepancy_resolve.html"

    ours = amount("our_amount", description=_l("ours"))
    theirs = amount("their_amount", description=_l("theirs"))
    when = moment("found_at", description=_l("found"))

    @display(description=_l("state"))
    def stands(self, row: Discrepancy) -> SafeString:
        if row.resolved_at is not None:
            return ui.pill_of(str(RESOLVED[Resolution(row.resolution)]), "ok", "check")
        if row.requested_by:
            return ui.pill_of(_("Correction proposed"), "warn", "clock")
        return ui.pill_of(_("Open"), "bad", "alert")

    @display(description=_l("what"))
    def what(self, row: Discrepancy) -> str:
        return str(KINDS[DiscrepancyKind(row.kind)])

    @display(description=_l("first found by"))
    def first(self, row: Discrepancy) -> str | SafeString:
        return link(row.first_run)

    @display(description=_l("last found by"))
    def last(self, row: Discrepancy) -> str | SafeString:
        return link(row.last_run)

    @display(description=_l("entries"))
    def entries(self, row: Discrepancy) -> SafeString:
        return entries_link(row.reference)

    def get_urls(self) -> list[URLPattern]:
        ours = self.page_at("<int:pk>/resolve/", self.resolve, "discrepancy-resolve")
        return [ours, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {
            "accounts": ACCOUNTS,
            "may_resolve": self._may_resolve(request),
            "person": str(request.user.pk),
            **(extra_context or {}),
        }
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    def resolve(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do what was chosen about a difference, once, and say what came of it."""
        if request.method != "POST" or not self._may_resolve(request):
            raise PermissionDenied
        row = get_object_or_404(Discrepancy, pk=pk)
        try:
            said = _resolve(request, row)
        except MarketplaceError as problem:
            self.message_user(request, problem.message, messages.ERROR)
        else:
            self.message_user(request, said, messages.SUCCESS)
        return redirect("admin:payouts_discrepancy_change", row.pk)

    def _may_resolve(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("payouts.change_discrepancy"))


def _resolve(request: HttpRequest, row: Discrepancy) -> str:
    """Call the one service that was asked for; gives what to say."""
    asked: dict[str, Any] = {
        "discrepancy_id": row.pk,
        "actor": str(request.user.pk),
        "at": clock.now(),
    }
    reason = " ".join(request.POST.get("reason", "").split())
    match request.POST.get("how"):
        case "adopt":
            adoption.adopt(**asked, reason=reason)
            return _("It is a row of ours now.")
        case "propose":
            kind = request.POST.get("account", "")
            if kind not in ACCOUNTS:
                raise adoption.NotCorrectable
            adoption.request_correction(
                **asked, account_kind=AccountKind(kind), reason=reason
            )
            return _("The correction waits for a second person.")
        case "approve":
            adoption.approve_correction(**asked)
            return _("The correction is booked.")
        case "explain":
            adoption.explain(**asked, reason=reason)
            return _("The difference is closed.")
    raise adoption.NotCorrectable


@admin.register(Seal)
class SealAdmin(ReadOnlyAdmin):
    """The chain over the ledger, newest link first."""

    list_display: ClassVar = ["sequence", "entry_link", "hash", "sealed"]
    list_select_related: ClassVar = ["entry"]
    search_fields: ClassVar = ["entry__reference", "hash"]
    search_help_text = _l("Reference of the entry, or a hash")
    ordering: ClassVar = ["-sequence"]

    sealed = moment("sealed_at", description=_l("sealed"))

    @display(description=_l("entry"))
    def entry_link(self, seal: Seal) -> str | SafeString:
        found: Entry = seal.entry
        return link(found)
