"""Balances and balance transactions, of the platform and of each account.

Every movement of money is a balance transaction, and a balance is their sum:
there is no second number that could disagree.
"""

from typing import Any

from marketplace.sandbox import events, ids, money
from marketplace.sandbox.calls import Call
from marketplace.sandbox.contract import responses
from marketplace.sandbox.errors import missing_object
from marketplace.sandbox.resources import balance_settings, lists
from marketplace.sandbox.store import PLATFORM, Record, Store

KIND = "balance_transaction"


def add_line(
    call: Call,
    *,
    account: str,
    type: str,
    category: str,
    amount: int,
    fee: int,
    currency: str,
    source: str | None,
    available_on: int,
    description: str | None = None,
    fee_description: str = "Sandbox processing fee",
) -> Record:
    """Book one movement. Amounts in minor units; negative takes money away."""
    fee_details = [
        {
            "amount": fee,
            "application": None,
            "currency": currency,
            "description": fee_description,
            "type": "stripe_fee",
        }
    ]
    pending = available_on > call.now
    body = responses.complete(
        KIND,
        {
            "id": ids.new_id("txn"),
            "object": KIND,
            "amount": amount,
            "available_on": available_on,
            "balance_type": "payments",
            "created": call.now,
            "currency": currency,
            "description": description,
            "fee": fee,
            "fee_details": fee_details if fee else [],
            "net": amount - fee,
            "reporting_category": category,
            "source": source,
            "status": "pending" if pending else "available",
            "type": type,
        },
    )
    responses.check(body)
    due = available_on if pending else None
    record = Record(body["id"], KIND, account, call.now, body, due=due)
    call.store.run(
        "INSERT INTO balance VALUES (?, ?, ?, ?)",
        (account, currency, amount - fee, available_on),
    )
    call.store.add(record)
    if amount > fee:
        balance_settings.expect(call, account, available_on)
    return record


def sums(store: Store, account: str, now: int) -> dict[str, tuple[int, int]]:
    """Return available and pending per currency, minor units."""
    rows = store.rows(
        "SELECT currency, COALESCE(SUM(net) FILTER (WHERE available_on <= ?), 0),"
        " COALESCE(SUM(net) FILTER (WHERE available_on > ?), 0)"
        " FROM balance WHERE account = ? GROUP BY currency ORDER BY currency",
        (now, now, account),
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def available(call: Call, account: str, currency: str) -> int:
    """Return what the account can spend now, minor units."""
    return sums(call.store, account, call.now).get(currency, (0, 0))[0]


def become_available(call: Call, records: list[Record]) -> None:
    """Mark lines whose day has come, and say so once per account."""
    for record in records:
        record.body["status"] = "available"
        record.due = None
        call.store.save(record)
    for account in sorted({record.account for record in records}):
        snapshot = _balance(call, account)
        responses.check(snapshot)
        events.emit(call, "balance.available", snapshot, account)


def _amounts(values: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {"amount": amount, "currency": currency, "source_types": {"card": amount}}
        for currency, amount in values.items()
    ]


def _balance(call: Call, account: str) -> dict[str, Any]:
    found = sums(call.store, account, call.now)
    if not found:
        found = {_default_currency(call, account): (0, 0)}
    body: dict[str, Any] = {
        "object": "balance",
        "available": _amounts({name: pair[0] for name, pair in found.items()}),
        "livemode": False,
        "pending": _amounts({name: pair[1] for name, pair in found.items()}),
    }
    if account == PLATFORM:
        body["connect_reserved"] = _amounts(dict.fromkeys(found, 0))
    return responses.complete("balance", body)


def _default_currency(call: Call, account: str) -> str:
    record = call.store.get("v2.core.account", account)
    country = str(record.extra["country"]) if record else call.config.country
    return money.currency_of(country)


def retrieve(call: Call) -> dict[str, Any]:
    """GET /v1/balance"""
    return _balance(call, call.account)


def retrieve_line(call: Call) -> dict[str, Any]:
    """GET /v1/balance_transactions/{id}"""
    record = call.store.get(KIND, call.path["id"], call.account)
    if record is None:
        raise missing_object("balance transaction", call.path["id"])
    return record.body


def list_lines(call: Call) -> dict[str, Any]:
    """GET /v1/balance_transactions: by `created`, `type`, `source`, `currency`, and
    `payout`, an automatic one."""
    lists.only(call, "type", "source", "currency", "payout")
    conditions = lists.equals(
        call,
        type="json_extract(body, '$.type')",
        source="parent",
        payout="json_extract(extra, '$.payout')",
        currency="json_extract(body, '$.currency')",
    )
    return lists.page(call, KIND, conditions)
