"""Top-ups (https://docs.stripe.com/api/topups): the platform's own money comes in."""

from typing import Any

from marketplace.sandbox import events, ids, money
from marketplace.sandbox.calls import Call
from marketplace.sandbox.contract import responses
from marketplace.sandbox.errors import NotOffered, missing_object
from marketplace.sandbox.resources import balances, checks, lists
from marketplace.sandbox.store import PLATFORM, Record

KIND = "topup"
ARRIVES_AFTER = money.DAY


def open_platform(call: Call) -> None:
    """Give a new platform its opening balance, one top-up per currency."""
    for currency in sorted(money.TERMS):
        record = _new(call, money.OPENING_TOP_UP_AMOUNT, currency, call.now)
        record.body["description"] = "Opening balance of the sandbox platform"
        _book(call, record)
        call.store.add(record)


def create(call: Call) -> dict[str, Any]:
    """POST /v1/topups: pending for a day, then in the balance."""
    if call.account != PLATFORM:
        raise NotOffered("Stripe-Account", "only the platform tops up")
    checks.offered(
        call.params,
        {"amount", "currency", "description", "expand", "metadata", "transfer_group"},
    )
    amount = checks.at_least(call.params["amount"], 1, "amount")
    currency = checks.currency(call.params["currency"])
    metadata = checks.metadata(call.params.get("metadata") or None)
    record = _new(call, amount, currency, call.now + ARRIVES_AFTER)
    record.body.update(
        description=call.params.get("description"),
        metadata=metadata,
        transfer_group=call.params.get("transfer_group"),
    )
    _book(call, record)
    call.store.add(record)
    events.emit(call, "topup.created", record.body)
    return record.body


def at_once(call: Call, amount: int, currency: str) -> dict[str, Any]:
    """Top up with money that is there now, as a button does."""
    amount = checks.at_least(amount, 1, "amount")
    record = _new(call, amount, checks.currency(currency), call.now)
    _book(call, record)
    call.store.add(record)
    events.emit(call, "topup.created", {**record.body, "status": "pending"})
    events.emit(call, "topup.succeeded", record.body)
    return record.body


def _new(call: Call, amount: int, currency: str, arrives: int) -> Record:
    topup_id = ids.new_id("tu")
    pending = arrives > call.now
    body = responses.complete(
        KIND,
        {
            "id": topup_id,
            "object": KIND,
            "amount": amount,
            "created": call.now,
            "currency": currency,
            "expected_availability_date": arrives,
            "initiated_by": "user",
            "livemode": False,
            "metadata": {},
            "status": "pending" if pending else "succeeded",
        },
    )
    due = arrives if pending else None
    return Record(topup_id, KIND, PLATFORM, call.now, body, due=due)


def _book(call: Call, record: Record) -> None:
    line = balances.add_line(
        call,
        account=PLATFORM,
        type=KIND,
        category=KIND,
        amount=record.body["amount"],
        fee=0,
        currency=record.body["currency"],
        source=record.id,
        available_on=record.body["expected_availability_date"],
        description=record.body["description"],
    )
    record.body["balance_transaction"] = line.id
    responses.check(record.body)


def succeed(call: Call, record: Record) -> None:
    """The money has come."""
    record.body["status"] = "succeeded"
    record.due = None
    responses.check(record.body)
    call.store.save(record)
    events.emit(call, "topup.succeeded", record.body)


def retrieve(call: Call) -> dict[str, Any]:
    """GET /v1/topups/{id}"""
    record = call.store.get(KIND, call.path["id"], call.account)
    if record is None:
        raise missing_object("topup", call.path["id"])
    return record.body


def list_all(call: Call) -> dict[str, Any]:
    """GET /v1/topups: by `created`, `status`."""
    lists.only(call, "status")
    conditions = lists.equals(call, status="json_extract(body, '$.status')")
    return lists.page(call, KIND, conditions)
