"""The dashboard: what a person at Stripe, at a bank or in a bad network could do.

One page a topic, each a list of at most twenty rows a page with its buttons folded
under each row; the overview shows the balances and what happened last.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from marketplace.sandbox import money
from marketplace.sandbox.errors import ApiError
from marketplace.sandbox.pages import (
    actions,
    frame,
    machine_sections,
    money_sections,
    parts,
)
from marketplace.sandbox.pages.frame import Markup, fill, join
from marketplace.sandbox.pages.parts import Page
from marketplace.sandbox.resources import accounts
from marketplace.sandbox.web import BODY_LIMIT, Request, Response

if TYPE_CHECKING:
    from marketplace.sandbox.app import Sandbox

PATH = "/dashboard"
LATEST = 8

Section = Callable[["Sandbox", Page], Markup]

_PAGE = """
<header class="top">
<h1>{title}</h1>
<p class="soft">Virtual time <strong>{now}</strong>, {ahead}. It is moved from the
platform's admin, which moves both clocks.</p>
</header>
<nav class="sections" aria-label="Dashboard">{links}</nav>
{notice}
{body}
"""

_OVERVIEW = """
<h2>The platform has</h2>
{balance}
<div class="card acts">{forms}</div>
<h2>Accounts</h2>
{accounts}
<h2>Latest objects</h2>
{objects}
<h2>Latest webhooks</h2>
{webhooks}
"""


def is_here(request: Request) -> bool:
    """Return whether a request is for the dashboard."""
    return request.method in ("GET", "POST") and request.path in _SECTIONS


class Dashboard:
    """Shows one sandbox, and does what its buttons say."""

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox

    def handle(self, request: Request) -> Response:
        """Answer GET and POST of `/dashboard` and the pages under it."""
        if request.method == "GET":
            self._sandbox.settle()
            return self._show(request)
        if len(request.body) >= BODY_LIMIT:
            return frame.message("Too much", "That form is too large.", status=413)
        try:
            notice = actions.take(self._sandbox, frame.form(request))
        except ApiError as error:
            return self._show(request, error.message, status=error.status)
        return self._show(request, notice)

    def _show(
        self, request: Request, notice: str = "", *, status: int = 200
    ) -> Response:
        sandbox = self._sandbox
        title, section = _SECTIONS[request.path]
        page = Page.of(request.path, request.query)
        with sandbox.store.lock:
            body = fill(
                _PAGE,
                title="Sandbox dashboard" if request.path == PATH else title,
                now=parts.time(sandbox.clock.now()),
                ahead=_ahead(sandbox.clock.offset),
                links=_links(request.path),
                notice=_notice(notice, is_error=status != 200),
                body=section(sandbox, page),
            )
        # A refusal is the form's: 404 from an object it named is no missing page.
        answered = status if status in (200, 400) else 400
        return frame.page(title, body, status=answered, wide=True)


def _ahead(offset: int) -> str:
    if not offset:
        return "the same as real time"
    amount, unit = (offset / 3_600, "hours")
    if abs(offset) >= money.DAY:
        amount, unit = offset / money.DAY, "days"
    word = "ahead of" if offset > 0 else "behind"
    return f"{abs(amount):.3g} {unit} {word} real time"


def _links(here: str) -> Markup:
    return join(
        [
            fill(
                '<a href="{path}"{current}>{title}</a>',
                path=path,
                current=Markup(' aria-current="page"' if path == here else ""),
                title=title,
            )
            for path, (title, _) in _SECTIONS.items()
        ]
    )


def _notice(text: str, *, is_error: bool) -> Markup:
    if not text:
        return Markup("")
    tone = "error" if is_error else "told"
    role = "alert" if is_error else "status"
    return fill(
        '<p class="{tone}" role="{role}">{text}</p>', tone=tone, role=role, text=text
    )


def _overview(sandbox: "Sandbox", page: Page) -> Markup:
    amount = parts.text("amount", "Amount", "100.00", numeric=True)
    currency = money_sections.currency_choice()
    forms = [
        parts.form(PATH, "top_up", "Top up the platform", amount, currency),
        parts.form(
            PATH, "pay_out", "Pay the platform out", amount, currency, tone="quiet"
        ),
    ]
    return fill(
        _OVERVIEW,
        balance=machine_sections.platform_balance(sandbox),
        forms=join(forms),
        accounts=_accounts(sandbox),
        objects=machine_sections.show_objects(sandbox, _latest("objects")),
        webhooks=machine_sections.latest_webhooks(sandbox, _latest("webhooks")),
    )


def _latest(name: str) -> Page:
    """Return a page that shows a few and leads to the section for the rest."""
    return Page(f"{PATH}/{name}", 1, LATEST)


def _accounts(sandbox: "Sandbox") -> Markup:
    """Return a few accounts with their balances; their buttons are on their page."""
    found = sandbox.store.select(
        "kind = ?", (accounts.KIND,), f"ORDER BY seq DESC LIMIT {LATEST + 1}"
    )
    page = _latest("accounts")
    rows = [
        machine_sections.account_row(sandbox, page.path, one) for one in found[:LATEST]
    ]
    nothing = "No account is connected yet."
    return parts.listed(rows, page, nothing, len(found) > LATEST)


_SECTIONS: dict[str, tuple[str, Section]] = {
    PATH: ("Overview", _overview),
    f"{PATH}/payments": ("Payments", money_sections.show_payments),
    f"{PATH}/refunds": ("Refunds", money_sections.show_refunds),
    f"{PATH}/disputes": ("Disputes", money_sections.show_disputes),
    f"{PATH}/transfers": ("Transfers", money_sections.show_transfers),
    f"{PATH}/payouts": ("Payouts", money_sections.show_payouts),
    f"{PATH}/topups": ("Top-ups", money_sections.show_topups),
    f"{PATH}/accounts": ("Accounts", machine_sections.show_accounts),
    f"{PATH}/webhooks": ("Webhooks", machine_sections.show_webhooks),
    f"{PATH}/faults": ("Faults", machine_sections.show_faults),
    f"{PATH}/objects": ("Timeline", machine_sections.show_objects),
    f"{PATH}/calls": ("Calls", machine_sections.show_calls),
}
