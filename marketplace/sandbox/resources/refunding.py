"""How a refund goes on (https://docs.stripe.com/refunds): from the platform's available balance.

A refund the balance does not cover waits as `pending` and goes through by itself
when it does. Where the buyer must first say where the money goes (konbini) it is
taken from the balance at once and waits as `requires_action`. One that fails,
even days after it succeeded, brings its money back. Fees stay with the provider
and transfers are not touched.
"""

from typing import Any

from marketplace.sandbox import events, ids, money
from marketplace.sandbox.calls import Call
from marketplace.sandbox.cards import REFUND_FAILS_LATER, REFUND_SUCCEEDS_LATER
from marketplace.sandbox.contract import responses
from marketplace.sandbox.errors import Invalid, Refused
from marketplace.sandbox.resources import balances, payments
from marketplace.sandbox.store import PLATFORM, Record

KIND = "refund"
FAILURE_REASONS = (
    "charge_for_pending_refund_disputed",
    "declined",
    "expired_or_canceled_card",
    "insufficient_funds",
    "lost_or_stolen_card",
    "merchant_request",
    "unknown",
)
# When the test cards of later outcomes have theirs.
LATER = 2 * money.DAY
# How long a buyer may take to hand in bank details.
DETAILS_WITHIN = 45 * money.DAY

# How many refunds wait for money: most calls need not look for them.
_WAITING = "refunds_waiting"


def needs_details(charge: Record) -> bool:
    """Return whether the buyer must say where the money is to go."""
    return bool(charge.body["payment_method_details"]["type"] == "konbini")


def make(
    call: Call,
    charge: Record,
    amount: int,
    *,
    reason: str | None,
    email: str | None,
    metadata: dict[str, str],
) -> Record:
    """Make a refund that was found right, and take its money where it is there."""
    body = responses.complete(
        KIND,
        {
            "id": ids.new_id("pyr" if needs_details(charge) else "re"),
            "object": KIND,
            "amount": amount,
            "charge": charge.id,
            "created": call.now,
            "currency": charge.body["currency"],
            "destination_details": _destination(charge),
            "instructions_email": email,
            "metadata": metadata,
            "payment_intent": charge.body["payment_intent"],
            "payment_method": charge.body["payment_method"],
            "pending_reason": "insufficient_funds",
            "reason": reason,
            "status": "pending",
        },
    )
    record = call.store.add(Record(body["id"], KIND, PLATFORM, call.now, body))
    _count(call, charge, amount)
    covered = balances.available(call, PLATFORM, body["currency"]) >= amount
    if covered:
        _take(call, record, charge)
    else:
        _waiting(call, 1)
    responses.check(body)
    call.store.save(record)
    events.emit(call, "refund.created", body)
    events.emit(call, "charge.refunded", charge.body)
    if body["status"] == "succeeded":
        _updated(call, record)
    return record


def _destination(charge: Record) -> dict[str, Any]:
    if needs_details(charge):
        return {
            "type": "jp_bank_transfer",
            "jp_bank_transfer": {"reference": None, "reference_status": None},
        }
    details = {
        "reference": None,
        "reference_status": "pending",
        "reference_type": "acquirer_reference_number",
        "type": "refund",
    }
    return {"type": "card", "card": details}


def _count(call: Call, charge: Record, amount: int) -> None:
    """Add to what is refunded of the charge; a failed refund takes it off again."""
    refunded = int(charge.body["amount_refunded"]) + amount
    charge.body["amount_refunded"] = refunded
    charge.body["refunded"] = refunded == charge.body["amount"]
    responses.check(charge.body)
    call.store.save(charge)


def _take(call: Call, record: Record, charge: Record) -> None:
    """Take the money from the balance and go as far as the payment's way allows."""
    body = record.body
    line = balances.add_line(
        call,
        account=PLATFORM,
        type="payment_refund" if needs_details(charge) else "refund",
        category="refund",
        amount=-body["amount"],
        fee=0,
        currency=body["currency"],
        source=record.id,
        available_on=call.now,
        description=charge.body["description"],
    )
    body.update(balance_transaction=line.id, pending_reason=None)
    later = charge.extra.get("refund")
    if needs_details(charge):
        expires_at = call.now + DETAILS_WITHIN
        sent = {
            "email_sent_at": call.now,
            "email_sent_to": body["instructions_email"],
        }
        body["status"] = "requires_action"
        body["next_action"] = {
            "type": "display_details",
            "display_details": {"email_sent": sent, "expires_at": expires_at},
        }
        record.due = expires_at
    elif later == REFUND_SUCCEEDS_LATER:
        body.update(status="pending", pending_reason="processing")
        record.due = call.now + LATER
    else:
        _succeed(record)
        record.due = call.now + LATER if later == REFUND_FAILS_LATER else None


def _succeed(record: Record) -> None:
    record.due = None
    record.body.update(status="succeeded", pending_reason=None, next_action=None)
    details = record.body["destination_details"]
    reference = ids.random_text(12).upper()
    details[details["type"]].update(reference=reference, reference_status="available")


def _updated(call: Call, record: Record) -> None:
    """Store the new state and tell of it, by the new name and by the old."""
    responses.check(record.body)
    call.store.save(record)
    events.emit(call, "refund.updated", record.body)
    events.emit(call, "charge.refund.updated", record.body)


def complete(call: Call, record: Record) -> None:
    """Let a refund succeed: the buyer handed in bank details, or the bank is done.

    :raises Refused: it is over, or it waits for money that is not there.
    """
    body = record.body
    if body["status"] == "requires_action" or body["pending_reason"] == "processing":
        _succeed(record)
        _updated(call, record)
        return
    if body["status"] == "pending":
        raise Refused(
            "The refund goes through by itself when the available balance covers it: "
            "top up.",
            code="balance_insufficient",
        )
    raise _wrong_state(record, "completed")


def fail(call: Call, record: Record, reason: str) -> None:
    """Let a refund fail, also one that succeeded: its money comes back.

    :raises Invalid: an unknown reason.
    :raises Refused: it has failed or was cancelled already.
    """
    if reason not in FAILURE_REASONS:
        known = ", ".join(FAILURE_REASONS)
        raise Invalid(f"The reason is one of {known}.", param="reason")
    if record.body["status"] not in ("pending", "requires_action", "succeeded"):
        raise _wrong_state(record, "failed")
    _give_back(call, record, status="failed", reason=reason)
    _updated(call, record)
    events.emit(call, "refund.failed", record.body)


def cancel(call: Call, record: Record) -> None:
    """Call a refund off while the buyer's bank details are awaited.

    :raises Refused: in any other state.
    """
    if record.body["status"] != "requires_action":
        raise _wrong_state(record, "canceled")
    _give_back(call, record, status="canceled", reason="merchant_request")
    _updated(call, record)


def _wrong_state(record: Record, wanted: str) -> Refused:
    return Refused(
        f"Refund {record.id} has a status of `{record.body['status']}` and cannot be "
        f"{wanted}.",
    )


def _give_back(call: Call, record: Record, *, status: str, reason: str) -> None:
    body = record.body
    if body["balance_transaction"] is None:
        _waiting(call, -1)
    else:
        line = balances.add_line(
            call,
            account=PLATFORM,
            type="refund_failure",
            category="refund_failure",
            amount=body["amount"],
            fee=0,
            currency=body["currency"],
            source=record.id,
            available_on=call.now,
            description=body["description"],
        )
        body["failure_balance_transaction"] = line.id
    body.update(
        status=status, failure_reason=reason, pending_reason=None, next_action=None
    )
    record.due = None
    charge = call.store.get(payments.CHARGE, body["charge"])
    assert charge is not None
    _count(call, charge, -body["amount"])


def fall_due(call: Call, record: Record) -> None:
    """Do what the clock brings: a bank's answer, or the end of the buyer's time."""
    if record.body["status"] == "pending":
        complete(call, record)
    elif record.body["status"] == "requires_action":
        fail(call, record, "unknown")
    else:
        fail(call, record, "expired_or_canceled_card")


def settle(call: Call) -> None:
    """Send every waiting refund that the available balance covers now, oldest first.

    One whose charge was disputed meanwhile fails instead.
    """
    if not int(call.store.setting(_WAITING) or 0):
        return
    waiting = call.store.select(
        "kind = ? AND account = ? AND json_extract(body, '$.pending_reason') = ?",
        (KIND, PLATFORM, "insufficient_funds"),
        "ORDER BY seq",
    )
    for record in waiting:
        charge = call.store.get(payments.CHARGE, record.body["charge"])
        assert charge is not None
        currency = record.body["currency"]
        if charge.body["disputed"]:
            fail(call, record, "charge_for_pending_refund_disputed")
        elif balances.available(call, PLATFORM, currency) >= record.body["amount"]:
            _waiting(call, -1)
            _take(call, record, charge)
            _updated(call, record)


def _waiting(call: Call, more: int) -> None:
    known = int(call.store.setting(_WAITING) or 0)
    call.store.set_setting(_WAITING, str(known + more))
