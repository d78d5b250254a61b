"""Payout runs: looked at before, asked for with a reason, approved by a second person
where they are large, watched until they are done.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from marketplace import gateway
from marketplace.accounts.models import User
from marketplace.kit import clock, switches
from marketplace.kit.admin import ReadOnlyAdmin, amount, moment, state
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.models import AuditEvent
from payouts.models import (
    SYSTEM,
    PayoutItem,
    PayoutRun,
    PayoutRunStatus,
    SkipReason,
    TransferStatus,
)
from payouts.services import payout_runs
from payouts.services.payout_runs import Figure

SALT = "payouts.admin.runs"
# Real seconds in which a preview may be acted on.
PREVIEW_SECONDS = 3600
# A page of this many payees; the sums above it are of all.
SHOWN = 200
# What staff read: why, and what lifts it. Payees read the labels of SkipReason.
SKIPS = {
    SkipReason.BELOW_MINIMUM: (_l("Below the payout minimum"), _l("A later run")),
    SkipReason.ACCOUNT_NOT_ACTIVE: (
        _l("Payout account not active"),
        _l("The payee finishes setting it up"),
    ),
    SkipReason.RESTRICTED: (
        _l("Payout account restricted or closed"),
        _l("The payee solves it with Stripe"),
    ),
    SkipReason.HELD: (_l("On hold"), _l("Staff lift the hold")),
    SkipReason.ACCOUNT_CHANGED: (
        _l("Sign-in or payout account changed"),
        _l("The days after the change pass"),
    ),
    SkipReason.DESTINATION_CHANGED: (
        _l("Payout account replaced since the preview"),
        _l("A later run"),
    ),
    SkipReason.OWES: (_l("Owes the platform"), _l("Later earnings make it good")),
    SkipReason.DISPUTED: (
        _l("A payment in it is disputed"),
        _l("The bank decides"),
    ),
    SkipReason.STOPPED: (_l("Payouts stopped"), _l("Staff turn the switch off")),
}
MEANINGS = {
    TransferStatus.PLANNED: _l("Will be sent by itself in a moment"),
    TransferStatus.SUBMITTED: _l("Asked for; the answer is awaited"),
    TransferStatus.UNKNOWN: _l(
        "No answer in time. Asked again with the same key; do not send by hand"
    ),
    TransferStatus.SENT: _l("In their Stripe balance"),
    TransferStatus.FAILED: _l("Refused or taken out; back in the payee's balance"),
    "skipped": _l("Stays in their balance; each is told why"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """What a run of one currency would do, as it is shown before it is asked for."""

    currency: str
    cut_off_at: datetime
    rows: list[Figure]
    error: str = ""
    reason: str = ""
    sent: list[Figure] = field(init=False)
    skipped: list[Figure] = field(init=False)

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
    def needs_approval(self) -> bool:
        return payout_runs.is_above_limit(self.currency, self.sent)

    @property
    def token(self) -> str:
        """What was shown, signed: starting it twice names the same cut-off twice."""
        return signing.dumps(
            [self.currency, self.cut_off_at.isoformat(), self.sent_amount], salt=SALT
        )


@admin.register(PayoutRun)
class PayoutRunAdmin(ReadOnlyAdmin):
    """Runs, one page each to look at, decide and watch, and the page that asks for one."""

    list_display: ClassVar = [
        *("public_id", "currency", "schedule", "stands", "cut_off", "computed"),
        *("done", "shown_amount"),
    ]
    list_filter: ClassVar = ["status", "schedule", "currency"]
    search_fields: ClassVar = ["public_id", "items__transfer__provider_id"]
    search_help_text = _l("Run, or a transfer of it as Stripe names it")
    list_before_template = "admin/payouts/run_start_link.html"

    stands = state("payout_run")
    cut_off = moment("cut_off_at", description=_l("available by"))
    computed = moment("computed_at", description=_l("computed"))
    done = moment("done_at", description=_l("done"))
    shown_amount = amount("previewed_amount", description=_l("to be sent"))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("start/", view(self.start), name="payout-run-start"),
            path("<int:pk>/approve/", view(self.approve), name="payout-run-approve"),
            path("<int:pk>/cancel/", view(self.cancel), name="payout-run-cancel"),
            path("<int:pk>/retry/", view(self.retry), name="payout-run-retry"),
            path(
                "items/<int:pk>/cancel/",
                view(self.cancel_item),
                name="payout-item-cancel",
            ),
            *super().get_urls(),
        ]

    def may_start(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("payouts.add_payoutrun"))

    def may_decide(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("payouts.change_payoutrun"))

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
        """Look at a run: its figures until it is approved, then what became of each."""
        if request.method != "GET" or not self.has_view_permission(request):
            raise PermissionDenied
        known = object_id if object_id.isdecimal() else "0"
        run = get_object_or_404(PayoutRun, pk=known)
        waits = run.status == PayoutRunStatus.COMPUTED
        context = {
            **self.admin_site.each_context(request),
            "title": _("Payout run %(run)s") % {"run": run.public_id},
            "run": run,
            "is_moving": run.status == PayoutRunStatus.EXECUTING and not run.paused_at,
            "waits": waits,
            "may_decide": self.may_decide(request),
            "is_own": run.needs_approval and str(request.user.pk) == run.requested_by,
            "requested_by": _name(run.requested_by),
            "approved_by": _name(run.approved_by),
            "events": _events(run),
            "shown": SHOWN,
            **(_previewed(run) if waits else _result(run)),
        }
        return TemplateResponse(request, "admin/payouts/run.html", context)

    def start(self, request: HttpRequest) -> HttpResponse:
        """Show what a run would pay in each currency; ask for one on POST."""
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
            refused if refused and refused.currency == code else _offer(code, at, at=at)
            for code in payout_runs.currencies()
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Start a payout run"),
            "offers": offers,
            "skip_words": [(code, why) for code, (why, _lifts) in SKIPS.items()],
            "names": _parties(offers),
            "is_stopped": switches.is_on(switches.PAYOUTS),
            "at": at,
        }
        return TemplateResponse(request, "admin/payouts/run_start.html", context)

    def approve(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Approve what was shown, and send it."""
        run = self._decided(request, pk)
        if isinstance(run, HttpResponse):
            return run
        shown = request.POST.get("shown", "")
        if shown != str(run.previewed_amount):
            self._say(request, payout_runs.AmountsChanged().message)
            return self._back(run)
        return self._do(
            request,
            run,
            lambda reason: payout_runs.approve(
                run_id=pk, actor=str(request.user.pk), reason=reason, at=clock.now()
            ),
            _("The payout run was approved; its transfers are being sent."),
            needs_reason=False,
        )

    def cancel(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give up a run that waits; nothing of it was taken."""
        run = self._decided(request, pk)
        if isinstance(run, HttpResponse):
            return run
        return self._do(
            request,
            run,
            lambda reason: payout_runs.cancel(
                run_id=pk, actor=str(request.user.pk), reason=reason, at=clock.now()
            ),
            _("The payout run was cancelled. Nobody's money was touched."),
        )

    def retry(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Pay those again whose transfer was refused."""
        run = self._decided(request, pk)
        if isinstance(run, HttpResponse):
            return run
        return self._do(
            request,
            run,
            lambda reason: payout_runs.retry(
                run_id=pk, actor=str(request.user.pk), reason=reason, at=clock.now()
            ),
            _("Those who can be paid now are being paid again."),
        )

    def cancel_item(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take one payee out whose transfer was not handed to Stripe yet."""
        item = get_object_or_404(
            PayoutItem.objects.select_related("run", "transfer"), pk=pk
        )
        run = self._decided(request, item.run_id)
        if isinstance(run, HttpResponse):
            return run
        return self._do(
            request,
            run,
            lambda reason: payout_runs.cancel_item(
                item=item, actor=str(request.user.pk), reason=reason, at=clock.now()
            ),
            _("Taken out of the run; the amount is payable to them again."),
        )

    def _decided(self, request: HttpRequest, pk: int) -> PayoutRun | HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.may_decide(request):
            raise PermissionDenied
        return get_object_or_404(PayoutRun, pk=pk)

    def _do(
        self,
        request: HttpRequest,
        run: PayoutRun,
        act: Callable[[str], object],
        words: str,
        *,
        needs_reason: bool = True,
    ) -> HttpResponse:
        """Carry out a decision, and say what came of it on the run's page."""
        reason = " ".join(request.POST.get("reason", "").split())
        if needs_reason and not reason:
            self._say(request, _("Say why. It is kept with the run."))
            return self._back(run)
        try:
            act(reason)
        except MarketplaceError as problem:
            self._say(request, problem.message)
        else:
            self._say(request, words, messages.SUCCESS)
        return self._back(run)

    def _start(self, request: HttpRequest, at: datetime) -> HttpResponse | Offer:
        """Ask for what was shown, once; or give it back with what is missing."""
        here = redirect("admin:payout-run-start")
        try:
            currency, cut_off, shown = signing.loads(
                request.POST.get("shown", ""), salt=SALT, max_age=PREVIEW_SECONDS
            )
        except signing.BadSignature:
            self._say(request, _("This preview is too old. Look at the new one."))
            return here
        cut_off_at = datetime.fromisoformat(cut_off)
        made = PayoutRun.objects.filter(
            currency=currency, cut_off_at=cut_off_at, schedule="manual"
        )
        if found := made.first():
            self._say(request, payout_runs.RunExists().message)
            return self._back(found)
        reason = " ".join(request.POST.get("reason", "").split())
        offer = _offer(currency, cut_off_at, at=at, reason=reason)
        if offer.sent_amount != shown or not offer.sent:
            self._say(
                request,
                _("The amounts changed since they were shown. Nothing was started."),
            )
            return here
        if not reason:
            words = _("Say why. It is kept with the run.")
            return _offer(currency, cut_off_at, at=at, error=words)
        try:
            run = payout_runs.start(
                currency=currency,
                cut_off_at=cut_off_at,
                requested_by=str(request.user.pk),
                reason=reason,
                at=at,
            )
        except payout_runs.RunExists as problem:
            self._say(request, problem.message)
            return self._back(made.get())
        except MarketplaceError as problem:
            self._say(request, problem.message)
            return here
        if run.status == PayoutRunStatus.COMPUTED:
            words = _("Computed. A second person has to approve it.")
        else:
            words = _("The payout run was started.")
        self._say(request, words, messages.SUCCESS)
        return self._back(run)

    def _back(self, run: PayoutRun) -> HttpResponse:
        return redirect("admin:payouts_payoutrun_change", run.pk)

    def _say(
        self, request: HttpRequest, words: str, level: int = messages.WARNING
    ) -> None:
        self.message_user(request, words, level)


def _offer(currency: str, cut_off_at: datetime, *, at: datetime, **said: str) -> Offer:
    try:
        rows = payout_runs.preview(currency=currency, cut_off_at=cut_off_at, at=at)
    except payout_runs.NoMinimum as problem:
        rows, said = [], {**said, "error": problem.message}
    return Offer(currency=currency, cut_off_at=cut_off_at, rows=rows, **said)


def _parties(offers: list[Offer]) -> dict[int, str]:
    """Name the payees that are shown, by account id, in one query."""
    ids = [row.account_id for offer in offers for row in offer.rows[:SHOWN]]
    return payout_runs.names(ids)


def _previewed(run: PayoutRun) -> dict[str, Any]:
    """What a waiting run would do, and what to look at before it is approved."""
    rows = run.previews.select_related("account__creator")
    skipped = (
        run.previews.exclude(reason="")
        .order_by("reason")
        .values("reason")
        .annotate(number=Count("pk"), sum=Sum("amount"))
    )
    return {
        "to_send": rows.filter(reason="").order_by("-amount", "pk")[:SHOWN],
        "why_skipped": [
            (*SKIPS[SkipReason(row["reason"])], row["number"], row["sum"])
            for row in skipped
        ],
        "skipped_amount": sum(row["sum"] for row in skipped),
        "skipped_number": sum(row["number"] for row in skipped),
        "checks": _checks(run),
    }


def _checks(run: PayoutRun) -> list[tuple[bool, str]]:
    """What must be so for the run to go through, and whether it is."""
    is_stopped = switches.is_on(switches.PAYOUTS)
    try:
        found = gateway.fetch_balance().get(run.currency)
        covered = found is not None and found.available_amount >= run.previewed_amount
        balance = (
            _("Stripe's balance covers the run")
            if covered
            else _("Stripe's balance does not cover the run: it would pause on the way")
        )
    except gateway.GatewayError:
        covered, balance = False, _("Stripe's balance is not known just now")
    return [
        (
            not is_stopped,
            _("Payouts are stopped") if is_stopped else _("Payouts go on"),
        ),
        (covered, balance),
    ]


def _result(run: PayoutRun) -> dict[str, Any]:
    """What became of a run: sums by state, the payees, and who was passed over."""
    sums = payout_runs.totals(run)
    newest = payout_runs.newest_items(run)
    numbers: dict[str, int] = {"skipped": run.skips.count()}
    for status in newest.values_list("transfer__status", flat=True):
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
        "equals_preview": run.previewed_amount == sum(sums.values()) - sums["skipped"],
        "failed_number": numbers.get(TransferStatus.FAILED, 0),
        "items": _items(run)[:SHOWN],
        "skips": [
            (skip, *SKIPS[SkipReason(skip.reason)])
            for skip in run.skips.select_related("account__creator").order_by("pk")[
                :SHOWN
            ]
        ],
    }


def _items(run: PayoutRun) -> "QuerySet[PayoutItem]":
    return run.items.select_related(
        "account__creator", "account__shop", "transfer"
    ).order_by("-amount", "pk")


def _events(run: PayoutRun) -> list[tuple[str, AuditEvent]]:
    """What people decided about a run, oldest first."""
    actions = {
        "payout_run.approve": _("Approved"),
        "payout_run.cancel": _("Cancelled"),
        "payout_run.retry": _("Paid again"),
    }
    events = AuditEvent.objects.filter(reference=run.public_id).order_by("pk")
    return [
        (f"{actions[event.action]}, {_name(event.actor)}", event)
        for event in events
        if event.action in actions
    ]


def _name(actor: str) -> str:
    """Write who did something: a person's e-mail, or what is no person."""
    if actor == SYSTEM:
        return _("the schedule")
    if not actor.isdecimal():
        return _("the limit")
    person = User.objects.filter(pk=actor).first()
    return str(person.email) if person else actor
