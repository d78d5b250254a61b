"""A party's own page `/express/<account>`: its balance, its bank account, its payouts."""

from marketplace.sandbox import journal
from marketplace.sandbox.calls import Call
from marketplace.sandbox.pages import frame, parts
from marketplace.sandbox.pages.frame import Markup, fill, join
from marketplace.sandbox.pages.parts import Page
from marketplace.sandbox.resources import (
    accounts,
    balance_settings,
    balances,
    banks,
    payouts,
)
from marketplace.sandbox.store import Record
from marketplace.sandbox.web import Request, Response

_PAGE = """
<p class="soft">Express account</p>
<h1>{name}</h1>
{tiles}
<section class="card">
<p>Paid out <strong>{schedule}</strong> to {bank}.</p>
{form}
</section>
<h2>Payouts</h2>
{payouts}
"""


def show(call: Call, request: Request) -> Response:
    """GET /express/{id}"""
    account = call.store.get(accounts.KIND, call.path["id"])
    if account is None:
        return frame.not_found()
    return _page(call, account, request)


def submit(call: Call, request: Request) -> Response:
    """POST /express/{id}: the party names another bank account."""
    account = call.store.get(accounts.KIND, call.path["id"])
    if account is None:
        return frame.not_found()
    if account.body["closed"] or frame.form(request).get("action") != "change_bank":
        return frame.message("Nothing to do", "Use the button.", status=400)
    bank = banks.change(call, account.id)
    balance_settings.plan(call, account.id)
    journal.append(
        call.store,
        at=call.now,
        method="POST",
        path=request.path,
        outcome="executed",
        account=account.id,
        result=bank.body,
    )
    return Response.redirect(f"/express/{account.id}")


def _page(call: Call, account: Record, request: Request) -> Response:
    bank = banks.of(call, account.id)
    words = "no bank account yet"
    if bank is not None:
        words = f"{bank.body['bank_name']} …{bank.body['last4']}"
        if bank.body["status"] == banks.ERRORED:
            words += ", which sent the last payout back"
    button = Markup("")
    if bank is not None and not account.body["closed"]:
        button = parts.form(
            f"/express/{account.id}",
            "change_bank",
            "Use another bank account",
            tone="quiet",
        )
    body = fill(
        _PAGE,
        name=account.body["display_name"] or account.body["contact_email"],
        tiles=_tiles(call, account),
        schedule=balance_settings.of(call, account.id).body["interval"],
        bank=words,
        form=button,
        payouts=_payouts(call, account, Page.of(request.path, request.query)),
    )
    return frame.page("Your account", body)


def _tiles(call: Call, account: Record) -> Markup:
    sums = balances.sums(call.store, account.id, call.now)
    tiles = [
        fill(
            '<div class="tile"><span class="soft">{code}</span>'
            '<strong>{available}</strong><span class="soft">{pending} pending</span>'
            "</div>",
            code=currency.upper(),
            available=parts.bare(available, currency),
            pending=parts.bare(pending, currency),
        )
        for currency, (available, pending) in sums.items()
    ]
    return fill('<div class="tiles">{tiles}</div>', tiles=join(tiles))


def _payouts(call: Call, account: Record, page: Page) -> Markup:
    def row(payout: Record) -> Markup:
        return parts.row(
            title="Payout",
            id=payout.id,
            at=payout.created,
            state=payout.body["status"],
            amount=parts.amount(payout.body),
            note=payout.body["failure_message"] or "",
        )

    found = call.store.select(
        "kind = ? AND account = ?",
        (payouts.KIND, account.id),
        f"ORDER BY seq DESC LIMIT {page.rows + 1} OFFSET {page.offset}",
    )
    rows = [row(one) for one in found[: page.rows]]
    return parts.listed(rows, page, "No payout yet.", len(found) > page.rows)
