"""Staff read reports, the oldest undecided first, and decide them with their reasons."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from unfold.decorators import display

from marketplace.kit import clock
from marketplace.kit.admin import ReadOnlyAdmin, moment, person, state
from marketplace.kit.errors import MarketplaceError
from marketplace.pages import reports
from marketplace.pages.models import Decision, Report


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    """The queue of reports."""

    list_display: ClassVar = [
        *("public_id", "stands", "reason", "target_title", "received", "decision"),
        "to_decide",
    ]
    list_filter: ClassVar = ["status", "reason", "decision", "target_type"]
    search_fields: ClassVar = ["public_id", "target_id", "target_title", "email"]
    search_help_text = _l("Number, what it is about, or who reported it")
    # "received" sorts after "decided": the undecided come first, the oldest of them.
    ordering: ClassVar = ["-status", "received_at"]

    stands = state("report")
    received = moment("received_at", description=_l("received"))
    decider = person("decided_by", description=_l("decided by"))

    @display(description="")
    def to_decide(self, report: Report) -> str | SafeString:
        if report.decision:
            return ""
        address = reverse("admin:pages_report_decide", args=[report.pk])
        return format_html(
            '<a class="staff-link" href="{}">{}</a>', address, _("Decide")
        )

    def get_urls(self) -> list[URLPattern]:
        own = self.page_at("<int:pk>/decide", self.decide, "pages_report_decide")
        return [own, *super().get_urls()]

    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the report and the form; on POST decide it, with reasons."""
        if not request.user.has_perm("pages.change_report"):
            raise PermissionDenied
        report = get_object_or_404(Report, pk=pk)
        if request.method == "POST" and self._decided(request, report):
            return redirect("admin:pages_report_changelist")
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": _("Report %(number)s") % {"number": report.public_id},
            "report": report,
            "decisions": Decision.choices,
            "typed": request.POST,
        }
        return TemplateResponse(request, "admin/pages/report_decide.html", context)

    def _decided(self, request: HttpRequest, report: Report) -> bool:
        try:
            reports.decide(
                report=report,
                decision=request.POST.get("decision", ""),
                statement=request.POST.get("statement", ""),
                ground=request.POST.get("ground", ""),
                actor=str(request.user.pk),
                at=clock.now(),
            )
        except ValueError:
            words = _("Choose what is done. Nothing was decided.")
            self.message_user(request, words, messages.WARNING)
            return False
        except MarketplaceError as problem:
            self.message_user(request, problem.message, messages.WARNING)
            return False
        words = _("Decided. Both sides are told why.")
        self.message_user(request, words, messages.SUCCESS)
        return True
