"""Disputes (https://docs.stripe.com/disputes/how-disputes-work).

A chargeback takes the amount and a fee from the platform when it is opened; won, the
amount comes back and the fee does not. An inquiry (`warning_*`) moves no money until
it escalates. A dispute that was lost can be appealed, and then won after all.

The text of `uncategorized_text` decides at once, as in Stripe's test mode:
`winning_evidence`, `losing_evidence`, `escalate_inquiry_evidence`.
"""

from typing import Any

from marketplace.sandbox import events, ids, money
from marketplace.sandbox.calls import Call
from marketplace.sandbox.contract import responses
from marketplace.sandbox.errors import Invalid, Refused, missing_object
from marketplace.sandbox.resources import balances, evidence, lists, payments
from marketplace.sandbox.store import PLATFORM, Record

KIND = "dispute"
# The sandbox's own table, not Stripe's prices; minor units.
FEE_AMOUNTS = {"eur": 1_500, "jpy": 1_500, "sek": 15_000, "usd": 1_500}
DAYS_TO_ANSWER = 14
DAYS_TO_APPEAL = 7
DAYS_OF_INQUIRY = 120
REASONS = (
    "bank_cannot_process",
    "check_returned",
    "credit_not_processed",
    "customer_initiated",
    "debit_not_authorized",
    "duplicate",
    "fraudulent",
    "general",
    "incorrect_account_details",
    "insufficient_funds",
    "noncompliant",
    "product_not_received",
    "product_unacceptable",
    "subscription_canceled",
    "unrecognized",
)
INQUIRY = ("warning_needs_response", "warning_under_review")
WAITING = ("needs_response", "warning_needs_response", "appeal_needs_response")
REVIEWED = ("under_review", "warning_under_review", "appeal_under_review")
OUTCOMES = ("won", "lost", "warning_closed", "escalated")
_AFTER_ANSWER = {
    "needs_response": "under_review",
    "warning_needs_response": "warning_under_review",
    "appeal_needs_response": "appeal_under_review",
}
_BY_TEXT = {
    "winning_evidence": "won",
    "losing_evidence": "lost",
    "escalate_inquiry_evidence": "escalated",
}


def open_on(
    call: Call,
    charge: Record,
    *,
    reason: str = "fraudulent",
    amount: int | None = None,
    inquiry: bool = False,
    prevented: bool = False,
) -> Record:
    """Let the buyer's bank dispute a charge. `amount` None: all that is not refunded.

    `inquiry`: the bank only asks. `prevented`: it was settled before it became a
    chargeback; the amount is gone, there is no fee and nothing to answer.

    :raises Invalid: an unknown reason, an amount beyond the charge.
    :raises Refused: the charge cannot be disputed, or is already.
    """
    body = charge.body
    if reason not in REASONS:
        raise Invalid(f"The reason is one of {', '.join(REASONS)}.", param="reason")
    if body["status"] != "succeeded":
        raise Refused("Only a charge that succeeded can be disputed.")
    if body["payment_method_details"]["type"] != "card":
        raise Refused("A payment in cash cannot be disputed.")
    if is_open_on(call, charge.id) or body["disputed"]:
        raise Refused("The charge is disputed already.", code="charge_disputed")
    disputed = body["amount"] - body["amount_refunded"] if amount is None else amount
    if not 1 <= disputed <= body["amount"]:
        raise Invalid(
            f"The amount is 1 to {body['amount']}; it is {disputed}.", param="amount"
        )
    status = "warning_needs_response" if inquiry else "needs_response"
    record = _new(call, charge, disputed, reason, "prevented" if prevented else status)
    if prevented:
        _withdraw(call, record, fee=0)
    elif not inquiry:
        _withdraw(call, record, fee=FEE_AMOUNTS[record.body["currency"]])
    call.store.add(record)
    responses.check(record.body)
    events.emit(call, "charge.dispute.created", record.body)
    if not inquiry:
        _mark(call, record)
        events.emit(call, "charge.dispute.funds_withdrawn", record.body)
    if prevented:
        events.emit(call, "charge.dispute.closed", record.body)
    return record


def is_open_on(call: Call, charge_id: str) -> bool:
    """Return whether a bank has not decided yet about a charge."""
    return any(
        record.body["status"] in (*WAITING, *REVIEWED)
        for record in call.store.select(
            "kind = ? AND json_extract(body, '$.charge') = ?", (KIND, charge_id)
        )
    )


def _new(call: Call, charge: Record, amount: int, reason: str, status: str) -> Record:
    inquiry = status in INQUIRY
    due_by = call.now + DAYS_TO_ANSWER * money.DAY if status != "prevented" else None
    card = charge.body["payment_method_details"]["card"]
    dispute_id = ids.new_id("dp")
    body = {
        "id": dispute_id,
        "object": KIND,
        "amount": amount,
        "balance_transactions": [],
        "charge": charge.id,
        "created": call.now,
        "currency": charge.body["currency"],
        "enhanced_eligibility_types": [],
        "evidence": evidence.empty(),
        "evidence_details": {
            "due_by": due_by,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge.body["payment_intent"],
        "payment_method_details": {
            "amazon_pay": None,
            "card": {
                "brand": card["brand"],
                "case_type": "inquiry" if inquiry else "chargeback",
                "network": card["network"],
                "network_reason_code": None,
            },
            "klarna": None,
            "paypal": None,
            "type": "card",
        },
        "reason": reason,
        "status": status,
    }
    complete = responses.complete(KIND, body)
    return Record(dispute_id, KIND, PLATFORM, call.now, complete, due=due_by)


def _mark(call: Call, record: Record) -> None:
    charge = call.store.get(payments.CHARGE, record.body["charge"])
    assert charge is not None
    charge.body["disputed"] = True
    call.store.save(charge)


def _withdraw(call: Call, record: Record, *, fee: int) -> None:
    _line(call, record, -record.body["amount"], fee, "dispute", "Chargeback withdrawal")


def _reinstate(call: Call, record: Record) -> None:
    """Give the amount back; the fee too where the switch `dispute_fee` says so."""
    returned = call.store.setting("dispute_fee") == "returned"
    fee = -FEE_AMOUNTS[record.body["currency"]] if returned else 0
    amount = record.body["amount"]
    _line(call, record, amount, fee, "dispute_reversal", "Chargeback reversal")


def _line(
    call: Call, record: Record, amount: int, fee: int, category: str, what: str
) -> None:
    line = balances.add_line(
        call,
        account=PLATFORM,
        type="adjustment",
        category=category,
        amount=amount,
        fee=fee,
        fee_description="Dispute fee",
        currency=record.body["currency"],
        source=record.id,
        available_on=call.now,
        description=f"{what} for {record.body['charge']}",
    )
    record.body["balance_transactions"].append(line.body)


def find(call: Call, dispute_id: str) -> Record:
    """Return a dispute of the platform.

    :raises ApiError: 404, there is none.
    """
    record = call.store.get(KIND, dispute_id, call.account)
    if record is None:
        raise missing_object("dispute", dispute_id)
    return record


def retrieve(call: Call) -> dict[str, Any]:
    """GET /v1/disputes/{id}"""
    return find(call, call.path["id"]).body


def list_all(call: Call) -> dict[str, Any]:
    """GET /v1/disputes: by `created`, `charge`, `payment_intent`."""
    lists.only(call, "charge", "payment_intent")
    conditions = lists.equals(
        call, charge="json_extract(body, '$.charge')", payment_intent="parent"
    )
    return lists.page(call, KIND, conditions)


def update(call: Call) -> dict[str, Any]:
    """POST /v1/disputes/{id}: stage evidence, or `submit` it, which is the default."""
    params = call.params
    record = find(call, call.path["id"])
    evidence.check(call, params)
    answers = "evidence" in params or "submit" in params
    if answers and record.body["status"] not in WAITING:
        raise Refused(
            f"This dispute is {record.body['status']}: it takes no evidence now."
        )
    if "evidence" in params:
        appealed = record.body["status"] == "appeal_needs_response"
        evidence.stage(record.body, params["evidence"], appealed=appealed)
    if "metadata" in params:
        record.body["metadata"] = evidence.merged(record.body, params["metadata"])
    text = None
    if answers and params.get("submit", True):
        text = _submit(call, record)
    _save(call, record)
    events.emit(call, "charge.dispute.updated", record.body)
    if text in _BY_TEXT and _may_become(record, _BY_TEXT[text]):
        resolve(call, record, _BY_TEXT[text])
    return record.body


def _submit(call: Call, record: Record) -> str | None:
    """Send what is staged to the bank; return the text that decides in a test."""
    details = record.body["evidence_details"]
    appealed = record.body["status"] == "appeal_needs_response"
    if not evidence.given(record.body, appealed=appealed):
        raise Refused("There is no evidence to submit.", param="evidence")
    details["submission_count"] += 1
    details["submission_method"] = "manual"
    details["past_due"] = call.now > details["due_by"]
    record.body["status"] = _AFTER_ANSWER[record.body["status"]]
    record.due = None
    return evidence.deciding_text(record.body, appealed=appealed)


def close(call: Call) -> dict[str, Any]:
    """POST /v1/disputes/{id}/close: accept it; the money stays with the buyer."""
    record = find(call, call.path["id"])
    if record.body["status"] not in ("needs_response", "appeal_needs_response"):
        raise Refused(
            f"This dispute is {record.body['status']}: it cannot be closed now."
        )
    resolve(call, record, "lost")
    return record.body


def _may_become(record: Record, outcome: str) -> bool:
    status = record.body["status"]
    if outcome in ("warning_closed", "escalated"):
        return status in INQUIRY
    return status in (*WAITING, *REVIEWED) and status not in INQUIRY


def resolve(call: Call, record: Record, outcome: str) -> None:
    """Let the bank decide: `won`, `lost`, or for an inquiry `warning_closed` or
    `escalated`, which makes it a chargeback.

    :raises Invalid: an unknown outcome.
    :raises Refused: the dispute is over, or that is no way for it to end.
    """
    if outcome not in OUTCOMES:
        raise Invalid(f"The outcome is one of {', '.join(OUTCOMES)}.", param="outcome")
    if not _may_become(record, outcome):
        raise Refused(f"This dispute is {record.body['status']}, not to be {outcome}.")
    if outcome == "escalated":
        _escalate(call, record)
        return
    record.body["status"] = outcome
    record.body["is_charge_refundable"] = outcome == "warning_closed"
    record.due = None
    if outcome == "won":
        _reinstate(call, record)
    _save(call, record)
    events.emit(call, "charge.dispute.closed", record.body)
    if outcome == "won":
        events.emit(call, "charge.dispute.funds_reinstated", record.body)


def _escalate(call: Call, record: Record) -> None:
    due_by = call.now + DAYS_TO_ANSWER * money.DAY
    record.body.update(status="needs_response", is_charge_refundable=False)
    record.body["evidence_details"]["due_by"] = due_by
    record.body["payment_method_details"]["card"]["case_type"] = "chargeback"
    record.due = due_by
    _withdraw(call, record, fee=FEE_AMOUNTS[record.body["currency"]])
    _save(call, record)
    _mark(call, record)
    events.emit(call, "charge.dispute.updated", record.body)
    events.emit(call, "charge.dispute.funds_withdrawn", record.body)


def appeal(call: Call, record: Record) -> None:
    """Open the appeal of a dispute that was lost.

    :raises Refused: it was not lost.
    """
    if record.body["status"] != "lost":
        raise Refused(f"This dispute is {record.body['status']}, not lost.")
    due_by = call.now + DAYS_TO_APPEAL * money.DAY
    record.body["status"] = "appeal_needs_response"
    record.body["evidence_details"]["due_by"] = due_by
    record.due = due_by
    _save(call, record)
    events.emit(call, "charge.dispute.updated", record.body)


def overdue(call: Call, record: Record) -> None:
    """Nobody answered in time: it is lost; an inquiry ends months later."""
    if record.body["status"] != "warning_needs_response":
        resolve(call, record, "lost")
    elif call.now < record.created + DAYS_OF_INQUIRY * money.DAY:
        record.due = record.created + DAYS_OF_INQUIRY * money.DAY
        call.store.save(record)
    else:
        resolve(call, record, "warning_closed")


def _save(call: Call, record: Record) -> None:
    responses.check(record.body)
    call.store.save(record)
