"""PaymentIntents and charges: what happens when a card is tried.

A charge that succeeds books a `charge` balance transaction with the fee of the
sandbox's own table, pending until `available_on`.
"""

from typing import Any

from marketplace.sandbox import events, ids, money
from marketplace.sandbox.calls import Call
from marketplace.sandbox.cards import Card, Decline
from marketplace.sandbox.contract import responses
from marketplace.sandbox.errors import missing_object
from marketplace.sandbox.resources import balances, lists, payment_methods
from marketplace.sandbox.store import PLATFORM, Record

INTENT = "payment_intent"
CHARGE = "charge"


def create_intent(
    call: Call,
    *,
    amount: int,
    currency: str,
    types: list[str],
    data: dict[str, Any],
    customer: str | None,
) -> Record:
    """Create a PaymentIntent. `data` is a checkout's `payment_intent_data`."""
    intent_id = ids.new_id("pi")
    body = responses.complete(
        INTENT,
        {
            "id": intent_id,
            "object": INTENT,
            "amount": amount,
            "amount_capturable": 0,
            "amount_received": 0,
            "capture_method": data.get("capture_method", "automatic_async"),
            "client_secret": f"{intent_id}_secret_{ids.random_text(25)}",
            "confirmation_method": "automatic",
            "created": call.now,
            "currency": currency,
            "customer": customer,
            "description": data.get("description"),
            "livemode": False,
            "metadata": data.get("metadata", {}),
            "payment_method_types": types,
            "receipt_email": data.get("receipt_email"),
            "status": "requires_payment_method",
            "transfer_group": data.get("transfer_group"),
        },
    )
    responses.check(body)
    record = call.store.add(Record(intent_id, INTENT, PLATFORM, call.now, body))
    events.emit(call, "payment_intent.created", body)
    return record


def succeed(
    call: Call,
    intent: Record,
    card: Card,
    email: str | None,
    *,
    method_id: str | None = None,
    save: bool = False,
) -> Record:
    """Charge the card: the money is the platform's, pending. `method_id`: it is a saved
    one; `save`: it is to be saved with the intent's customer.
    """
    if save:
        shown = _card(card, None)
        customer: str = intent.body["customer"]
        method_id = payment_methods.save(call, customer, card, shown).id
        intent.body["setup_future_usage"] = "on_session"
    charge = _charge(call, intent, card, email, None, method_id=method_id)
    terms = money.TERMS[charge.body["currency"]]
    delay = 0 if card.behaviour.available_at_once else terms.delay_days * money.DAY
    book(call, intent, charge, type="charge", available_on=call.now + delay)
    return charge


def book(
    call: Call, intent: Record, charge: Record, *, type: str, available_on: int
) -> None:
    """Book a charge that succeeded, with its fee, and end its intent.

    `type` is the balance transaction's: `charge` for cards, `payment` for others.
    """
    line = balances.add_line(
        call,
        account=PLATFORM,
        type=type,
        category="charge",
        amount=charge.body["amount"],
        fee=money.fee_amount(charge.body["amount"], charge.body["currency"]),
        currency=charge.body["currency"],
        source=charge.id,
        available_on=available_on,
        description=charge.body["description"],
    )
    call.store.add(charge)
    # The balance transaction comes a moment later, with `charge.updated`.
    events.emit(call, "charge.succeeded", charge.body)
    charge.body["balance_transaction"] = line.id
    call.store.save(charge)
    intent.body.update(
        status="succeeded",
        amount_received=intent.body["amount"],
        latest_charge=charge.id,
        last_payment_error=None,
        next_action=None,
        payment_method=charge.body["payment_method"],
    )
    call.store.save(intent)
    responses.check(intent.body)
    events.emit(call, "payment_intent.succeeded", intent.body)
    events.emit(call, "charge.updated", charge.body)


def decline(
    call: Call,
    intent: Record,
    card: Card,
    email: str | None,
    reason: Decline,
    *,
    method_id: str | None = None,
) -> Record:
    """Refuse the card: a failed charge, and an intent that waits for another."""
    charge = _charge(call, intent, card, email, reason, method_id=method_id)
    call.store.add(charge)
    _failed(call, intent, card, reason, charge)
    events.emit(call, "charge.failed", charge.body)
    events.emit(call, "payment_intent.payment_failed", intent.body)
    return charge


def require_action(call: Call, intent: Record, return_url: str) -> None:
    """Send the buyer to the bank's page first (3D Secure)."""
    intent.body.update(
        status="requires_action",
        next_action={
            "type": "redirect_to_url",
            "redirect_to_url": {
                "url": f"{call.base_url}/3ds/{intent.id}",
                "return_url": return_url,
            },
        },
    )
    responses.check(intent.body)
    call.store.save(intent)
    events.emit(call, "payment_intent.requires_action", intent.body)


def not_authenticated(call: Call, intent: Record, card: Card, reason: Decline) -> None:
    """The bank's page said no: there is no charge."""
    _failed(call, intent, card, reason, None)
    events.emit(call, "payment_intent.payment_failed", intent.body)


def cancel(call: Call, intent: Record, *, reason: str | None) -> None:
    """Cancel an intent that was not paid."""
    intent.due = None
    intent.body.update(
        status="canceled",
        canceled_at=call.now,
        cancellation_reason=reason,
        next_action=None,
    )
    responses.check(intent.body)
    call.store.save(intent)
    events.emit(call, "payment_intent.canceled", intent.body)


def _failed(
    call: Call, intent: Record, card: Card, reason: Decline, charge: Record | None
) -> None:
    error: dict[str, Any] = {
        "type": "card_error" if charge else "invalid_request_error",
        "code": reason.code,
        "message": reason.message,
    }
    if reason.decline_code:
        error["decline_code"] = reason.decline_code
    if charge:
        error["charge"] = charge.id
        intent.body["latest_charge"] = charge.id
    intent.body.update(
        status="requires_payment_method", last_payment_error=error, next_action=None
    )
    responses.check(intent.body)
    call.store.save(intent)


def _charge(
    call: Call,
    intent: Record,
    card: Card,
    email: str | None,
    reason: Decline | None,
    *,
    method_id: str | None,
) -> Record:
    details = {"card": _card(card, reason), "type": "card"}
    charge = new_charge(call, intent, details=details, email=email, reason=reason)
    if method_id is not None:
        charge.body["payment_method"] = method_id
    if card.behaviour.refund:
        charge.extra["refund"] = card.behaviour.refund
    return charge


def new_charge(
    call: Call,
    intent: Record,
    *,
    details: dict[str, Any],
    email: str | None,
    reason: Decline | None = None,
    prefix: str = "ch",
) -> Record:
    """Return a charge that is not stored yet. `details` say how it was paid."""
    paid = reason is None
    amount = intent.body["amount"]
    body = responses.complete(
        CHARGE,
        {
            "id": ids.new_id(prefix),
            "object": CHARGE,
            "amount": amount,
            "amount_captured": amount if paid else 0,
            "amount_refunded": 0,
            "billing_details": _billing(email),
            "captured": paid,
            "created": call.now,
            "currency": intent.body["currency"],
            "customer": intent.body["customer"],
            "description": intent.body["description"],
            "disputed": False,
            "failure_code": reason.code if reason else None,
            "failure_message": reason.message if reason else None,
            "fraud_details": {},
            "livemode": False,
            "metadata": intent.body["metadata"],
            "outcome": _outcome(reason),
            "paid": paid,
            "payment_intent": intent.id,
            "payment_method": ids.new_id("pm"),
            "payment_method_details": details,
            "receipt_email": intent.body["receipt_email"],
            "refunded": False,
            "status": "succeeded" if paid else "failed",
            "transfer_group": intent.body["transfer_group"],
        },
    )
    responses.check(body)
    return Record(body["id"], CHARGE, PLATFORM, call.now, body)


def _billing(email: str | None) -> dict[str, Any]:
    address = dict.fromkeys(
        ("city", "country", "line1", "line2", "postal_code", "state")
    )
    return {
        "address": address,
        "email": email,
        "name": None,
        "phone": None,
        "tax_id": None,
    }


def _outcome(reason: Decline | None) -> dict[str, Any]:
    if reason is None:
        return {
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "seller_message": "Payment complete.",
            "type": "authorized",
        }
    return {
        "network_status": "declined_by_network",
        "reason": reason.decline_code or reason.code,
        "risk_level": "normal",
        "seller_message": "The bank declined the payment.",
        "type": "issuer_declined",
    }


def _card(card: Card, reason: Decline | None) -> dict[str, Any]:
    wrong_cvc = reason is not None and reason.code == "incorrect_cvc"
    checks = {
        "address_line1_check": None,
        "address_postal_code_check": None,
        "cvc_check": "fail" if wrong_cvc else "pass",
    }
    authenticated = {
        "authentication_flow": "challenge",
        "result": "authenticated",
        "result_reason": None,
        "version": "2.2.0",
    }
    return {
        "brand": card.behaviour.brand,
        "checks": checks,
        "country": "US",
        "exp_month": card.month,
        "exp_year": card.year,
        "fingerprint": card.fingerprint,
        "funding": "credit",
        "installments": None,
        "last4": card.last4,
        "mandate": None,
        "network": card.behaviour.brand,
        "three_d_secure": authenticated if card.behaviour.challenge else None,
        "wallet": None,
    }


def find_intent(call: Call) -> Record:
    """Return the PaymentIntent that the path of a call names.

    :raises ApiError: 404, there is none.
    """
    record = call.store.get(INTENT, call.path["id"], call.account)
    if record is None:
        raise missing_object("payment_intent", call.path["id"], param="intent")
    return record


def retrieve_intent(call: Call) -> dict[str, Any]:
    """GET /v1/payment_intents/{id}"""
    return find_intent(call).body


def list_intents(call: Call) -> dict[str, Any]:
    """GET /v1/payment_intents: by `created`, `customer`."""
    lists.only(call, "customer")
    conditions = lists.equals(call, customer="json_extract(body, '$.customer')")
    return lists.page(call, INTENT, conditions)


def retrieve_charge(call: Call) -> dict[str, Any]:
    """GET /v1/charges/{id}, the payments of connected accounts included."""
    record = call.store.get(CHARGE, call.path["id"], call.account)
    if record is None:
        raise missing_object("charge", call.path["id"])
    return record.body


def list_charges(call: Call) -> dict[str, Any]:
    """GET /v1/charges: by `created`, `payment_intent`, `transfer_group`."""
    lists.only(call, "payment_intent", "transfer_group")
    conditions = lists.equals(
        call, payment_intent="parent", transfer_group="transfer_group"
    )
    return lists.page(call, CHARGE, conditions)
