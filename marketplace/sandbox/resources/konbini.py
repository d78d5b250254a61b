"""Payments in cash at a Japanese convenience store (konbini).

The buyer gets a voucher with a code per store: the session is complete and unpaid,
the intent waits as `requires_action`. Paying makes the charge; at the end of the
voucher's last day, 23:59:59 in Japan, the attempt has failed.
"""

import datetime
import secrets
from typing import Any

from marketplace.sandbox import events, ids, money
from marketplace.sandbox.calls import Call
from marketplace.sandbox.contract import responses
from marketplace.sandbox.errors import Invalid, Refused
from marketplace.sandbox.resources import methods, paying, payments
from marketplace.sandbox.store import Record

STORES = ("familymart", "lawson", "ministop", "seicomart")
EXPIRED = "payment_intent_payment_attempt_expired"
# Funds are available after this many days that are neither Saturday nor Sunday.
BUSINESS_DAYS = 4

JAPAN = datetime.timezone(datetime.timedelta(hours=9))
_CANCELABLE = ("requires_payment_method", "requires_action")


def issue(call: Call, session: Record, email: str | None = None) -> paying.Attempt:
    """Give the buyer of an open session a voucher; the session is complete then.

    `email` was typed on the page, where the platform gave none.

    :raises Refused: the session does not offer it.
    """
    if session.body["status"] != "open":
        return paying.CLOSED
    if methods.KONBINI not in session.body["payment_method_types"]:
        raise Refused(
            "This Checkout Session does not offer payment at a convenience store."
        )
    intent = paying.intent_of(call, session)
    options = session.body["payment_method_options"][methods.KONBINI]
    expires_at = end_of_day(call.now, days=options["expires_after_days"])
    intent.body.update(
        status="requires_action",
        last_payment_error=None,
        payment_method=ids.new_id("pm"),
        next_action={
            "type": "konbini_display_details",
            "konbini_display_details": {
                "expires_at": expires_at,
                "hosted_voucher_url": f"{call.base_url}/konbini/{intent.id}",
                "stores": {store: _codes(store) for store in STORES},
            },
        },
    )
    intent.due = expires_at
    responses.check(intent.body)
    call.store.save(intent)
    events.emit(call, "payment_intent.requires_action", intent.body)
    session.extra.pop("challenge", None)
    session.extra["voucher"] = True
    paying.complete(call, session, payment_status="unpaid", email=email)
    return paying.Attempt("voucher")


def end_of_day(now: int, *, days: int) -> int:
    """Return 23:59:59 in Japan, `days` calendar days after the day of `now`."""
    today = datetime.datetime.fromtimestamp(now, tz=JAPAN)
    last = today + datetime.timedelta(days=days)
    return int(last.replace(hour=23, minute=59, second=59, microsecond=0).timestamp())


def _codes(store: str) -> dict[str, str]:
    length = {"familymart": 6, "seicomart": 6}.get(store, 8)
    return {"confirmation_number": _digits(11), "payment_code": _digits(length)}


def _digits(length: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(length))


def settle(call: Call, intent: Record, store: str = "lawson") -> Record:
    """Take the cash of a voucher at a store; return the charge.

    :raises Invalid: no such chain of stores.
    :raises Refused: there is no voucher that waits.
    """
    if store not in STORES:
        raise Invalid(f"The store is one of {', '.join(STORES)}.", param="store")
    _ensure_waiting(intent)
    session = paying.session_of(call, intent.id)
    assert session is not None
    charge = payments.new_charge(
        call,
        intent,
        details={"konbini": {"store": {"chain": store}}, "type": methods.KONBINI},
        email=session.body["customer_details"]["email"],
        prefix="py",
    )
    intent.due = None
    available_on = call.now + _business_days(call.now)
    payments.book(call, intent, charge, type="payment", available_on=available_on)
    session.body["payment_status"] = "paid"
    call.store.save(session)
    responses.check(session.body)
    events.emit(call, "checkout.session.async_payment_succeeded", session.body)
    return charge


def _business_days(now: int) -> int:
    """Return how many seconds the money takes: weekends in Japan do not count."""
    day = datetime.datetime.fromtimestamp(now, tz=JAPAN)
    left, passed = BUSINESS_DAYS, 0
    while left:
        passed += 1
        left -= (day + datetime.timedelta(days=passed)).weekday() < 5
    return passed * money.DAY


def _ensure_waiting(intent: Record) -> None:
    if not is_waiting(intent):
        raise Refused(
            f"PaymentIntent {intent.id} has a status of `{intent.body['status']}`: no "
            "voucher waits to be paid.",
            code="payment_intent_unexpected_state",
        )


def is_waiting(intent: Record) -> bool:
    """Return whether a voucher of this intent can be paid."""
    action = intent.body["next_action"] or {}
    return bool(
        intent.body["status"] == "requires_action"
        and action.get("type") == "konbini_display_details"
    )


def expire(call: Call, intent: Record) -> None:
    """Let the time of a voucher run out: the attempt failed, nothing was charged.

    :raises Refused: there is no voucher that waits.
    """
    _ensure_waiting(intent)
    intent.due = None
    intent.body.update(
        status="requires_payment_method",
        next_action=None,
        payment_method=None,
        last_payment_error={
            "type": "invalid_request_error",
            "code": EXPIRED,
            "message": "The voucher expired before it was paid.",
        },
    )
    responses.check(intent.body)
    call.store.save(intent)
    events.emit(call, "payment_intent.payment_failed", intent.body)
    session = paying.session_of(call, intent.id)
    assert session is not None
    events.emit(call, "checkout.session.async_payment_failed", session.body)


def cancel(call: Call) -> dict[str, Any]:
    """POST /v1/payment_intents/{id}/cancel: an unpaid one whose page is not open."""
    intent = payments.find_intent(call)
    session = paying.session_of(call, intent.id)
    if session is not None and session.body["status"] == "open":
        raise Refused(
            "You cannot cancel the PaymentIntent of an open Checkout Session. Expire "
            "the Checkout Session instead.",
            code="payment_intent_unexpected_state",
        )
    if intent.body["status"] not in _CANCELABLE:
        raise Refused(
            "You cannot cancel this PaymentIntent because it has a status of "
            f"{intent.body['status']}. Only a PaymentIntent with one of the following "
            f"statuses may be canceled: {', '.join(_CANCELABLE)}.",
            code="payment_intent_unexpected_state",
        )
    payments.cancel(call, intent, reason=call.params.get("cancellation_reason"))
    return intent.body
