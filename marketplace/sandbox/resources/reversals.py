"""Transfer reversals (https://docs.stripe.com/connect/separate-charges-and-transfers#reversing-transfers).

Money comes back to the platform out of the destination's balance. Strict as the API
reference says: the destination's available balance must cover it; what of the transfer
is pending still is there and covers itself. The switch `reversals` of the control
plane lets a destination go below zero instead.
"""

from typing import Any

from marketplace.sandbox import events, ids, money
from marketplace.sandbox.calls import Call
from marketplace.sandbox.contract import responses
from marketplace.sandbox.errors import NotOffered, Refused, missing_object
from marketplace.sandbox.resources import balances, checks, lists, payments, transfers
from marketplace.sandbox.store import PLATFORM, Record

KIND = "transfer_reversal"
REFUND = "refund"
# How many reversals a transfer shows by itself; the rest is on their own pages.
_SHOWN = 10


def create(call: Call) -> dict[str, Any]:
    """POST /v1/transfers/{id}/reversals: all that is left, or `amount`."""
    params = call.params
    if "refund_application_fee" in params:
        raise NotOffered("refund_application_fee")
    transfer = _transfer(call)
    metadata = checks.metadata(params.get("metadata"))
    left = transfer.body["amount"] - transfer.body["amount_reversed"]
    if "amount" in params:
        checks.at_least(params["amount"], 1, "amount")
    if left == 0:
        raise Refused(f"Transfer {transfer.id} is already fully reversed.")
    amount = int(params.get("amount", left))
    currency = transfer.body["currency"]
    if amount > left:
        raise Refused(
            f"Reversal amount ({money.format_amount(amount, currency)}) is greater than "
            f"what is not reversed yet ({money.format_amount(left, currency)}).",
            param="amount",
        )
    available_on = _available_on(call, transfer)
    _check_destination(call, transfer, amount, available_on)
    body = _book(call, transfer, amount, available_on)
    body["metadata"] = metadata
    body = responses.complete(KIND, body)
    responses.check(body)
    call.store.add(Record(body["id"], KIND, PLATFORM, call.now, body))
    _note(call, transfer, body)
    return body


def _transfer(call: Call) -> Record:
    found = call.store.get(transfers.KIND, call.path["id"], call.account)
    if found is None:
        raise missing_object("transfer", call.path["id"])
    return found


def _available_on(call: Call, transfer: Record) -> int:
    """Return when both sides can spend it: not before the transfer itself."""
    line = call.store.get(balances.KIND, transfer.body["balance_transaction"])
    assert line is not None
    return max(call.now, int(line.body["available_on"]))


def _check_destination(
    call: Call, transfer: Record, amount: int, available_on: int
) -> None:
    if available_on > call.now or call.store.setting("reversals") == "lenient":
        return
    currency = transfer.body["currency"]
    available = balances.available(call, transfer.body["destination"], currency)
    if amount > available:
        raise Refused(
            "The recipient of this transfer does not have sufficient funds in their "
            f"Stripe balance to reverse this amount: "
            f"{money.format_amount(available, currency)} available, "
            f"{money.format_amount(amount, currency)} asked for.",
            code="balance_insufficient",
        )


def _book(
    call: Call, transfer: Record, amount: int, available_on: int
) -> dict[str, Any]:
    """Book both sides; return the reversal so far."""
    reversal_id = ids.new_id("trr")
    currency = transfer.body["currency"]
    back = balances.add_line(
        call,
        account=PLATFORM,
        type="transfer_refund",
        category="transfer_reversal",
        amount=amount,
        fee=0,
        currency=currency,
        source=reversal_id,
        available_on=available_on,
        description=call.params.get("description"),
    )
    refund_id = _refund_payment(call, transfer, reversal_id, amount, available_on)
    return {
        "id": reversal_id,
        "object": KIND,
        "amount": amount,
        "balance_transaction": back.id,
        "created": call.now,
        "currency": currency,
        "destination_payment_refund": refund_id,
        "transfer": transfer.id,
    }


def _refund_payment(
    call: Call, transfer: Record, reversal_id: str, amount: int, available_on: int
) -> str:
    """Take the money out of the destination: a refund of its payment."""
    destination = transfer.body["destination"]
    refund_id = ids.new_id("pyr")
    line = balances.add_line(
        call,
        account=destination,
        type="payment_refund",
        category="refund",
        amount=-amount,
        fee=0,
        currency=transfer.body["currency"],
        source=refund_id,
        available_on=available_on,
    )
    payment = call.store.get(
        payments.CHARGE, transfer.body["destination_payment"], destination
    )
    assert payment is not None
    refund = responses.complete(
        REFUND,
        {
            "id": refund_id,
            "object": REFUND,
            "amount": amount,
            "balance_transaction": line.id,
            "charge": payment.id,
            "created": call.now,
            "currency": transfer.body["currency"],
            "metadata": {},
            "source_transfer_reversal": reversal_id,
            "status": "succeeded",
        },
    )
    responses.check(refund)
    call.store.add(Record(refund_id, REFUND, destination, call.now, refund))
    payment.body["amount_refunded"] += amount
    payment.body["refunded"] = payment.body["amount_refunded"] == payment.body["amount"]
    call.store.save(payment)
    return refund_id


def _note(call: Call, transfer: Record, body: dict[str, Any]) -> None:
    """Write the reversal into its transfer and say so, a partial one too."""
    transfer.body["amount_reversed"] += body["amount"]
    reversed_all = transfer.body["amount_reversed"] == transfer.body["amount"]
    transfer.body["reversed"] = reversed_all
    shown = transfer.body["reversals"]
    shown["has_more"] = shown["has_more"] or len(shown["data"]) == _SHOWN
    shown["data"] = [body, *shown["data"]][:_SHOWN]
    responses.check(transfer.body)
    call.store.save(transfer)
    if not reversed_all:
        events.emit(call, "transfer.updated", transfer.body)
    events.emit(call, "transfer.reversed", transfer.body)


def retrieve(call: Call) -> dict[str, Any]:
    """GET /v1/transfers/{id}/reversals/{reversal}"""
    transfer = _transfer(call)
    found = call.store.get(KIND, call.path["reversal"], call.account)
    if found is None or found.body["transfer"] != transfer.id:
        raise missing_object("transfer reversal", call.path["reversal"])
    return found.body


def list_all(call: Call) -> dict[str, Any]:
    """GET /v1/transfers/{id}/reversals"""
    transfer = _transfer(call)
    lists.only(call)
    return lists.page(call, KIND, [("parent = ?", transfer.id)])
