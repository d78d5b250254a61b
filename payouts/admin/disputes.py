"""Disputes as staff handle them: what the bank asks, what was answered, what it cost
whom. Evidence is added and sent here; money is only read.
"""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from unfold.decorators import display

from marketplace.accounts.models import User
from marketplace.kit import clock
from marketplace.kit.admin import ReadOnlyAdmin, amount, moment, state
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.models import AuditEvent
from payouts import forms
from payouts.admin.ledger import order_money_link
from payouts.models import Dispute, DisputeEvidence, Entry, Reversal, ReversedShare
from payouts.services import dispute_evidence, freezes

MAY_ANSWER = "payouts.change_dispute"
WORDS = {
    "dispute.submit": _l("Evidence sent to the bank"),
    "dispute.accept": _l("Given up"),
}


@admin.register(Dispute)
class DisputeAdmin(ReadOnlyAdmin):
    """What is open and due first stands first."""

    list_display: ClassVar = [
        *("public_id", "order_link", "why", "stands", "due", "opened", "closed"),
        "written_amount",
    ]
    list_filter: ClassVar = [
        ("closed_at", admin.EmptyFieldListFilter),
        *("status", "reason", "currency"),
    ]
    list_select_related: ClassVar = ["payment__order"]
    search_fields: ClassVar = [
        *("public_id", "provider_id", "payment__charge_id"),
        *("payment__order__public_id", "payment__order__email"),
    ]
    search_help_text = _l("Dispute, order, buyer's e-mail, or Stripe's name")
    # What is open has no closing moment, and stands first in this direction.
    ordering: ClassVar = ["-closed_at", "evidence_due_at"]

    stands = state("dispute")
    written_amount = amount()
    due = moment("evidence_due_at", description=_l("answer by"))
    opened = moment("opened_at", description=_l("opened"))
    closed = moment("closed_at", description=_l("over since"))

    @display(description=_l("order"))
    def order_link(self, dispute: Dispute) -> str | SafeString:
        return order_money_link(dispute.payment.order.public_id)

    @display(description=_l("why"), ordering="reason")
    def why(self, dispute: Dispute) -> str:
        return dispute.reason_words

    def get_urls(self) -> list[URLPattern]:
        return [
            self.page_at(
                "<int:pk>/evidence/", self.add_evidence, "dispute-evidence-add"
            ),
            self.page_at("<int:pk>/submit/", self.submit, "dispute-submit"),
            self.page_at("<int:pk>/accept/", self.accept, "dispute-accept"),
            self.page_at("evidence/<str:piece>/", self.file, "dispute-evidence-file"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a dispute whole: timeline, evidence, who bears it, entries."""
        if request.method != "GET" or not self.has_view_permission(request):
            raise PermissionDenied
        known = object_id if object_id.isdecimal() else "0"
        return self._page(request, int(known), forms.EvidenceForm())

    def add_evidence(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take a piece of evidence from staff."""
        dispute = self._answered(request, pk)
        form = forms.EvidenceForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._page(request, pk, form, status=422)
        try:
            dispute_evidence.add(
                dispute=dispute,
                kind=form.cleaned_data["kind"],
                text=form.cleaned_data["text"],
                file=form.cleaned_data["file"],
                actor=str(request.user.pk),
                account=None,
                at=clock.now(),
            )
        except MarketplaceError as problem:
            form.add_error(None, problem.message)
            return self._page(request, pk, form, status=problem.status_code)
        return self._done(request, pk, _("Added. Nothing was sent to the bank yet."))

    def submit(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send all evidence to the bank."""
        dispute = self._answered(request, pk)
        try:
            dispute_evidence.submit(
                dispute=dispute, actor=str(request.user.pk), at=clock.now()
            )
        except MarketplaceError as problem:
            return self._done(request, pk, problem.message, messages.ERROR)
        return self._done(request, pk, _("Sent to the bank."))

    def accept(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give the dispute up, with a reason."""
        dispute = self._answered(request, pk)
        try:
            dispute_evidence.accept(
                dispute=dispute,
                reason=request.POST.get("reason", ""),
                actor=str(request.user.pk),
                at=clock.now(),
            )
        except MarketplaceError as problem:
            return self._done(request, pk, problem.message, messages.ERROR)
        return self._done(request, pk, _("Given up. The buyer keeps the money."))

    def file(self, request: HttpRequest, piece: str) -> HttpResponse:
        """Hand out one file of evidence, to be saved and never shown as a page."""
        if request.method != "GET" or not self.has_view_permission(request):
            raise PermissionDenied
        found = get_object_or_404(DisputeEvidence, public_id=piece)
        if found.file is None:
            raise Http404
        response = HttpResponse(bytes(found.file), content_type=found.content_type)
        # Our own name: what somebody called the file stays out of the header.
        ending = found.filename.rpartition(".")[2]
        name = f"{found.public_id}.{ending}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
        response["X-Content-Type-Options"] = "nosniff"
        return response

    def _answered(self, request: HttpRequest, pk: int) -> Dispute:
        """Give the dispute that a person who may answer it acts on."""
        if request.method != "POST" or not request.user.has_perm(MAY_ANSWER):
            raise PermissionDenied
        return get_object_or_404(Dispute, pk=pk)

    def _done(
        self, request: HttpRequest, pk: int, words: str, level: int = messages.SUCCESS
    ) -> HttpResponse:
        self.message_user(request, words, level)
        return redirect("admin:payouts_dispute_change", pk)

    def _page(
        self,
        request: HttpRequest,
        pk: int,
        form: forms.EvidenceForm,
        *,
        status: int = 200,
    ) -> HttpResponse:
        rows = Dispute.objects.select_related("payment__order")
        dispute = get_object_or_404(rows, pk=pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Dispute %(dispute)s") % {"dispute": dispute.public_id},
            "dispute": dispute,
            "is_open": dispute_evidence.is_open(dispute),
            "is_frozen": freezes.is_frozen(dispute.payment.order),
            "may_answer": request.user.has_perm(MAY_ANSWER),
            "form": form,
            **_what_happened(dispute),
        }
        template = "admin/payouts/dispute.html"
        return TemplateResponse(request, template, context, status=status)


def _what_happened(dispute: Dispute) -> dict[str, Any]:
    """Read a dispute's evidence, timeline, shares, reversals and entries."""
    evidence = list(
        dispute.evidence.defer("file")
        .select_related("account__shop")
        .order_by("added_at", "pk")
    )
    entries = list(
        Entry.objects.filter(provider_id=dispute.provider_id)
        .prefetch_related("postings__debit", "postings__credit")
        .order_by("occurred_at", "pk")
    )
    audits = AuditEvent.objects.filter(reference=dispute.public_id).order_by("pk")
    moments: list[tuple[Any, Any, str]] = [
        (dispute.opened_at, _("Opened by the buyer's bank"), dispute.reason_words)
    ]
    moments += [
        (one.at, WORDS.get(one.action, one.action), _who(one)) for one in audits
    ]
    moments += [(one.occurred_at, one.get_kind_display(), "") for one in entries]
    if dispute.closed_at:
        moments.append((dispute.closed_at, _("Over"), ""))
    return {
        "evidence": evidence,
        "unsent": [piece for piece in evidence if piece.submitted_at is None],
        "entries": entries,
        "moments": sorted(moments, key=lambda one: one[0]),
        "shares": ReversedShare.objects.filter(dispute=dispute)
        .select_related("account__shop", "account__creator", "line", "seller_order")
        .order_by("pk"),
        "reversals": Reversal.objects.filter(dispute=dispute)
        .select_related("transfer__account__shop", "transfer__account__creator")
        .order_by("pk"),
    }


def _who(event: AuditEvent) -> str:
    person = (
        User.objects.filter(pk=event.actor).first() if event.actor.isdecimal() else None
    )
    who = person.email if person else event.actor
    return f"{who}: {event.reason}" if event.reason else who
