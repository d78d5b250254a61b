"""Payout runs: looked at before, started with a reason, watched until they are done."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from marketplace.accounts.models import User
from marketplace.kit import clock
from marketplace.kit.admin import ReadOnlyAdmin, amount, moment, state
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.models import AuditEvent
from marketplace.kit.templatetags import formats
from payouts.models import (
    AccountKind,
    LedgerAccount,
    PayoutRun,
    PayoutRunStatus,
    SkipReason,
    TransferStatus,
)
from payouts.services import payout_runs

START = "payout_run.start"
SALT = "payouts.admin.runs"
# Real seconds in which a preview may be acted on.
PREVIEW_SECONDS = 3600
SKIPS = {
    SkipReason.BELOW_MINIMUM: _l("Below the payout minimum; waits for a later run"),
    SkipReason.ACCOUNT_NOT_ACTIVE: _l("Payout account not active; waits until it is"),
}
MEANINGS = {
    TransferStatus.PLANNED: _l("Will be sent by itself in a moment"),
    TransferStatus.SUBMITTED: _l("Asked for; the answer is awaited"),
    TransferStatus.UNKNOWN: _l(
        "No answer in time. Asked again with the same key; do not send by hand"
    ),
    TransferStatus.SENT: _l("In their Stripe balance"),
    TransferStatus.FAILED: _l("Refused; back in the payee's balance"),
    "skipped": _l("Stays in their balance; each is told why"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """What a run of one currency would do, as it is shown before it is started."""

    currency: str
    cut_off_at: datetime
    rows: list[payout_runs.Preview]
    error: str = ""
    reason: str = ""
    sent: list[payout_runs.Preview] = field(init=False)
    skipped: list[payout_runs.Preview] = field(init=False)

    def __post_init__(self) -> None:
        sent = [row for row in self.rows if row.reason is None]
        skipped = [row for row in self.rows if row.reason is not None]
        object.__setattr__(self, "sent", sent)
        object.__setattr__(self, "skipped", skipped)

    @property
    def sent_amount(self) -> int:
        return sum(row.amount for row in self.sent)

    @property
    def skipped_amount(self) -> int:
        return sum(row.amount for row in self.skipped)

    @property
    def token(self) -> str:
        """What was shown, signed: starting it twice names the same cut-off twice."""
        return signing.dumps(
            [self.currency, self.cut_off_at.isoformat(), self.sent_amount], salt=SALT
        )


@admin.register(PayoutRun)
class PayoutRunAdmin(ReadOnlyAdmin):
    """Runs, one page each to watch, and the page that starts one."""

    list_display: ClassVar = [
        *("public_id", "currency", "stands", "cut_off", "computed", "done"),
        "least_amount",
    ]
    list_filter: ClassVar = ["status", "currency"]
    search_fields: ClassVar = ["public_id", "items__transfer__provider_id"]
    search_help_text = _l("Run, or a transfer of it as Stripe names it")
    list_before_template = "admin/payouts/run_start_link.html"

    stands = state("payout_run")
    cut_off = moment("cut_off_at", description=_l("available by"))
    computed = moment("computed_at", description=_l("computed"))
    done = moment("done_at", description=_l("done"))
    least_amount = amount("minimum_amount", description=_l("minimum"))

    def get_urls(self) -> list[URLPattern]:
        ours = path(
            "start/", self.admin_site.admin_view(self.start), name="payout-run-start"
        )
        return [ours, *super().get_urls()]

    def may_start(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("payouts.add_payoutrun"))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"may_start": self.may_start(request), **(extra_context or {})}
        page: HttpResponse = super().changelist_view(request, context)
        return page

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Watch a run: sums by state, each payee, and who was passed over."""
        if request.method != "GET" or not self.has_view_permission(request):
            raise PermissionDenied
        known = object_id if object_id.isdecimal() else "0"
        run = get_object_or_404(PayoutRun, pk=known)
        started = AuditEvent.objects.filter(action=START, reference=run.public_id)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Payout run %(run)s") % {"run": run.public_id},
            "run": run,
            "is_moving": run.status == PayoutRunStatus.EXECUTING,
            "items": run.items.select_related(
                "account__creator", "account__shop", "transfer"
            ).order_by("-amount", "pk"),
            "skips": [
                (skip, SKIPS[SkipReason(skip.reason)])
                for skip in run.skips.select_related("account__creator").order_by("pk")
            ],
            **_totals(run),
            **_started(run, started.first()),
        }
        return TemplateResponse(request, "admin/payouts/run.html", context)

    def start(self, request: HttpRequest) -> HttpResponse:
        """Show what a run would pay in each currency; start one on POST."""
        if not self.may_start(request):
            raise PermissionDenied
        at = clock.now()
        refused: Offer | None = None
        if request.method == "POST":
            answer = self._start(request, at)
            if isinstance(answer, HttpResponse):
                return answer
            refused = answer
        offers = [
            refused
            if refused and refused.currency == currency
            else _offer(currency, at)
            for currency in _currencies()
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Start a payout run"),
            "offers": offers,
            "skip_words": SKIPS.items(),
            "at": at,
        }
        return TemplateResponse(request, "admin/payouts/run_start.html", context)

    def _start(self, request: HttpRequest, at: datetime) -> HttpResponse | Offer:
        """Start what was shown, once; or give it back with what is missing."""
        here = redirect("admin:payout-run-start")
        try:
            currency, cut_off, shown = signing.loads(
                request.POST.get("shown", ""), salt=SALT, max_age=PREVIEW_SECONDS
            )
        except signing.BadSignature:
            self._say(request, _("This preview is too old. Look at the new one."))
            return here
        cut_off_at = datetime.fromisoformat(cut_off)
        made = PayoutRun.objects.filter(currency=currency, cut_off_at=cut_off_at)
        if found := made.first():
            self._say(request, payout_runs.RunExists().message)
            return redirect("admin:payouts_payoutrun_change", found.pk)
        reason = " ".join(request.POST.get("reason", "").split())
        offer = _offer(currency, cut_off_at, reason=reason)
        if offer.sent_amount != shown or not offer.sent:
            self._say(
                request,
                _("The amounts changed since they were shown. Nothing was started."),
            )
            return here
        if not reason:
            words = _("Say why. It is kept with the run.")
            return _offer(currency, cut_off_at, error=words)
        try:
            run = payout_runs.start(currency=currency, cut_off_at=cut_off_at, at=at)
        except payout_runs.RunExists as problem:
            self._say(request, problem.message)
            return redirect("admin:payouts_payoutrun_change", made.get().pk)
        except MarketplaceError as problem:
            self._say(request, problem.message)
            return here
        AuditEvent.objects.create(
            actor=str(request.user.pk),
            action=START,
            reference=run.public_id,
            reason=reason,
            details={
                "currency": currency,
                "previewed_amount": shown,
                "previewed_payees": len(offer.sent),
            },
            at=at,
        )
        self._say(request, _("The payout run was started."), messages.SUCCESS)
        return redirect("admin:payouts_payoutrun_change", run.pk)

    def _say(
        self, request: HttpRequest, words: str, level: int = messages.WARNING
    ) -> None:
        self.message_user(request, words, level)


def _currencies() -> list[str]:
    kinds = [AccountKind.CREATOR_HELD, AccountKind.CREATOR_PAYABLE]
    found = LedgerAccount.objects.filter(kind__in=kinds)
    return sorted(set(found.values_list("currency", flat=True)))


def _offer(currency: str, cut_off_at: datetime, **said: str) -> Offer:
    try:
        rows = payout_runs.preview(currency=currency, cut_off_at=cut_off_at)
    except payout_runs.NoMinimum as problem:
        rows, said = [], {**said, "error": problem.message}
    return Offer(currency=currency, cut_off_at=cut_off_at, rows=rows, **said)


def _totals(run: PayoutRun) -> dict[str, Any]:
    """Give the rows of a run's sums, how many payees each holds, and their total."""
    sums = payout_runs.totals(run)
    numbers: dict[str, int] = {"skipped": run.skips.count()}
    for status in run.items.values_list("transfer__status", flat=True):
        numbers[status] = numbers.get(status, 0) + 1
    rows = [
        (key, numbers.get(key, 0), sums[key], words)
        for key, words in MEANINGS.items()
        if sums.get(key)
    ]
    return {
        "totals": rows,
        "all_number": sum(numbers.values()),
        "all_amount": sum(sums.values()),
        "sent_amount": sums.get(TransferStatus.SENT, 0),
        "sent_number": numbers.get(TransferStatus.SENT, 0),
        "taken_amount": sum(sums.values()) - sums["skipped"],
    }


def _started(run: PayoutRun, event: AuditEvent | None) -> dict[str, Any]:
    """Say who started a run and why, and whether it took what the preview showed."""
    if event is None:
        return {"started": None}
    who = (
        User.objects.filter(pk=event.actor).first() if event.actor.isdecimal() else None
    )
    shown = event.details.get("previewed_amount")
    taken = sum(run.items.values_list("amount", flat=True))
    return {
        "started": event,
        "started_by": who.email if who else event.actor,
        "previewed": None
        if shown is None
        else formats.write_money(shown, run.currency),
        "equals_preview": shown == taken,
    }
