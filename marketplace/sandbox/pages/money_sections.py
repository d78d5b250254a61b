"""The dashboard's pages of money: payments, refunds, disputes, transfers, payouts."""

from typing import TYPE_CHECKING, Any

from marketplace.sandbox import money
from marketplace.sandbox.calls import Call
from marketplace.sandbox.pages import parts
from marketplace.sandbox.pages.frame import Markup, fill, join
from marketplace.sandbox.pages.parts import Page
from marketplace.sandbox.resources import (
    accounts,
    disputes,
    konbini,
    payments,
    payouts,
    refunding,
    topups,
    transfers,
)
from marketplace.sandbox.store import PLATFORM, Record

if TYPE_CHECKING:
    from marketplace.sandbox.app import Sandbox

MOST_ACCOUNTS = 200
# The commonest first.
_REASONS = ("fraudulent", *(one for one in disputes.REASONS if one != "fraudulent"))


def party_choice(sandbox: "Sandbox") -> Markup:
    """Return a field with the accounts that can receive, newest first."""
    found = sandbox.store.select(
        "kind = ?", (accounts.KIND,), f"ORDER BY seq DESC LIMIT {MOST_ACCOUNTS}"
    )
    return parts.choice(
        "account",
        "Account",
        [(one.id, name_of(one)) for one in found if accounts.receives_transfers(one)],
    )


def currency_choice() -> Markup:
    """Return a field with the currencies of the sandbox."""
    return parts.choice("currency", "Currency", [name.upper() for name in money.TERMS])


def name_of(account: Record) -> str:
    """Return what a person calls an account."""
    name = account.body["display_name"] or account.body["contact_email"]
    return f"{name} ({account.id[-4:]})"


def show_payments(sandbox: "Sandbox", page: Page) -> Markup:
    """Return the payments, each with what a buyer or a bank may do next."""
    store, call = sandbox.store, sandbox.call()

    def row(intent: Record) -> Markup:
        charge_id = intent.body["latest_charge"]
        charge = store.get(payments.CHARGE, charge_id) if charge_id else None
        notes = [parts.labels(intent.body)]
        forms = []
        if konbini.is_waiting(intent):
            forms = _voucher_forms(page.path, intent)
        if charge is not None and charge.body["status"] == "succeeded":
            forms = _charge_forms(page.path, intent, charge, call)
            if charge.body["amount_refunded"]:
                notes.append(f"{parts.amount(charge.body, 'amount_refunded')} refunded")
            if charge.body["disputed"]:
                notes.append("disputed")
        return parts.row(
            title=intent.body["description"] or "Payment",
            id=intent.id,
            at=intent.created,
            state=intent.body["status"],
            amount=parts.amount(intent.body),
            note=", ".join(filter(None, notes)),
            forms=forms,
            body=intent.body,
        )

    return parts.records(store, page, payments.INTENT, row, "Nobody has paid yet.")


def _voucher_forms(path: str, intent: Record) -> list[Markup]:
    target = {"intent": intent.id}
    return [
        parts.form(path, "settle_voucher", "Buyer pays at the store", **target),
        parts.form(path, "expire_voucher", "Voucher runs out", tone="quiet", **target),
    ]


def _charge_forms(
    path: str, intent: Record, charge: Record, call: Call
) -> list[Markup]:
    body = charge.body
    left = body["amount"] - body["amount_refunded"]
    if body["disputed"] or not left:
        return []
    typed = parts.plain(left, body["currency"])
    target = {"intent": intent.id, "currency": body["currency"]}
    forms = [
        parts.form(
            path,
            "refund",
            "Refund by hand",
            parts.text("amount", "Amount", typed, numeric=True),
            **target,
        )
    ]
    by_card = body["payment_method_details"]["type"] == "card"
    if by_card and not disputes.is_open_on(call, charge.id):
        forms.append(
            parts.form(
                path,
                "open_dispute",
                "Buyer disputes it",
                parts.choice("reason", "Reason", _REASONS),
                parts.choice("kind", "Kind", ("chargeback", "inquiry", "prevented")),
                parts.text("amount", "Amount", typed, numeric=True),
                tone="danger",
                **target,
            )
        )
    return forms


def show_refunds(sandbox: "Sandbox", page: Page) -> Markup:
    """Return the refunds, each with how it may end."""

    def row(refund: Record) -> Markup:
        body = refund.body
        forms = []
        if body["status"] in ("pending", "requires_action"):
            forms.append(
                parts.form(page.path, "complete_refund", "It arrives", refund=refund.id)
            )
        if body["status"] in ("pending", "requires_action", "succeeded"):
            forms.append(
                parts.form(
                    page.path,
                    "fail_refund",
                    "It fails",
                    parts.choice("reason", "Reason", refunding.FAILURE_REASONS),
                    tone="danger",
                    refund=refund.id,
                )
            )
        reason = body["pending_reason"] or body["failure_reason"] or ""
        notes = [reason.replace("_", " "), _paid_for(sandbox, body)]
        return parts.row(
            title="Refund",
            id=refund.id,
            at=refund.created,
            state=body["status"],
            amount=parts.amount(body),
            note=", ".join(filter(None, notes)),
            forms=forms,
            body=body,
        )

    # The refunds of parties' payments are their side of transfer reversals.
    mine = f"account = '{PLATFORM}'"
    return parts.records(
        sandbox.store, page, refunding.KIND, row, "Nothing was refunded yet.", mine
    )


def _paid_for(sandbox: "Sandbox", body: dict[str, Any]) -> str:
    """Return what the platform wrote on the payment that an object is about."""
    intent = sandbox.store.get(payments.INTENT, body["payment_intent"] or "")
    return parts.labels(intent.body) if intent else ""


def show_disputes(sandbox: "Sandbox", page: Page) -> Markup:
    """Return the disputes, each with what the platform and the bank may do."""

    def row(dispute: Record) -> Markup:
        body = dispute.body
        due_by = body["evidence_details"]["due_by"]
        notes = [body["reason"].replace("_", " "), _paid_for(sandbox, body)]
        if body["status"] in disputes.WAITING and due_by:
            notes.append(f"answer by {parts.time(due_by)}")
        return parts.row(
            title="Dispute",
            id=dispute.id,
            at=dispute.created,
            state=body["status"],
            amount=parts.amount(body),
            note=", ".join(filter(None, notes)),
            forms=_dispute_forms(page.path, dispute),
            body=body,
        )

    nothing = "No payment is disputed. Open one from a payment."
    return parts.records(sandbox.store, page, disputes.KIND, row, nothing)


def _dispute_forms(path: str, dispute: Record) -> list[Markup]:
    status, target = dispute.body["status"], {"dispute": dispute.id}

    def decide(outcome: str, words: str, tone: str = "quiet") -> Markup:
        return parts.form(path, "close_dispute", words, tone=tone, **target, to=outcome)

    forms = []
    if status in disputes.WAITING:
        field = parts.text("text", "Evidence", "The parcel was handed over.")
        forms.append(
            parts.form(path, "submit_dispute", "Submit evidence", field, **target)
        )
    if status in disputes.INQUIRY:
        forms.append(decide("warning_closed", "Bank closes the inquiry"))
        forms.append(decide("escalated", "Bank makes it a chargeback", "danger"))
    elif status in (*disputes.WAITING, *disputes.REVIEWED):
        forms.append(decide("won", "Bank decides for the seller"))
        forms.append(decide("lost", "Bank decides for the buyer", "danger"))
    elif status == "lost":
        forms.append(parts.form(path, "appeal_dispute", "Open an appeal", **target))
    return forms


def show_transfers(sandbox: "Sandbox", page: Page) -> Markup:
    """Return the transfers, each with its reversal by hand, and a form for another."""

    def row(transfer: Record) -> Markup:
        body = transfer.body
        left = body["amount"] - body["amount_reversed"]
        forms = []
        if left:
            typed = parts.plain(left, body["currency"])
            forms.append(
                parts.form(
                    page.path,
                    "reverse",
                    "Reverse by hand",
                    parts.text("amount", "Amount", typed, numeric=True),
                    tone="danger",
                    transfer=transfer.id,
                    currency=body["currency"],
                )
            )
        notes = [parts.labels(body)]
        if body["amount_reversed"]:
            notes.append(f"{parts.amount(body, 'amount_reversed')} reversed")
        party = sandbox.store.get(accounts.KIND, body["destination"])
        return parts.row(
            title=f"To {name_of(party)}" if party else "Transfer",
            id=transfer.id,
            at=transfer.created,
            amount=parts.amount(body),
            note=", ".join(filter(None, notes)),
            forms=forms,
            body=body,
        )

    send = parts.form(
        page.path,
        "transfer",
        "Send by hand",
        party_choice(sandbox),
        parts.text("amount", "Amount", "1.00", numeric=True),
        currency_choice(),
    )
    form = fill(
        "<details class='card'><summary>A transfer the platform did not ask for"
        "</summary>{form}</details>",
        form=send,
    )
    nothing = "No money was transferred yet."
    rows = parts.records(sandbox.store, page, transfers.KIND, row, nothing)
    return join([form, rows])


def show_payouts(sandbox: "Sandbox", page: Page) -> Markup:
    """Return the payouts of the platform and of all parties, each with its end."""

    def row(payout: Record) -> Markup:
        body = payout.body
        target = {"payout": payout.id, "account": payout.account}
        forms = []
        if body["status"] in ("pending", "in_transit"):
            forms.append(parts.form(page.path, "advance_payout", "Next step", **target))
        if body["status"] in ("pending", "in_transit", "paid"):
            forms.append(
                parts.form(
                    page.path,
                    "fail_payout",
                    "Bank sends it back",
                    parts.choice("code", "Why", payouts.FAILURES),
                    tone="danger",
                    **target,
                )
            )
        party = sandbox.store.get(accounts.KIND, payout.account)
        return parts.row(
            title=name_of(party) if party else "Platform",
            id=payout.id,
            at=payout.created,
            state=body["status"],
            amount=parts.amount(body),
            note=body["failure_message"]
            or ("by schedule" if body["automatic"] else "by hand"),
            forms=forms,
            body=body,
        )

    nothing = "Nothing was paid out to a bank yet."
    return parts.records(sandbox.store, page, payouts.KIND, row, nothing)


def show_topups(sandbox: "Sandbox", page: Page) -> Markup:
    """Return the platform's top-ups and a form for another."""

    def row(topup: Record) -> Markup:
        return parts.row(
            title="Top-up",
            id=topup.id,
            at=topup.created,
            state=topup.body["status"],
            amount=parts.amount(topup.body),
            note=topup.body["description"] or "",
            body=topup.body,
        )

    form = parts.form(
        page.path,
        "top_up",
        "Top up now",
        parts.text("amount", "Amount", "1000.00", numeric=True),
        currency_choice(),
    )
    card = fill('<div class="card">{form}</div>', form=form)
    rows = parts.records(sandbox.store, page, topups.KIND, row, "No top-up yet.")
    return join([card, rows])
