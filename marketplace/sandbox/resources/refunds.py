"""Refunds asked for (https://docs.stripe.com/api/refunds): what is right to refund,
and what is refused. How one goes on is in `refunding`.
"""

from typing import Any

from marketplace.sandbox import money
from marketplace.sandbox.calls import Call
from marketplace.sandbox.errors import (
    Invalid,
    NotOffered,
    Refused,
    missing_object,
    missing_reference,
)
from marketplace.sandbox.resources import checks, lists, payments, refunding
from marketplace.sandbox.store import PLATFORM, Record


def create(call: Call) -> dict[str, Any]:
    """POST /v1/refunds"""
    params = call.params
    if call.account != PLATFORM:
        raise NotOffered("Stripe-Account", "only the platform refunds")
    checks.offered(
        params,
        {
            "amount",
            "charge",
            "expand",
            "instructions_email",
            "metadata",
            "payment_intent",
            "reason",
        },
    )
    metadata = checks.metadata(params.get("metadata"))
    if "amount" in params:
        checks.at_least(params["amount"], 1, "amount")
    if "instructions_email" in params:
        checks.email(params["instructions_email"], "instructions_email")
    charge = _charge(call)
    amount = _amount(charge, params.get("amount"))
    email = _instructions_email(call, charge)
    return refunding.make(
        call,
        charge,
        amount,
        reason=params.get("reason"),
        email=email,
        metadata=metadata,
    ).body


def _charge(call: Call) -> Record:
    """Return the charge to refund: one that succeeded and is not disputed."""
    charge_id = call.params.get("charge")
    intent_id = call.params.get("payment_intent")
    if (charge_id is None) == (intent_id is None):
        raise Invalid(
            "Pass exactly one of `charge` and `payment_intent`.",
            param="charge",
            code="parameter_missing",
        )
    if intent_id is not None:
        charge_id = _charge_of(call, intent_id, param="payment_intent")
    charge = call.store.get(payments.CHARGE, str(charge_id))
    if charge is None:
        raise missing_reference("charge", str(charge_id), param="charge")
    if charge.body["status"] != "succeeded":
        raise Refused(
            f"Charge {charge.id} did not succeed and cannot be refunded.",
            code="charge_not_refundable",
        )
    if charge.body["disputed"]:
        raise Refused(
            f"Charge {charge.id} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )
    return charge


def _charge_of(call: Call, intent_id: str, *, param: str) -> str:
    intent = call.store.get(payments.INTENT, intent_id)
    if intent is None:
        raise missing_reference("payment_intent", intent_id, param=param)
    if intent.body["status"] != "succeeded":
        raise Refused(
            f"This PaymentIntent ({intent_id}) does not have a successful charge to "
            "refund.",
            code="payment_intent_unexpected_state",
        )
    return str(intent.body["latest_charge"])


def _amount(charge: Record, asked: int | None) -> int:
    """Return what is refunded: what was asked for, or all that is left."""
    body = charge.body
    left = int(body["amount"]) - int(body["amount_refunded"])
    if left == 0:
        raise Refused(
            f"Charge {charge.id} has already been refunded.",
            code="charge_already_refunded",
        )
    if asked is not None and asked > left:
        raise Refused(
            f"Refund amount ({money.format_amount(asked, body['currency'])}) is "
            "greater than unrefunded amount on charge "
            f"({money.format_amount(left, body['currency'])})",
            param="amount",
        )
    return left if asked is None else asked


def _instructions_email(call: Call, charge: Record) -> str | None:
    """Return where the buyer is asked for bank details; None for a card."""
    asked: str | None = call.params.get("instructions_email")
    if not refunding.needs_details(charge):
        if asked is not None:
            raise NotOffered("instructions_email", "a card is refunded by itself")
        return None
    email = asked or charge.body["billing_details"]["email"]
    if email is None:
        raise Invalid(
            "Missing required param: instructions_email.",
            param="instructions_email",
            code="parameter_missing",
        )
    return str(email)


def cancel(call: Call) -> dict[str, Any]:
    """POST /v1/refunds/{id}/cancel: only while the buyer's details are awaited."""
    record = find(call, call.path["id"])
    refunding.cancel(call, record)
    return record.body


def from_dashboard(call: Call, intent_id: str, amount: int | None) -> Record:
    """Refund as a person in the provider's dashboard does: no metadata.

    :raises ApiError: what the API would refuse too.
    """
    call.params = {"payment_intent": intent_id}
    charge = _charge(call)
    if amount is not None:
        checks.at_least(amount, 1, "amount")
    return refunding.make(
        call,
        charge,
        _amount(charge, amount),
        reason="requested_by_customer",
        email=_instructions_email(call, charge),
        metadata={},
    )


def find(call: Call, refund_id: str) -> Record:
    """Return a refund.

    :raises ApiError: 404, there is none.
    """
    record = call.store.get(refunding.KIND, refund_id, call.account)
    if record is None:
        raise missing_object("refund", refund_id)
    return record


def retrieve(call: Call) -> dict[str, Any]:
    """GET /v1/refunds/{id}"""
    return find(call, call.path["id"]).body


def list_all(call: Call) -> dict[str, Any]:
    """GET /v1/refunds: by `created`, `payment_intent`, `charge`."""
    lists.only(call, "payment_intent", "charge")
    conditions = lists.equals(
        call, payment_intent="parent", charge="json_extract(body, '$.charge')"
    )
    return lists.page(call, refunding.KIND, conditions)
