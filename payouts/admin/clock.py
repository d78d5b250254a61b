"""The sandbox's clock: what time it is for the platform, and moving it on."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from marketplace.gateway import sandbox_control
from marketplace.kit import clock
from marketplace.kit.admin import ReadOnlyAdmin
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.models import AuditEvent, ClockOffset
from marketplace.kit.templatetags import formats
from orders.models import Order, OrderStatus, SellerOrder
from payouts.models import Entry, EntryKind, PayoutRun, Transfer, TransferStatus
from payouts.services import calendar, payout_runs

STEPS = {
    "hour": (timedelta(hours=1), _l("An hour")),
    "day": (timedelta(days=1), _l("A day")),
    "week": (timedelta(weeks=1), _l("A week")),
    "month": (timedelta(days=30), _l("30 days")),
}
HERE = "admin:kit_clockoffset_changelist"


@admin.register(ClockOffset)
class ClockAdmin(ReadOnlyAdmin):
    """One page instead of a list, and only while the platform talks to a sandbox."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return clock.is_movable() and super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return clock.is_movable() and bool(
            request.user.has_perm("kit.change_clockoffset")
        )

    def add_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        raise Http404

    def change_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        raise Http404

    def delete_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        raise Http404

    def history_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        raise Http404

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show both clocks; on POST move them on and say what came of it."""
        if not clock.is_movable():
            raise Http404
        if not self.has_view_permission(request):
            raise PermissionDenied
        clock.forget()
        if request.method == "POST":
            self._move(request)
            return redirect(HERE)
        at = clock.now()
        try:
            moment = sandbox_control.clock()["now"]
            sandbox_at = datetime.fromtimestamp(moment, tz=UTC)
        except MarketplaceError as problem:
            self.message_user(request, problem.message, messages.ERROR)
            sandbox_at = None
        moves = AuditEvent.objects.filter(action="clock.move").order_by("-pk")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Clock"),
            "at": at,
            "sandbox_at": sandbox_at,
            "ahead": clock.offset(),
            "position": str(clock.offset()),
            "steps": [(key, words) for key, (_by, words) in STEPS.items()],
            "next_run_at": payout_runs.next_run_at(
                at=at, schedule=settings.PAYOUT_SCHEDULE
            ),
            "moves": moves[:8],
        }
        return TemplateResponse(request, "admin/payouts/clock.html", context)

    def _move(self, request: HttpRequest) -> None:
        """Move the clock from where it was shown, so that a second press does nothing."""
        by, _words = STEPS.get(request.POST.get("step", ""), (None, ""))
        if by is None:
            self.message_user(request, _("Choose how far."), messages.ERROR)
            return
        if request.POST.get("position") != str(clock.offset()):
            words = _(
                "The clock was moved since this page was shown. Nothing was done."
            )
            self.message_user(request, words, messages.WARNING)
            return
        before = _counted()
        try:
            at = calendar.move_clock(by=by, actor=str(request.user.pk))
        except MarketplaceError as problem:
            self.message_user(request, problem.message, messages.ERROR)
            return
        after = _counted()
        happened = _told({key: after[key] - before[key] for key in before})
        said = _("It is %(moment)s now.") % {"moment": formats.write_moment(at)}
        self.message_user(request, f"{said} {happened}", messages.SUCCESS)


def _counted() -> dict[str, int]:
    released = [EntryKind.SELLER_RELEASE, EntryKind.CREATOR_RELEASE]
    return {
        "expired": Order.objects.filter(status=OrderStatus.CANCELLED).count(),
        "delivered": SellerOrder.objects.exclude(delivered_at=None).count(),
        "released": Entry.objects.filter(kind__in=released).count(),
        "sent": Transfer.objects.filter(status=TransferStatus.SENT).count(),
        "runs": PayoutRun.objects.count(),
    }


def _told(changes: dict[str, int]) -> str:
    """Say what a move brought about."""
    number = changes
    sentences = {
        "expired": ngettext(
            "%(n)s unpaid order expired.",
            "%(n)s unpaid orders expired.",
            number["expired"],
        ),
        "delivered": ngettext(
            "%(n)s parcel counts as delivered.",
            "%(n)s parcels count as delivered.",
            number["delivered"],
        ),
        "released": ngettext("%(n)s release.", "%(n)s releases.", number["released"]),
        "sent": ngettext(
            "%(n)s transfer was sent.", "%(n)s transfers were sent.", number["sent"]
        ),
        "runs": ngettext(
            "%(n)s payout run was made.", "%(n)s payout runs were made.", number["runs"]
        ),
    }
    told = [
        words % {"n": number[key]} for key, words in sentences.items() if number[key]
    ]
    return " ".join(told) or _("Nothing was due.")
