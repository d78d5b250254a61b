"""Reporting something: the form, and the receipt with its number."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache

from marketplace.kit import clock, limits
from marketplace.kit.errors import MarketplaceError
from marketplace.pages import reports
from marketplace.pages.forms import ReportForm
from marketplace.pages.models import Report
from orders.views import browser

REPORTS_PER_HOUR = 10


@never_cache
def page(request: HttpRequest, type: str, id: str) -> HttpResponse:
    """Take a report of a product, post, shop, creator or collection, from anybody."""
    target = reports.target_of(type=type, id=id)
    user = request.user
    known = {"email": user.email} if user.is_authenticated else {}
    form = ReportForm(request.POST or None, initial=known)
    report: Report | None = None
    if request.method == "POST" and form.is_valid():
        report = _submit(request, target, form)
    context = {"target": target, "form": form, "report": report}
    if report is not None:
        return render(request, "pages/reported.html", context)
    status = 422 if form.is_bound else 200
    return render(request, "pages/report.html", context, status=status)


def _submit(
    request: HttpRequest, target: reports.Target, form: ReportForm
) -> Report | None:
    limits.count(
        f"report:{browser.ip_of(request)}", limit=REPORTS_PER_HOUR, seconds=3600
    )
    given = form.cleaned_data
    try:
        return reports.submit(
            target=target,
            key=given["key"],
            reason=given["reason"],
            explanation=given["explanation"],
            name=given["name"],
            email=given["email"],
            language=translation.get_language() or "en",
            at=clock.now(),
        )
    except reports.WhoIsMissing as problem:
        form.add_error("email", problem.message)
    except MarketplaceError as problem:
        form.add_error(None, problem.message)
    return None
