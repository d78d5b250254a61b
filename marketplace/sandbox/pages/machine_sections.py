"""The dashboard's pages of what goes on behind the money: accounts, webhooks, faults,
objects, calls.
"""

from typing import TYPE_CHECKING

from marketplace.sandbox import deliveries, journal, money, outside
from marketplace.sandbox.pages import money_sections, parts
from marketplace.sandbox.pages.frame import Markup, fill, join
from marketplace.sandbox.pages.parts import Page
from marketplace.sandbox.resources import accounts, balances, banks
from marketplace.sandbox.store import PLATFORM, Record

if TYPE_CHECKING:
    from marketplace.sandbox.app import Sandbox

FAULTS = (
    "timeout_after_commit",
    "timeout_before",
    "500_before",
    "500_after",
    "429",
    "lock_timeout",
    "slow:5",
)
# What a person looks at as objects; lines and settings are parts of those.
_NOT_SHOWN = ("event", "v2.core.event", "balance_transaction", "balance_settings")


def show_accounts(sandbox: "Sandbox", page: Page) -> Markup:
    """Return the connected accounts, each with its balance and what may befall it."""

    def row(account: Record) -> Markup:
        return account_row(sandbox, page.path, account)

    nothing = "No account is connected yet."
    return parts.records(sandbox.store, page, accounts.KIND, row, nothing)


def account_row(sandbox: "Sandbox", path: str, account: Record) -> Markup:
    """Return one connected account as a row."""
    return parts.row(
        title=money_sections.name_of(account),
        id=account.id,
        at=account.created,
        state="closed" if account.body["closed"] else account.extra["status"],
        amount=balance_line(sandbox, account.id),
        note=_bank_note(sandbox, account),
        forms=_account_forms(path, account),
    )


def _bank_note(sandbox: "Sandbox", account: Record) -> str:
    bank = banks.of(sandbox.call(), account.id)
    notes = [f"bank account …{bank.body['last4']}"] if bank else ["no bank account"]
    if bank is not None and bank.body["status"] == banks.ERRORED:
        notes.append("it takes nothing")
    if account.extra.get("payouts_held"):
        notes.append("payouts are held")
    return ", ".join(notes)


def _account_forms(path: str, account: Record) -> list[Markup]:
    if account.body["closed"]:
        return []
    target = {"account": account.id}

    def button(action: str, words: str, tone: str = "quiet") -> Markup:
        return parts.form(path, action, words, tone=tone, **target)

    active = accounts.receives_transfers(account)
    forms = []
    if not active:
        forms.append(
            parts.form(path, "onboard", "Complete", **target, outcome="complete")
        )
    else:
        forms.append(
            parts.form(
                path,
                "pay_out",
                "Pay out now",
                money_sections.currency_choice(),
                parts.text("amount", "Amount (empty: all)", numeric=True),
                **target,
            )
        )
        forms.append(button("change_bank", "Change the bank account"))
        if account.extra.get("payouts_held"):
            forms.append(button("unrestrict", "Allow payouts again"))
        else:
            forms.append(button("hold_payouts", "Hold payouts"))
        forms.append(
            parts.form(
                path, "onboard", "Restrict", tone="danger", **target, outcome="restrict"
            )
        )
    forms.append(button("close_account", "Close the account", "danger"))
    express = fill('<a href="/express/{id}">Its own page</a>', id=account.id)
    return [*forms, express]


def balance_line(sandbox: "Sandbox", account: str) -> str:
    """Return what an account has, each currency that is not zero."""
    sums = balances.sums(sandbox.store, account, sandbox.clock.now())
    found = []
    for currency, (available, pending) in sums.items():
        if available or pending:
            text = money.format_amount(available, currency)
            coming = money.format_amount(pending, currency)
            found.append(f"{text} (+ {coming} pending)" if pending else text)
    return ", ".join(found) or "nothing"


def platform_balance(sandbox: "Sandbox") -> Markup:
    """Return the platform's balance, a tile per currency."""
    now = sandbox.clock.now()
    tiles = [
        fill(
            '<div class="tile"><span class="soft">{code}</span>'
            "<strong>{available}</strong>"
            '<span class="soft">{pending} pending</span></div>',
            code=currency.upper(),
            available=parts.bare(available, currency),
            pending=parts.bare(pending, currency),
        )
        for currency, (available, pending) in balances.sums(
            sandbox.store, PLATFORM, now
        ).items()
    ]
    return fill('<div class="tiles">{tiles}</div>', tiles=join(tiles))


def show_webhooks(sandbox: "Sandbox", page: Page) -> Markup:
    """Return the knobs of delivery and the newest deliveries."""
    path = page.path
    number = "1 to 10000"
    knobs = [
        parts.form(path, "deliver", "Send all that waits"),
        parts.form(
            path,
            "shuffle",
            "Send it in another order",
            parts.text("seed", "Seed", "1", numeric=True),
            parts.text("copies", f"Copies of each ({number})", "1", numeric=True),
            tone="quiet",
        ),
        parts.form(
            path,
            "drop",
            "Drop the next",
            parts.text("count", "How many", "1", numeric=True),
            tone="danger",
        ),
        parts.form(
            path,
            "mode",
            "Choose",
            parts.choice("mode", "Deliveries are", _modes(sandbox)),
            tone="quiet",
        ),
    ]
    card = fill('<div class="card acts">{knobs}</div>', knobs=join(knobs))
    return join([card, latest_webhooks(sandbox, page)])


def latest_webhooks(sandbox: "Sandbox", page: Page) -> Markup:
    """Return the newest deliveries, each to be sent again."""
    path = page.path
    found = deliveries.latest(sandbox.store, page.offset + page.rows + 1)
    found = found[page.offset :]
    rows = [
        parts.row(
            title=one.type,
            id=one.event_id,
            at=one.created,
            state=one.state,
            note=f"{one.endpoint}, {one.attempts} attempts"
            + (f", answered {one.last_status}" if one.attempts else ""),
            forms=[
                parts.form(path, "replay", "Replay", event=one.event_id),
                parts.form(
                    path, "duplicate", "Send 3 copies", tone="quiet", event=one.event_id
                ),
                parts.form(
                    path,
                    "forge",
                    "Send it so",
                    parts.choice("sign", "Signed wrongly", _WRONG_SIGNS),
                    tone="danger",
                    event=one.event_id,
                ),
            ],
        )
        for one in found[: page.rows]
    ]
    return parts.listed(rows, page, "No event yet.", len(found) > page.rows)


_WRONG_SIGNS = (
    ("wrong_secret", "with the secret of another endpoint"),
    ("bad", "with nonsense"),
    ("old", "an hour too early"),
    ("none", "not at all"),
)


def _modes(sandbox: "Sandbox") -> list[tuple[str, str]]:
    words = {"push": "pushed", "hold": "held until asked for", "drop": "dropped"}
    chosen = deliveries.mode(sandbox.store, "push")
    order = sorted(words, key=lambda name: name != chosen)
    return [(name, words[name]) for name in order]


def show_faults(sandbox: "Sandbox", page: Page) -> Markup:
    """Return the forms that arm a fault or choose a behaviour, and what is armed."""
    forms = [
        parts.form(
            page.path,
            "arm",
            "Arm",
            parts.text("match", "Call", "POST /v1/transfers"),
            parts.choice("do", "Fault", FAULTS),
            parts.text("times", "Times", "1", numeric=True),
        ),
        parts.form(page.path, "clear", "Disarm all", tone="quiet"),
        *(
            parts.form(
                page.path,
                "switch",
                "Choose",
                parts.choice("value", _SWITCH_WORDS[name], _switch(sandbox, name)),
                tone="quiet",
                name=name,
            )
            for name in outside.SWITCHES
        ),
    ]
    armed = [
        fill(
            '<li class="row"><div class="row-head"><strong>{do}</strong>{pill}</div>'
            '<div class="soft"><code>{match}</code> · hit {hit} of {times}</div></li>',
            do=fault.do,
            pill=parts.pill("armed" if fault.armed else "spent"),
            match=fault.match,
            hit=fault.hit,
            times=fault.times,
        )
        for fault in reversed(sandbox.faults.all())
    ]
    shown = armed[page.offset : page.offset + page.rows]
    more = len(armed) > page.offset + page.rows
    card = fill('<div class="card acts">{forms}</div>', forms=join(forms))
    return join([card, parts.listed(shown, page, "No fault is armed.", more)])


_SWITCH_WORDS = {
    "reversals": "Reversals beyond the balance are",
    "dispute_fee": "The fee of a dispute that is won is",
}


def _switch(sandbox: "Sandbox", name: str) -> list[tuple[str, str]]:
    options = outside.SWITCHES[name]
    chosen = sandbox.store.setting(name) or options[0]
    words = {"strict": "refused", "lenient": "let through"}
    order = sorted(options, key=lambda value: value != chosen)
    return [(value, words.get(value, value)) for value in order]


def show_objects(sandbox: "Sandbox", page: Page) -> Markup:
    """Return every object, newest first."""
    marks = ", ".join("?" for _ in _NOT_SHOWN)
    found = sandbox.store.select(
        f"kind NOT IN ({marks})",
        _NOT_SHOWN,
        f"ORDER BY seq DESC LIMIT {page.rows + 1} OFFSET {page.offset}",
    )
    rows = [_object_row(one) for one in found[: page.rows]]
    return parts.listed(rows, page, "Nothing yet.", len(found) > page.rows)


def _object_row(record: Record) -> Markup:
    body = record.body
    shown = parts.amount(body) or parts.amount(body, "amount_total")
    return parts.row(
        title=record.kind,
        id=record.id,
        at=record.created,
        state=str(body.get("status") or record.extra.get("status") or ""),
        amount=shown,
        note=record.account,
        body=body,
    )


def show_calls(sandbox: "Sandbox", page: Page) -> Markup:
    """Return the calls that changed something or were refused, newest first."""
    found = journal.lines(sandbox.store, newest=page.offset + page.rows + 1)
    found = found[page.offset :]
    rows = [
        parts.row(
            title=f"{line['method']} {line['path']}",
            id=line["object_id"] or line["key"] or "",
            at=line["at"],
            state=line["outcome"].split(":")[0],
            amount=parts.amount(line),
            note=" ".join(
                part
                for part in (line["outcome"].partition(":")[2], line.get("fault"))
                if part
            ),
            body=line,
        )
        for line in found[: page.rows]
    ]
    return parts.listed(rows, page, "No call yet.", len(found) > page.rows)
