"""Payout runs: looked at before, asked for with a reason, approved by a second person
where they are large, watched until they are done.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from marketplace.kit import clock, switches
from marketplace.kit.admin import ReadOnlyAdmin, amount, moment, state
from marketplace.kit.errors import MarketplaceError
from payouts.admin import run_pages
from payouts.models import PayoutItem, PayoutRun, PayoutRunStatus
from payouts.services import payout_runs

# Real seconds in which a preview may be acted on.
PREVIEW_SECONDS = 3600


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
        return [
            self.page_at("start/", self.start, "payout-run-start"),
            self.page_at("<int:pk>/approve/", self.approve, "payout-run-approve"),
            self.page_at("<int:pk>/cancel/", self.cancel, "payout-run-cancel"),
            self.page_at("<int:pk>/retry/", self.retry, "payout-run-retry"),
            self.page_at(
                "items/<int:pk>/cancel/", self.cancel_item, "payout-item-cancel"
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
            "requested_by": run_pages.name_of(run.requested_by),
            "approved_by": run_pages.name_of(run.approved_by),
            "events": run_pages.events(run),
            "shown": run_pages.SHOWN,
            **(run_pages.previewed(run) if waits else run_pages.result(run)),
        }
        return TemplateResponse(request, "admin/payouts/run.html", context)

    def start(self, request: HttpRequest) -> HttpResponse:
        """Show what a run would pay in each currency; ask for one on POST."""
        if not self.may_start(request):
            raise PermissionDenied
        at = clock.now()
        refused: run_pages.Offer | None = None
        if request.method == "POST":
            answer = self._start(request, at)
            if isinstance(answer, HttpResponse):
                return answer
            refused = answer
        offers = [
            refused
            if refused and refused.currency == code
            else run_pages.offer_of(code, at, at=at)
            for code in payout_runs.currencies()
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Start a payout run"),
            "offers": offers,
            "skip_words": [
                (code, why) for code, (why, _lifts) in run_pages.SKIPS.items()
            ],
            "names": run_pages.parties(offers),
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

    def _start(
        self, request: HttpRequest, at: datetime
    ) -> HttpResponse | run_pages.Offer:
        """Ask for what was shown, once; or give it back with what is missing."""
        here = redirect("admin:payout-run-start")
        try:
            currency, cut_off, shown = signing.loads(
                request.POST.get("shown", ""),
                salt=run_pages.SALT,
                max_age=PREVIEW_SECONDS,
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
        offer = run_pages.offer_of(currency, cut_off_at, at=at, reason=reason)
        if offer.sent_amount != shown or not offer.sent:
            self._say(
                request,
                _("The amounts changed since they were shown. Nothing was started."),
            )
            return here
        if not reason:
            words = _("Say why. It is kept with the run.")
            return run_pages.offer_of(currency, cut_off_at, at=at, error=words)
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
