"""Transfers to connected accounts (https://docs.stripe.com/connect/separate-charges-and-transfers).

Without `source_transaction` the money leaves the platform's available balance
now. With it the transfer is accepted while the charge is pending, and both
sides become available when the charge does.
"""

from typing import Any

from marketplace.sandbox import events, ids, money
from marketplace.sandbox.calls import Call
from marketplace.sandbox.config import region_of
from marketplace.sandbox.contract import responses
from marketplace.sandbox.errors import (
    Invalid,
    NotOffered,
    Refused,
    missing_object,
    missing_reference,
)
from marketplace.sandbox.resources import accounts, balances, checks, lists, payments
from marketplace.sandbox.store import PLATFORM, Record

KIND = "transfer"


def create(call: Call) -> dict[str, Any]:
    """POST /v1/transfers"""
    params = call.params
    if call.account != PLATFORM:
        raise NotOffered("Stripe-Account", "only the platform transfers")
    if "source_type" in params:
        raise NotOffered("source_type")
    if "amount" not in params:
        raise Invalid(
            "Missing required param: amount.", param="amount", code="parameter_missing"
        )
    amount = checks.at_least(params["amount"], 1, "amount")
    currency = checks.currency(params["currency"])
    metadata = checks.metadata(params.get("metadata"))
    destination = _destination(call)
    charge = _source(call)
    if charge is None:
        available_on = call.now
        _check_available(call, amount, currency)
    else:
        _check_source(call, charge, amount, currency)
        available_on = _available_on(call, charge)
    transfer_id = ids.new_id("tr")
    body: dict[str, Any] = {
        "id": transfer_id,
        "object": KIND,
        "amount": amount,
        "amount_reversed": 0,
        "created": call.now,
        "currency": currency,
        "description": params.get("description"),
        "destination": destination.id,
        "livemode": False,
        "metadata": metadata,
        "reversals": lists.envelope(f"/v1/transfers/{transfer_id}/reversals", []),
        "reversed": False,
        "source_transaction": charge.id if charge else None,
        "source_type": "card",
        "transfer_group": _group(call, charge),
    }
    _move(call, body, destination, available_on)
    body = responses.complete(KIND, body)
    responses.check(body)
    call.store.add(Record(transfer_id, KIND, PLATFORM, call.now, body))
    events.emit(call, "transfer.created", body)
    return body


def _destination(call: Call) -> Record:
    account_id = call.params["destination"]
    account = call.store.get(accounts.KIND, account_id)
    if account is None:
        raise missing_reference("destination", account_id, param="destination")
    if region_of(account.extra["country"]) != region_of(call.config.country):
        raise Refused(
            f"Funds can't be sent to accounts located in {account.extra['country']} "
            "because it's restricted outside of your platform's region.",
            code="transfers_not_allowed",
            param="destination",
        )
    if account.body["closed"]:
        raise Refused(
            "Funds cannot be sent to an account that is closed.",
            code="account_closed",
            param="destination",
        )
    if not accounts.receives_transfers(account):
        raise Refused(
            "Your destination account needs to have the `stripe_transfers` capability "
            "active.",
            code="capability_not_active",
            param="destination",
        )
    return account


def _source(call: Call) -> Record | None:
    charge_id = call.params.get("source_transaction")
    if charge_id is None:
        return None
    # A payment on a connected account is not the platform's to give.
    charge = call.store.get(payments.CHARGE, charge_id, PLATFORM)
    if charge is None:
        raise missing_reference("charge", charge_id, param="source_transaction")
    return charge


def _check_available(call: Call, amount: int, currency: str) -> None:
    available = balances.available(call, PLATFORM, currency)
    if amount > available:
        raise Refused(
            "You have insufficient available funds in your sandbox account: "
            f"{money.format_amount(available, currency)} available, "
            f"{money.format_amount(amount, currency)} asked for.",
            code="balance_insufficient",
        )


def _check_source(call: Call, charge: Record, amount: int, currency: str) -> None:
    if charge.body["status"] != "succeeded":
        raise Refused(
            "Cannot use a charge as source_transaction that did not succeed.",
            param="source_transaction",
        )
    if charge.body["currency"] != currency:
        raise Refused(
            f"The currency of source_transaction's balance transaction is "
            f"{charge.body['currency']}; the transfer must use it.",
            param="currency",
        )
    sent = call.store.rows(
        "SELECT COALESCE(SUM(json_extract(body, '$.amount')), 0) FROM objects"
        " WHERE kind = ? AND parent = ?",
        (KIND, charge.id),
    )[0][0]
    if sent + amount > charge.body["amount"]:
        rest = money.format_amount(charge.body["amount"] - sent, currency)
        raise Refused(
            "The transfers with this source_transaction must not exceed the charge: "
            f"{rest} is left.",
            param="amount",
        )


def _available_on(call: Call, charge: Record) -> int:
    line = call.store.get(balances.KIND, charge.body["balance_transaction"])
    assert line is not None
    return max(call.now, int(line.body["available_on"]))


def _group(call: Call, charge: Record | None) -> str | None:
    """Return the group; with a source it is the charge's, made where it has none."""
    asked: str | None = call.params.get("transfer_group")
    if charge is None:
        return asked
    known: str | None = charge.body["transfer_group"]
    if known is None:
        known = asked or f"group_{charge.body['payment_intent']}"
        charge.body["transfer_group"] = known
        call.store.save(charge)
    if asked is not None and asked != known:
        raise Refused(
            "`transfer_group` must be the one of the source_transaction's charge.",
            param="transfer_group",
        )
    return known


def _move(
    call: Call, body: dict[str, Any], destination: Record, available_on: int
) -> None:
    """Book both sides: out of the platform, into the account as a payment."""
    out = balances.add_line(
        call,
        account=PLATFORM,
        type="transfer",
        category="transfer",
        amount=-body["amount"],
        fee=0,
        currency=body["currency"],
        source=body["id"],
        available_on=available_on,
        description=body["description"],
    )
    payment_id = ids.new_id("py")
    received = balances.add_line(
        call,
        account=destination.id,
        type="payment",
        category="charge",
        amount=body["amount"],
        fee=0,
        currency=body["currency"],
        source=payment_id,
        available_on=available_on,
        description=body["description"],
    )
    payment = responses.complete(
        payments.CHARGE,
        {
            "id": payment_id,
            "object": payments.CHARGE,
            "amount": body["amount"],
            "amount_captured": body["amount"],
            "amount_refunded": 0,
            "balance_transaction": received.id,
            "billing_details": {},
            "captured": True,
            "created": call.now,
            "currency": body["currency"],
            "description": body["description"],
            "disputed": False,
            "livemode": False,
            "metadata": {},
            "paid": True,
            "refunded": False,
            "source_transfer": body["id"],
            "status": "succeeded",
            "transfer_group": body["transfer_group"],
        },
    )
    responses.check(payment)
    call.store.add(
        Record(payment_id, payments.CHARGE, destination.id, call.now, payment)
    )
    body["balance_transaction"] = out.id
    body["destination_payment"] = payment_id


def retrieve(call: Call) -> dict[str, Any]:
    """GET /v1/transfers/{id}"""
    record = call.store.get(KIND, call.path["id"], call.account)
    if record is None:
        raise missing_object("transfer", call.path["id"])
    return record.body


def list_all(call: Call) -> dict[str, Any]:
    """GET /v1/transfers: by `created`, `transfer_group`, `destination`."""
    lists.only(call, "transfer_group", "destination")
    conditions = lists.equals(
        call, transfer_group="transfer_group", destination="destination"
    )
    return lists.page(call, KIND, conditions)
