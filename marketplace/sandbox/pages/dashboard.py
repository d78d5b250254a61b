"""The dashboard: balances, timeline, webhooks, clock and faults of one sandbox."""

import datetime
import json
from typing import TYPE_CHECKING

from marketplace.sandbox import control, deliveries, journal, money
from marketplace.sandbox.errors import ApiError
from marketplace.sandbox.pages import frame
from marketplace.sandbox.pages.frame import Markup, fill, join
from marketplace.sandbox.resources import accounts, balances
from marketplace.sandbox.store import PLATFORM, Record
from marketplace.sandbox.web import Request, Response

if TYPE_CHECKING:
    from marketplace.sandbox.app import Sandbox

PATH = "/dashboard"
ROWS = 40

_PAGE = """
<h1>Sandbox dashboard</h1>
{notice}
<p>Virtual time <strong>{now}</strong> <span class="soft">({ahead}; it is moved from
the platform's admin, which moves both clocks)</span></p>
<h2>Balances</h2>
<div class="card scroll"><table>
<thead><tr><th>Account</th><th class="number">Available</th>
<th class="number">Pending</th><th>Transfers</th><th>Onboarding</th></tr></thead>
<tbody>{balances}</tbody></table></div>
<h2>Faults</h2>
<form class="card inline" method="post" action="/dashboard">
<div><label for="match">Call</label>
<input id="match" name="match" value="POST /v1/transfers" required></div>
<div><label for="do">Fault</label><select id="do" name="do">{kinds}</select></div>
<div><label for="times">Times</label>
<input id="times" name="times" value="1" inputmode="numeric" required></div>
<button name="action" value="arm">Arm</button>
</form>
<div class="card scroll"><table>
<thead><tr><th>Call</th><th>Fault</th><th>State</th><th class="number">Hit</th></tr>
</thead><tbody>{faults}</tbody></table></div>
<h2>Timeline</h2>
<div class="card scroll"><table>
<thead><tr><th>Time</th><th>Object</th><th>Account</th><th class="number">Amount</th>
<th>State</th></tr></thead><tbody>{objects}</tbody></table></div>
<h2>Calls</h2>
<div class="card scroll"><table>
<thead><tr><th>Time</th><th>Call</th><th>Outcome</th><th class="number">Amount</th>
</tr></thead><tbody>{calls}</tbody></table></div>
<h2>Webhooks</h2>
<div class="card scroll"><table>
<thead><tr><th>Event</th><th>Endpoint</th><th>State</th>
<th class="number">Attempts</th><th></th></tr></thead>
<tbody>{webhooks}</tbody></table></div>
"""

_ONBOARD = """<form method="post" action="/dashboard">
<input type="hidden" name="account" value="{account}">
<input type="hidden" name="action" value="onboard">
<button name="outcome" value="complete">Complete</button>
<button class="quiet" name="outcome" value="restrict">Restrict</button></form>"""

_REPLAY = """<form method="post" action="/dashboard">
<input type="hidden" name="event" value="{event}">
<button class="quiet" name="action" value="replay">Replay</button></form>"""

_FAULTS = (
    "timeout_after_commit",
    "timeout_before",
    "500_before",
    "500_after",
    "429",
    "lock_timeout",
    "slow:5",
)


class Dashboard:
    """Shows one sandbox, and does what its buttons say."""

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox

    def handle(self, request: Request) -> Response:
        """Answer GET and POST /dashboard."""
        if request.method == "GET":
            self._sandbox.settle()
            return self._show()
        try:
            notice = self._act(frame.form(request))
        except (ApiError, ValueError) as error:
            return self._show(str(error), status=400)
        return self._show(notice)

    def _act(self, fields: dict[str, str]) -> str:
        action = fields.get("action")
        if action == "arm":
            times = fields.get("times", "1")
            fault = self._sandbox.faults.arm(
                fields.get("match", ""),
                fields.get("do", ""),
                times=int(times) if times.isdigit() else 0,
            )
            return f"Armed: {fault.do} on {fault.match}."
        if action == "onboard":
            outcome = fields.get("outcome", "")
            account = fields.get("account", "")
            control.onboard(self._sandbox, account, outcome)
            return f"Onboarding of {account}: {outcome}."
        if action == "replay":
            sent = self._sandbox.deliver(event=fields.get("event", ""))
            answers = ", ".join(str(push["status"] or "no answer") for push in sent)
            return f"Sent again: {answers}."
        return "Nothing was asked for."

    def _show(self, notice: str = "", *, status: int = 200) -> Response:
        sandbox = self._sandbox
        with sandbox.store.lock:
            body = fill(
                _PAGE,
                notice=_notice(notice, is_error=status != 200),
                now=_time(sandbox.clock.now()),
                ahead=f"{sandbox.clock.offset / 3600:g} hours ahead of real time",
                balances=self._balances(),
                kinds=join(
                    [fill("<option>{kind}</option>", kind=kind) for kind in _FAULTS]
                ),
                faults=self._faults(),
                objects=self._objects(),
                calls=self._calls(),
                webhooks=self._webhooks(),
            )
        return frame.page("Dashboard", body, status=status, wide=True)

    def _balances(self) -> Markup:
        records = self._sandbox.store.select("kind = ?", (accounts.KIND,))
        rows = [self._balance_row(PLATFORM, "Platform", Markup(""), Markup(""))]
        for record in records:
            active = accounts.receives_transfers(record)
            state = fill(
                '<span class="{tone}">{word}</span>',
                tone="good" if active else "bad",
                word=record.extra["status"],
            )
            name = record.body["display_name"] or record.body["contact_email"]
            form = fill(_ONBOARD, account=record.id)
            rows.append(self._balance_row(record.id, str(name), state, form))
        return join(rows)

    def _balance_row(
        self, account: str, name: str, state: Markup, form: Markup
    ) -> Markup:
        now = self._sandbox.clock.now()
        sums = balances.sums(self._sandbox.store, account, now)
        available, pending = (
            join(
                [
                    fill("{amount}<br>", amount=money.format_amount(pair[part], name_))
                    for name_, pair in sums.items()
                ]
            )
            for part in (0, 1)
        )
        return fill(
            "<tr><td>{name}<br><code>{account}</code></td>"
            '<td class="number">{available}</td><td class="number">{pending}</td>'
            "<td>{state}</td><td>{form}</td></tr>",
            name=name,
            account=account,
            available=available,
            pending=pending,
            state=state,
            form=form,
        )

    def _faults(self) -> Markup:
        rows = [
            fill(
                "<tr><td><code>{match}</code></td><td>{do}</td><td>{state}</td>"
                '<td class="number">{hit}</td></tr>',
                match=fault.match,
                do=fault.do,
                state="armed" if fault.armed else "spent",
                hit=fault.hit,
            )
            for fault in reversed(self._sandbox.faults.all())
        ]
        return _rows(rows, "No fault is armed.")

    def _objects(self) -> Markup:
        shown = self._sandbox.store.select(
            "kind NOT IN ('event', 'v2.core.event', 'balance_transaction')",
            tail=f"ORDER BY seq DESC LIMIT {ROWS}",
        )
        return _rows([_object_row(record) for record in shown], "Nothing yet.")

    def _calls(self) -> Markup:
        rows = [
            fill(
                "<tr><td>{at}</td><td><code>{method} {path}</code></td>"
                '<td>{outcome}{fault}</td><td class="number">{amount}</td></tr>',
                at=_time(line["at"]),
                method=line["method"],
                path=line["path"],
                outcome=line["outcome"],
                fault=f" ({line['fault']})" if line.get("fault") else "",
                amount=_amount(line["amount"], line["currency"]),
            )
            for line in journal.lines(self._sandbox.store, newest=ROWS)
        ]
        return _rows(rows, "No call yet.")

    def _webhooks(self) -> Markup:
        rows = [
            fill(
                "<tr><td>{type}<br><code>{event}</code></td><td>{endpoint}</td>"
                '<td>{state}{status}</td><td class="number">{attempts}</td>'
                "<td>{form}</td></tr>",
                type=delivery.type,
                event=delivery.event_id,
                endpoint=delivery.endpoint,
                state=delivery.state,
                status=f" ({delivery.last_status})" if delivery.attempts else "",
                attempts=delivery.attempts,
                form=fill(_REPLAY, event=delivery.event_id),
            )
            for delivery in deliveries.latest(self._sandbox.store, ROWS)
        ]
        return _rows(rows, "No event yet.")


def _notice(text: str, *, is_error: bool) -> Markup:
    if not text:
        return Markup("")
    tone = "error" if is_error else "card"
    return fill('<p class="{tone}" role="status">{text}</p>', tone=tone, text=text)


def _rows(rows: list[Markup], nothing: str) -> Markup:
    empty = fill('<tr><td colspan="9" class="soft">{text}</td></tr>', text=nothing)
    return join(rows) if rows else empty


def _object_row(record: Record) -> Markup:
    body = record.body
    state = body.get("status") or record.extra.get("status") or ""
    return fill(
        "<tr><td>{at}</td><td>{kind}<br><code>{id}</code></td>"
        '<td><code>{account}</code></td><td class="number">{amount}</td>'
        '<td><details><summary>{state}</summary><pre class="scroll">{body}</pre>'
        "</details></td></tr>",
        at=_time(record.created),
        kind=record.kind,
        id=record.id,
        account=record.account,
        amount=_amount(
            body.get("amount", body.get("amount_total")), body.get("currency")
        ),
        state=state or "open",
        body=json.dumps(body, indent=1, ensure_ascii=False),
    )


def _amount(amount: int | None, currency: str | None) -> str:
    known = isinstance(amount, int) and isinstance(currency, str)
    return money.format_amount(amount or 0, currency or "") if known else ""


def _time(at: int) -> str:
    moment = datetime.datetime.fromtimestamp(at, tz=datetime.UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")
