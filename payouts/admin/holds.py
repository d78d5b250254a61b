"""Keeping money back: holds placed and lifted with a reason, a payee's own terms."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from unfold.decorators import display

from marketplace.kit import clock
from marketplace.kit.admin import NOTHING, ReadOnlyAdmin, amount, link, moment, person
from marketplace.kit.errors import MarketplaceError
from payouts.forms import HoldForm, TermsForm
from payouts.models import (
    ConnectedAccount,
    CredentialChange,
    Hold,
    PartyPayout,
    PayoutTerms,
    Reserve,
)
from payouts.services import holds, terms


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    """What staff hold back of whom, and since when; lifted ones stay in the list."""

    list_display: ClassVar = [
        *("public_id", "whose", "what", "reason", "placed", "lifted"),
    ]
    list_filter: ClassVar = [("released_at", admin.EmptyFieldListFilter)]
    list_select_related: ClassVar = [
        *("account__shop", "account__creator", "accrual", "seller_order__order"),
    ]
    search_fields: ClassVar = [
        *("public_id", "reason", "account__shop__name", "account__creator__name"),
        *("account__shop__public_id", "account__creator__public_id"),
        "seller_order__order__public_id",
    ]
    search_help_text = _l("Hold, payee, order, or words of the reason")
    fields: ClassVar = [
        *("public_id", "whose", "what", "reason", "placed", "placer"),
        *("lifted", "lifter", "release_reason", "lift_it"),
    ]
    readonly_fields: ClassVar = [
        *("whose", "what", "placed", "placer", "lifted", "lifter", "lift_it"),
    ]

    placed = moment("placed_at", description=_l("held since"))
    placer = person("placed_by", description=_l("held by"))
    lifted = moment("released_at", description=_l("lifted"))
    lifter = person("released_by", description=_l("lifted by"))

    def get_urls(self) -> list[URLPattern]:
        return [
            self.page_at("place/<int:account>/", self.place, "hold-place"),
            self.page_at("<int:pk>/lift/", self.lift, "hold-lift"),
            *super().get_urls(),
        ]

    @display(description=_l("whose"))
    def whose(self, hold: Hold) -> str | SafeString:
        return link(hold.account, str(hold.account.party))

    @display(description=_l("what"))
    def what(self, hold: Hold) -> str | SafeString:
        if hold.accrual is not None:
            return link(hold.accrual)
        if hold.seller_order is not None:
            return link(hold.seller_order)
        return _("All payouts")

    @display(description=_l("lift"))
    def lift_it(self, hold: Hold) -> str | SafeString:
        if hold.released_at is not None:
            return NOTHING
        address = reverse("admin:hold-lift", args=[hold.pk])
        words = _("Lift this hold")
        return format_html('<a class="staff-link" href="{}">{}</a>', address, words)

    def place(self, request: HttpRequest, account: int) -> HttpResponse:
        """Hold a payee, or one earning or seller order of theirs."""
        if not request.user.has_perm("payouts.add_hold"):
            raise PermissionDenied
        whose = get_object_or_404(ConnectedAccount, pk=account)
        form = HoldForm(request.POST or None, account=whose)
        if request.method == "POST" and form.is_valid():
            try:
                hold = holds.place(
                    account=whose,
                    accrual=form.accrual,
                    seller_order=form.seller_order,
                    reason=form.cleaned_data["reason"],
                    actor=str(request.user.pk),
                    at=clock.now(),
                )
            except MarketplaceError as problem:
                form.add_error(None, problem.message)
            else:
                self.message_user(request, _("On hold."), messages.SUCCESS)
                return redirect("admin:payouts_hold_change", hold.pk)
        return _page(
            self,
            request,
            form,
            title=_("Hold %(payee)s") % {"payee": whose.party},
            lead=_("The payee reads the reason on their pages."),
            button=_("Place the hold"),
        )

    def lift(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Lift a hold; what waited for it goes on by itself."""
        if not request.user.has_perm("payouts.change_hold"):
            raise PermissionDenied
        hold = get_object_or_404(Hold.objects.select_related("account"), pk=pk)
        form = HoldForm(request.POST or None, account=hold.account, only_reason=True)
        if request.method == "POST" and form.is_valid():
            try:
                holds.lift(
                    hold=hold,
                    reason=form.cleaned_data["reason"],
                    actor=str(request.user.pk),
                    at=clock.now(),
                )
            except MarketplaceError as problem:
                self.message_user(request, problem.message, messages.WARNING)
            else:
                self.message_user(request, _("The hold is lifted."), messages.SUCCESS)
            return redirect("admin:payouts_hold_change", hold.pk)
        return _page(
            self,
            request,
            form,
            title=_("Lift the hold of %(payee)s") % {"payee": hold.account.party},
            lead=_("What waited for it is released and paid as it becomes due."),
            button=_("Lift the hold"),
        )


@admin.register(PayoutTerms)
class PayoutTermsAdmin(ReadOnlyAdmin):
    """Payees with terms of their own; all others have the marketplace's."""

    list_display: ClassVar = [
        *("whose", "schedule", "minimum_amounts", "reserve_bps", "reserve_days"),
        *("extra_hold_days", "changed"),
    ]
    list_select_related: ClassVar = ["account__shop", "account__creator"]
    search_fields: ClassVar = ["account__shop__name", "account__creator__name"]

    changed = moment("changed_at", description=_l("changed"))

    def get_urls(self) -> list[URLPattern]:
        ours = self.page_at("of/<int:account>/", self.of, "payout-terms")
        return [ours, *super().get_urls()]

    @display(description=_l("whose"))
    def whose(self, row: PayoutTerms) -> str | SafeString:
        return link(row.account, str(row.account.party))

    def of(self, request: HttpRequest, account: int) -> HttpResponse:
        """Change a payee's terms, with a reason."""
        if not request.user.has_perm("payouts.change_payoutterms"):
            raise PermissionDenied
        whose = get_object_or_404(ConnectedAccount, pk=account)
        form = TermsForm(request.POST or None, terms=terms.of(whose))
        if request.method == "POST" and form.is_valid():
            try:
                terms.change(
                    account=whose,
                    **form.given(),
                    actor=str(request.user.pk),
                    at=clock.now(),
                )
            except MarketplaceError as problem:
                form.add_error(None, problem.message)
            else:
                self.message_user(request, _("The terms are set."), messages.SUCCESS)
                return redirect("admin:payouts_connectedaccount_change", whose.pk)
        return _page(
            self,
            request,
            form,
            title=_("Payout terms of %(payee)s") % {"payee": whose.party},
            lead=_(
                "They hold from now on. What was sold before keeps its days; a reserve "
                "is kept back of every release from now."
            ),
            button=_("Set the terms"),
        )


@admin.register(Reserve)
class ReserveAdmin(ReadOnlyAdmin):
    """What was kept back of releases, and until when."""

    list_display: ClassVar = ["public_id", "whose", "kept", "day", "let_go", "written"]
    list_filter: ClassVar = [("released_at", admin.EmptyFieldListFilter), "currency"]
    list_select_related: ClassVar = ["account__shop", "account__creator"]
    search_fields: ClassVar = ["public_id"]

    kept = moment("kept_at", description=_l("kept back"))
    day = moment("until", description=_l("until"))
    let_go = moment("released_at", description=_l("released"))
    written = amount()

    @display(description=_l("whose"))
    def whose(self, row: Reserve) -> str | SafeString:
        return link(row.account, str(row.account.party))


@admin.register(CredentialChange)
class CredentialChangeAdmin(ReadOnlyAdmin):
    """Changes after which payouts wait for some days."""

    list_display: ClassVar = ["whose", "what", "when"]
    list_filter: ClassVar = ["what"]
    list_select_related: ClassVar = ["account__shop", "account__creator"]

    when = moment("at", description=_l("when"))

    @display(description=_l("whose"))
    def whose(self, row: CredentialChange) -> str | SafeString:
        return link(row.account, str(row.account.party))


@admin.register(PartyPayout)
class PartyPayoutAdmin(ReadOnlyAdmin):
    """The parties' payouts to their banks, as the provider says. Not in the ledger."""

    list_display: ClassVar = [
        *("provider_id", "whose", "status", "failure_code", "started", "arrives"),
        "written",
    ]
    list_filter: ClassVar = ["status", "currency"]
    list_select_related: ClassVar = ["account__shop", "account__creator"]
    search_fields: ClassVar = ["provider_id", "account__provider_id"]

    started = moment("started_at", description=_l("started"))
    arrives = moment("arrival_at", description=_l("arrives"))
    written = amount()

    @display(description=_l("whose"))
    def whose(self, row: PartyPayout) -> str | SafeString:
        return link(row.account, str(row.account.party))


def _page(
    of: ReadOnlyAdmin, request: HttpRequest, form: Any, **said: Any
) -> HttpResponse:
    """Show a form of ours in the admin's frame."""
    if request.method not in ("GET", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    context = {**of.admin_site.each_context(request), "form": form, **said}
    return TemplateResponse(request, "admin/payouts/form.html", context)
