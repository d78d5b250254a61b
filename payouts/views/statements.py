"""Statements, invoices and the forecast of a seller or creator, to read and to keep."""

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache

from creators.models import Creator
from marketplace.kit import clock, spreadsheets
from marketplace.kit.pagination import PER_PAGE
from payouts.models import CommissionInvoice, ConnectedAccount
from payouts.services import (
    forecasts,
    onboarding,
    periods,
    statement_files,
    statements,
    year_totals,
)
from sellers.models import Shop

FORMATS = ("pdf", "csv")


@never_cache
def seller_statements(request: HttpRequest, shop: str) -> HttpResponse:
    """List a shop's months, with what is expected next and its invoices."""
    return _index(request, _seller(request, shop))


@never_cache
def seller_statement(
    request: HttpRequest, shop: str, month: str, currency: str
) -> HttpResponse:
    """Show a shop's statement of a month, line by line."""
    return _page(request, _seller(request, shop), month, currency)


@never_cache
def seller_statement_file(
    request: HttpRequest, shop: str, month: str, currency: str, form: str
) -> HttpResponse | StreamingHttpResponse:
    """Give a shop's statement as a file."""
    return _file(request, _seller(request, shop), month, currency, form)


@never_cache
def seller_invoice(request: HttpRequest, shop: str, reference: str) -> HttpResponse:
    """Give a commission invoice of a shop as PDF."""
    account = _seller(request, shop)
    invoice = next(
        (
            one
            for one in CommissionInvoice.objects.filter(account_id=account.pk)
            if one.reference == reference
        ),
        None,
    )
    if invoice is None:
        raise Http404
    paper = statement_files.invoice_pdf(invoice, language=_language(request))
    return _download(paper, f"{invoice.reference}.pdf", "application/pdf")


@never_cache
def creator_statements(request: HttpRequest) -> HttpResponse:
    """List a creator's months, with what is expected next."""
    return _index(request, _creator(request))


@never_cache
def creator_statement(request: HttpRequest, month: str, currency: str) -> HttpResponse:
    """Show a creator's statement of a month, line by line."""
    return _page(request, _creator(request), month, currency)


@never_cache
def creator_statement_file(
    request: HttpRequest, month: str, currency: str, form: str
) -> HttpResponse | StreamingHttpResponse:
    """Give a creator's statement as a file."""
    return _file(request, _creator(request), month, currency, form)


def _index(request: HttpRequest, account: ConnectedAccount) -> HttpResponse:
    at = clock.now()
    months = periods.months_of(account=account, at=at)
    page = Paginator(months, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **_frame(account),
        "page": page,
        "now": periods.Month.of(at),
        "forecast": forecasts.forecast(account=account, limit=PER_PAGE),
        "invoices": CommissionInvoice.objects.filter(account_id=account.pk).order_by(
            "-year", "-number"
        )[:PER_PAGE],
        "years": [
            (year, year_totals.totals(account=account, year=year))
            for year in (at.year, at.year - 1)
        ],
    }
    return render(request, "payouts/statements.html", context)


def _page(
    request: HttpRequest, account: ConnectedAccount, month: str, currency: str
) -> HttpResponse:
    found = _statement(account, month, currency)
    page = Paginator(found.lines, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **_frame(account),
        "statement": found,
        "month": periods.Month.parse(month),
        "is_open": found.ends_at > clock.now(),
        "page": page,
        "rows": [
            {
                "line": line,
                "words": statement_files.words(line),
                "why": statement_files.why(line, currency=currency),
            }
            for line in page.object_list
        ],
        "languages": [code for code, _name in settings.LANGUAGES],
    }
    return render(request, "payouts/statement.html", context)


def _file(
    request: HttpRequest,
    account: ConnectedAccount,
    month: str,
    currency: str,
    form: str,
) -> HttpResponse | StreamingHttpResponse:
    found = _statement(account, month, currency)
    name = f"statement-{account.reference}-{month}-{currency}.{form}"
    if form == "csv":
        rows = statement_files.statement_rows(found)
        answer = StreamingHttpResponse(
            spreadsheets.csv_lines(rows), content_type="text/csv; charset=utf-8"
        )
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer
    if form != "pdf":
        raise Http404
    paper = statement_files.statement_pdf(
        found, name=account.party.name, language=_language(request)
    )
    return _download(paper, name, "application/pdf")


def _statement(
    account: ConnectedAccount, month: str, currency: str
) -> statements.Statement:
    """Read the statement of a month in the address.

    :raises Http404: for what is no month, or lies before or after the party's money.
    """
    try:
        period = periods.Month.parse(month)
    except ValueError:
        raise Http404 from None
    if (period, currency) not in periods.months_of(account=account, at=clock.now()):
        raise Http404
    return statements.statement(
        account=account,
        currency=currency,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
    )


def _language(request: HttpRequest) -> str:
    """Give the language asked for with `?lang=`, or the page's."""
    asked = request.GET.get("lang", "")
    return asked if asked in dict(settings.LANGUAGES) else get_language() or "en"


def _download(content: bytes, name: str, kind: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _seller(request: HttpRequest, public_id: str) -> ConnectedAccount:
    """Give the money side of a shop this person owns; its staff see no money."""
    shop = get_object_or_404(Shop.objects.owned_by(request.user), public_id=public_id)
    return onboarding.known_account(shop)


def _creator(request: HttpRequest) -> ConnectedAccount:
    creator = get_object_or_404(Creator.objects.visible_to(request.user))
    return onboarding.known_account(creator)


def _frame(account: ConnectedAccount) -> dict[str, Any]:
    is_shop = account.shop is not None
    return {
        "account": account,
        "shop": account.shop,
        "creator": account.creator,
        "frame": "sellers/base.html" if is_shop else "creators/base.html",
    }
