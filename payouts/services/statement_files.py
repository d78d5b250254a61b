"""A statement and a commission invoice as files: CSV for programs, PDF for people.

Both write the same lines as the page. The PDF is set in the standard faces every
reader has; Japanese in the CID face of the same kind, so no font is shipped.
"""

import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from html import escape
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, LongTable, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus.tables import TableStyle

from marketplace.kit import money
from marketplace.kit.spreadsheets import Cell
from marketplace.kit.templatetags import formats
from payouts.models import CommissionInvoice
from payouts.services import invoices
from payouts.services.statements import Line, LineKind, Statement

JAPANESE = "HeiseiKakuGo-W5"
pdfmetrics.registerFont(UnicodeCIDFont(JAPANESE))

KINDS = {
    LineKind.SALE: gettext_lazy("Sale"),
    LineKind.DELIVERY: gettext_lazy("Delivery"),
    LineKind.SHARE: gettext_lazy("Creator share"),
    LineKind.REFUND: gettext_lazy("Refund"),
    LineKind.DISPUTE: gettext_lazy("Lost dispute"),
    LineKind.RESTORED: gettext_lazy("Given back"),
    LineKind.SENT: gettext_lazy("Sent to you"),
    LineKind.SENT_BACK: gettext_lazy("Sending refused"),
    LineKind.TAKEN_BACK: gettext_lazy("Taken back from your account"),
    LineKind.SET_OFF: gettext_lazy("Set off against what you owed"),
    LineKind.WRITTEN_OFF: gettext_lazy("Debt written off"),
    LineKind.CORRECTION: gettext_lazy("Correction"),
}
REASONS = {
    "cancelled": gettext_lazy("cancelled before shipping"),
    "withdrawn": gettext_lazy("withdrawn by the buyer"),
    "returned": gettext_lazy("returned by the buyer"),
    "adjustment": gettext_lazy("part of the price given back"),
    "unearned": gettext_lazy("the order could not be kept"),
    "retry": gettext_lazy("sent once more"),
    "disputed": gettext_lazy("the buyer's bank took the payment back"),
}
RULES = {
    "code": gettext_lazy("by your code"),
    "tag": gettext_lazy("by your page or post"),
    "link": gettext_lazy("by your link"),
}


# These are of a line that was sold or, without one, of its delivery.
OF_SALE = (LineKind.REFUND, LineKind.DISPUTE, LineKind.RESTORED)


def words(line: Line) -> str:
    """Say what a line is, and of what product."""
    text = str(KINDS[line.kind])
    if line.kind in OF_SALE and not line.title:
        return f"{text}: {_('delivery')}"
    if line.title:
        times = f" × {line.quantity}" if line.quantity and line.quantity > 1 else ""
        text = f"{text}: {line.title}{times}"
    return text


def why(line: Line, language: str | None = None, *, currency: str) -> str:
    """Say how an amount came about: rate and base, or the reason of a reversal."""
    if line.reason:
        return str(REASONS.get(line.reason, line.reason))
    if line.memo_amount:
        return formats.write_money(line.memo_amount, currency, language)
    if line.rate_bps is None or line.base_amount is None:
        return ""
    figures = {
        "rate": formats.write_rate(line.rate_bps, language),
        "base": formats.write_money(line.base_amount, currency, language),
        "rule": RULES.get(line.rule, ""),
    }
    if line.kind == LineKind.SHARE:
        return (_("%(rate)s of %(base)s %(rule)s") % figures).strip()
    return _("after %(rate)s commission on %(base)s") % figures


STATEMENT_HEAD = (
    "date",
    "kind",
    "order",
    "product",
    "quantity",
    "base",
    "rate_percent",
    "rule",
    "reason",
    "reference",
    "amount",
    "set_off",
    "balance",
    "currency",
)


def statement_rows(statement: Statement) -> Iterator[Sequence[Cell]]:
    """Give a statement's rows for a CSV: amounts as plain decimals of the currency,
    with a running balance that begins at the opening and ends at the closing.
    """
    currency, balance = statement.currency, statement.opening_amount
    yield STATEMENT_HEAD
    yield _balance_row(statement.starts_at.date(), "opening", balance, currency)
    for line in statement.lines:
        balance += line.amount
        yield (
            line.at.date().isoformat(),
            line.kind.value,
            line.order_reference,
            line.title,
            line.quantity,
            _plain(line.base_amount, currency),
            _percent(line.rate_bps),
            line.rule,
            line.reason,
            line.reference,
            _number(line.amount, currency),
            _plain(line.memo_amount or None, currency),
            _number(balance, currency),
            currency,
        )
    yield _balance_row(statement.ends_at.date(), "closing", balance, currency)


def _balance_row(day: Any, kind: str, balance: int, currency: str) -> Sequence[Cell]:
    empty = [""] * (len(STATEMENT_HEAD) - 4)
    return [day.isoformat(), kind, *empty, _number(balance, currency), currency]


def _number(amount: int, currency: str) -> Decimal:
    return Decimal(money.plain(amount, currency))


def _plain(amount: int | None, currency: str) -> Decimal | None:
    return None if amount is None else _number(amount, currency)


def _percent(bps: int | None) -> Decimal | None:
    return None if bps is None else Decimal(bps) / 100


def statement_pdf(statement: Statement, *, name: str, language: str) -> bytes:
    """Set a statement for print, in a language's words and number format."""
    with override(language):
        currency = statement.currency
        title = _("Statement for %(name)s") % {"name": name}
        period = f"{_day(statement.starts_at, language)} – {_day(statement.ends_at, language)}"
        rows = [
            [_("Day"), _("What"), _("How"), _("Amount")],
            [
                "",
                _("Opening balance"),
                "",
                _money(statement.opening_amount, currency, language),
            ],
            *(
                [
                    _day(line.at, language),
                    "\n".join(
                        part for part in (words(line), line.order_reference) if part
                    ),
                    why(line, language, currency=currency),
                    _money(line.amount, currency, language),
                ]
                for line in statement.lines
            ),
            [
                "",
                _("Closing balance"),
                "",
                _money(statement.closing_amount, currency, language),
            ],
        ]
        note = _(
            "The balance is what the marketplace owes you: held, available, less what "
            "you owe. The period is in UTC; its last day does not belong to it."
        )
        return _document(title, [period, note], rows, language)


def invoice_pdf(invoice: CommissionInvoice, *, language: str) -> bytes:
    """Set a commission invoice for print."""
    with override(language):
        currency = invoice.currency
        seller = invoice.seller
        rows = [
            [_("Order"), _("What"), _("How"), _("Amount")],
            *(
                [
                    line["order"],
                    line["title"] or _("Delivery"),
                    _invoice_why(line, currency, language),
                    _money(
                        line["amount"]
                        if line["kind"] in invoices.CHARGES
                        else -line["amount"],
                        currency,
                        language,
                    ),
                ]
                for line in invoice.lines
            ),
            ["", _("Total"), "", _money(invoice.total_amount, currency, language)],
        ]
        facts = [
            f"{seller['legal_name'] or seller['name']}, {seller['address']}, "
            f"{seller['country']}",
            _("Month from %(day)s, issued %(issued)s")
            % {
                "day": _day(invoice.month_starts_at, language),
                "issued": _day(invoice.issued_at, language),
            },
            _(
                "The commission was kept back from your sales: nothing is left to pay. "
                "No tax is charged on it here."
            ),
        ]
        title = _("Commission invoice %(number)s") % {"number": invoice.reference}
        return _document(title, facts, rows, language)


def _invoice_why(line: dict[str, Any], currency: str, language: str) -> str:
    if line["kind"] == "restored":
        return _("Commission charged again")
    if line["kind"] != "sale":
        return _("Commission given back")
    return _("%(rate)s of %(base)s") % {
        "rate": formats.write_rate(line["rate_bps"], language),
        "base": formats.write_money(line["base_amount"], currency, language),
    }


def _document(
    title: str, facts: Sequence[str], rows: Sequence[Sequence[str]], language: str
) -> bytes:
    paper = io.BytesIO()
    document = SimpleDocTemplate(
        paper,
        pagesize=A4,
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=18 * mm,
        bottomMargin=18 * mm,
        title=title,
        lang=language,
    )
    head = ParagraphStyle("head", fontName="Helvetica-Bold", fontSize=15, leading=20)
    text = ParagraphStyle("text", fontName="Helvetica", fontSize=8.5, leading=11)
    right = ParagraphStyle("right", parent=text, alignment=2)
    strong = ParagraphStyle("strong", parent=text, fontName="Helvetica-Bold")
    table = LongTable(
        [
            [
                _set(cell, right if column == 3 else strong if row == 0 else text)
                for column, cell in enumerate(cells)
            ]
            for row, cells in enumerate(rows)
        ],
        colWidths=[26 * mm, 72 * mm, 46 * mm, 30 * mm],
        repeatRows=1,
    )
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.HexColor("#d9d9d9")),
                ("LINEABOVE", (0, -1), (-1, -1), 1, colors.black),
            ]
        )
    )
    story: list[Flowable] = [_set(title, head), Spacer(1, 3 * mm)]
    story += [_set(fact, text) for fact in facts]
    story += [Spacer(1, 5 * mm), table]
    document.build(story)
    return paper.getvalue()


def _set(text: str, style: ParagraphStyle) -> Paragraph:
    """Set a text, in the Japanese face what the Latin one has no glyph for."""
    plain = text.replace("\u2212", "-").replace("\u202f", "\u00a0")
    try:
        plain.encode("cp1252")
        marked = escape(plain)
    except UnicodeEncodeError:
        marked = f'<font name="{JAPANESE}">{escape(plain)}</font>'
    return Paragraph(marked.replace("\n", "<br/>"), style)


def _money(amount: int, currency: str, language: str) -> str:
    return formats.write_money(amount, currency, language)


def _day(moment: Any, language: str) -> str:
    return formats.write_day(moment, language)
