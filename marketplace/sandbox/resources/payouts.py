"""Payouts to a bank (https://docs.stripe.com/payouts): the platform's and the parties'.

`pending` → `in_transit` → `paid` by the clock. A bank can send one back days after it
was paid: then it is `failed`, the money is in the account's balance again, and the
bank account takes nothing more until the party changes it.
"""

from typing import Any

from marketplace.sandbox import events, ids, money
from marketplace.sandbox.calls import Call
from marketplace.sandbox.contract import responses
from marketplace.sandbox.errors import (
    Invalid,
    NotOffered,
    Refused,
    missing_object,
    missing_reference,
)
from marketplace.sandbox.resources import (
    balance_settings,
    balances,
    banks,
    checks,
    lists,
)
from marketplace.sandbox.store import PLATFORM, Record

KIND = "payout"
# How long a payout waits before it is on its way, and when it is at the bank.
PENDING_FOR = 4 * 3_600
ARRIVES_AFTER = money.DAY
FAILURES = {
    "account_closed": "The bank account has been closed.",
    "account_frozen": "The bank account has been frozen.",
    "bank_account_restricted": "The bank account has restrictions on payouts.",
    "bank_ownership_changed": "The destination bank account is no longer valid.",
    "could_not_process": "The bank could not process this transfer.",
    "incorrect_account_holder_name": "The bank account holder's name is incorrect.",
    "invalid_account_number": "The account number appears to be incorrect.",
    "no_account": "The bank account details are incorrect.",
}
_OFFERED = {"amount", "currency", "description", "destination", "expand", "metadata"}
_REVERSIBLE = ("US", "CA")


def create(call: Call) -> dict[str, Any]:
    """POST /v1/payouts: of the platform, or of the account in `Stripe-Account`."""
    params = call.params
    method = params.get("method", "standard")
    if method != "standard":
        raise NotOffered("method", "only standard")
    checks.offered(params, {*_OFFERED, "method", "statement_descriptor"})
    amount = checks.at_least(params["amount"], 1, "amount")
    currency = checks.currency(params["currency"])
    metadata = checks.metadata(params.get("metadata"))
    bank = banks.of(call, call.account)
    asked = params.get("destination")
    if asked is not None and (bank is None or asked != bank.id):
        raise missing_reference("external account", asked, param="destination")
    _check_allowed(call, bank)
    available = balances.available(call, call.account, currency)
    if amount > available:
        raise Refused(
            "You have insufficient funds in your Stripe account for this transfer: "
            f"{money.format_amount(available, currency)} available, "
            f"{money.format_amount(amount, currency)} asked for.",
            code="balance_insufficient",
        )
    record = _send(call, amount, currency, automatic=False)
    record.body.update(
        description=params.get("description"),
        metadata=metadata,
        statement_descriptor=params.get("statement_descriptor"),
    )
    return _store(call, record, "payout.created", is_new=True)


def _check_allowed(call: Call, bank: Record | None) -> None:
    if call.account != PLATFORM:
        party = call.store.get(banks.ACCOUNT, call.account)
        if party is not None and party.body["closed"]:
            raise Refused("This account is closed.", code="account_closed")
    if bank is not None and bank.body["status"] == banks.ERRORED:
        raise Refused(
            "The bank account cannot be sent money: a payout to it has failed.",
            code="bank_account_unusable",
        )
    if not balance_settings.is_paid_out(call, call.account):
        raise Refused(
            "Payouts are not allowed on this account.", code="payouts_not_allowed"
        )


def _send(call: Call, amount: int, currency: str, *, automatic: bool) -> Record:
    """Take the money out of the balance and return the payout, not stored yet."""
    payout_id = ids.new_id("po")
    bank = banks.of(call, call.account)
    line = _line(call, payout_id, "payout", -amount, currency)
    body = responses.complete(
        KIND,
        {
            "id": payout_id,
            "object": KIND,
            "amount": amount,
            "arrival_date": call.now + ARRIVES_AFTER,
            "automatic": automatic,
            "balance_transaction": line.id,
            "created": call.now,
            "currency": currency,
            "description": "STRIPE PAYOUT" if automatic else None,
            "destination": bank.id if bank else None,
            "livemode": False,
            "metadata": {},
            "method": "standard",
            "reconciliation_status": "completed" if automatic else "not_applicable",
            "source_type": "card",
            "status": "pending",
            "type": "bank_account",
        },
    )
    due = call.now + PENDING_FOR
    return Record(payout_id, KIND, call.account, call.now, body, due=due)


def _line(call: Call, source: str, type: str, amount: int, currency: str) -> Record:
    return balances.add_line(
        call,
        account=call.account,
        type=type,
        category="payout" if type == "payout" else "payout_reversal",
        amount=amount,
        fee=0,
        currency=currency,
        source=source,
        available_on=call.now,
    )


def _store(
    call: Call, record: Record, event: str, *, is_new: bool = False
) -> dict[str, Any]:
    responses.check(record.body)
    if is_new:
        call.store.add(record)
    else:
        call.store.save(record)
    events.emit(call, event, record.body, record.account)
    return record.body


def run_schedule(call: Call, settings: Record) -> None:
    """Pay out what an account has above its minimum balance, every currency."""
    there = call.at(call.now)
    there.account = settings.account
    settings.due = None
    call.store.save(settings)
    if balance_settings.is_paid_out(there, there.account):
        found = balances.sums(there.store, there.account, there.now)
        for currency, (available, _) in found.items():
            amount = available - settings.body["minimums"].get(currency, 0)
            if amount > 0:
                _run(there, amount, currency)
    # What cannot be paid out today waits for news of the account, not for tomorrow.
    _expect_pending(there)


def _run(call: Call, amount: int, currency: str) -> None:
    record = _send(call, amount, currency, automatic=True)
    call.store.run(
        "UPDATE objects SET extra = json_set(extra, '$.payout', ?) WHERE kind = ?"
        " AND account = ? AND json_extract(body, '$.available_on') <= ?"
        " AND json_extract(body, '$.currency') = ?"
        " AND json_extract(extra, '$.payout') IS NULL",
        (record.id, balances.KIND, call.account, call.now, currency),
    )
    _store(call, record, "payout.created", is_new=True)
    done = "payout.reconciliation_completed"
    events.emit(call, done, record.body, record.account)


def _expect_pending(call: Call) -> None:
    rows = call.store.rows(
        "SELECT MIN(available_on) FROM balance WHERE account = ? AND net > 0"
        " AND available_on > ?",
        (call.account, call.now),
    )
    if rows[0][0] is not None:
        balance_settings.expect(call, call.account, int(rows[0][0]))


def advance(call: Call, record: Record) -> None:
    """Take the next step of a payout.

    :raises Refused: it is over.
    """
    if record.body["status"] == "pending":
        record.body["status"] = "in_transit"
        record.due = max(call.now, int(record.body["arrival_date"]))
        _store(call, record, "payout.updated")
    elif record.body["status"] == "in_transit":
        record.body["status"] = "paid"
        record.due = None
        _store(call, record, "payout.paid")
    else:
        raise Refused(f"This payout is {record.body['status']}.")


def fail(call: Call, record: Record, code: str) -> None:
    """Let the bank send a payout back, also one that was paid.

    :raises Invalid: an unknown failure code.
    :raises Refused: it has failed or was cancelled.
    """
    if code not in FAILURES:
        raise Invalid(f"The code is one of {', '.join(FAILURES)}.", param="code")
    if record.body["status"] not in ("pending", "in_transit", "paid"):
        raise Refused(f"This payout is {record.body['status']}: it cannot fail.")
    _give_back(call, record, "payout_failure")
    record.body.update(
        status="failed", failure_code=code, failure_message=FAILURES[code]
    )
    _store(call, record, "payout.failed")
    bank = banks.of(call, record.account)
    if bank is not None and bank.id == record.body["destination"]:
        banks.mark_errored(_as(call, record.account), bank)


def _as(call: Call, account: str) -> Call:
    there = call.at(call.now)
    there.account = account
    return there


def _give_back(call: Call, record: Record, type: str) -> None:
    body = record.body
    there = _as(call, record.account)
    line = _line(there, record.id, type, body["amount"], body["currency"])
    body["failure_balance_transaction"] = line.id
    record.due = None


def cancel(call: Call) -> dict[str, Any]:
    """POST /v1/payouts/{id}/cancel: a manual one that is pending."""
    record = find(call, call.path["id"])
    if record.body["automatic"]:
        raise Refused("Automatic payouts cannot be cancelled.")
    if record.body["status"] != "pending":
        raise Refused(
            f"Payout {record.id} is {record.body['status']}: only a pending one can be "
            "cancelled."
        )
    _give_back(call, record, "payout_cancel")
    record.body["status"] = "canceled"
    return _store(call, record, "payout.canceled")


def reverse(call: Call) -> dict[str, Any]:
    """POST /v1/payouts/{id}/reverse: debit the bank account, in the US and Canada."""
    metadata = checks.metadata(call.params.get("metadata"))
    record = find(call, call.path["id"])
    bank = banks.of(call, call.account)
    if bank is None or bank.body["country"] not in _REVERSIBLE:
        raise Refused("Only payouts to bank accounts in the US and Canada reverse.")
    if record.body["status"] != "paid" or record.body["reversed_by"]:
        raise Refused(f"Payout {record.id} cannot be reversed.")
    amount = -int(record.body["amount"])
    back = _send(call, amount, record.body["currency"], automatic=False)
    back.body.update(original_payout=record.id, metadata=metadata)
    record.body["reversed_by"] = back.id
    _store(call, record, "payout.updated")
    return _store(call, back, "payout.created", is_new=True)


def find(call: Call, payout_id: str) -> Record:
    """Return a payout of the call's account.

    :raises ApiError: 404, there is none.
    """
    record = call.store.get(KIND, payout_id, call.account)
    if record is None:
        raise missing_object("payout", payout_id)
    return record


def retrieve(call: Call) -> dict[str, Any]:
    """GET /v1/payouts/{id}"""
    return find(call, call.path["id"]).body


def list_all(call: Call) -> dict[str, Any]:
    """GET /v1/payouts: by `created`, `status`, `destination`."""
    lists.only(call, "status", "destination")
    conditions = lists.equals(
        call, status="json_extract(body, '$.status')", destination="destination"
    )
    return lists.page(call, KIND, conditions)
