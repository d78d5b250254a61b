"""PaymentIntents that the platform makes itself, to charge a saved card while its
buyer is there (https://docs.stripe.com/payments/save-during-payment): made and
confirmed in one call. A bank that asks first sends the buyer to `return_url` after.
"""

import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from marketplace.sandbox.calls import Call
from marketplace.sandbox.cards import EXPIRED, NOT_AUTHENTICATED, Card, Decline
from marketplace.sandbox.errors import CardDeclined, Invalid, NotOffered
from marketplace.sandbox.resources import (
    checks,
    customers,
    disputes,
    payment_methods,
    payments,
)
from marketplace.sandbox.store import Record

_OFFERED = {
    "amount",
    "confirm",
    "currency",
    "customer",
    "description",
    "expand",
    "metadata",
    "off_session",
    "payment_method",
    "allowed_payment_method_types",
    "return_url",
    "transfer_group",
}
_NEEDED = ("customer", "payment_method", "return_url")


def create(call: Call) -> dict[str, Any]:
    """POST /v1/payment_intents: charge a saved card, or ask its bank first.

    :raises CardDeclined: the bank said no; the intent stays, and waits for another.
    """
    params = call.params
    checks.offered(params, _OFFERED)
    _check_way(params)
    currency = checks.currency(params["currency"])
    amount = checks.charge_amount(params["amount"], currency, "amount")
    return_url = checks.url(params["return_url"], "return_url")
    metadata = checks.metadata(params.get("metadata"))
    customer = customers.named(call, params["customer"])
    method = payment_methods.of_customer(call, params["payment_method"], customer.id)
    intent = payments.create_intent(
        call,
        amount=amount,
        currency=currency,
        types=["card"],
        data={
            "description": params.get("description"),
            "metadata": metadata,
            "transfer_group": params.get("transfer_group"),
        },
        customer=customer.id,
    )
    intent.body["payment_method"] = method.id
    intent.extra["return_url"] = return_url
    card = Card.of_kept(method.extra["card"])
    if card.behaviour.challenge:
        payments.require_action(call, intent, return_url)
        return intent.body
    reason = _charge(call, intent, card, customer)
    if reason is not None:
        raise CardDeclined(
            reason.message, reason.code, reason.decline_code, intent.body
        )
    return intent.body


def authenticate(call: Call, intent: Record, *, passed: bool) -> str | None:
    """Take the answer of the bank's page for an intent of the platform's own; give
    where its buyer goes, or None when nothing was asked of the bank.
    """
    if intent.body["status"] != "requires_action":
        return None
    method = call.store.get(payment_methods.KIND, intent.body["payment_method"])
    assert method is not None
    customer = call.store.get(customers.KIND, intent.body["customer"])
    assert customer is not None
    card = Card.of_kept(method.extra["card"])
    if passed:
        _charge(call, intent, card, customer)
    else:
        payments.not_authenticated(call, intent, card, NOT_AUTHENTICATED)
    return back_to(intent)


def back_to(intent: Record) -> str:
    """Return where the buyer of an intent goes, with how far it has come."""
    is_paid = intent.body["status"] == "succeeded"
    return_url: str = intent.extra["return_url"]
    parts = urlsplit(return_url)
    query = [
        *parse_qsl(parts.query, keep_blank_values=True),
        ("payment_intent", intent.id),
        ("payment_intent_client_secret", intent.body["client_secret"]),
        ("redirect_status", "succeeded" if is_paid else "failed"),
    ]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _check_way(params: dict[str, Any]) -> None:
    if params.get("confirm") is not True:
        raise NotOffered("confirm", "only true: charged as it is made")
    if params.get("off_session"):
        raise NotOffered("off_session", "only with the buyer there")
    if params.get("allowed_payment_method_types", ["card"]) != ["card"]:
        raise NotOffered("allowed_payment_method_types", "only card")
    for name in _NEEDED:
        if not params.get(name):
            raise Invalid(
                f"Missing required param: {name}.",
                param=name,
                code="parameter_missing",
            )


def _charge(call: Call, intent: Record, card: Card, customer: Record) -> Decline | None:
    """Charge the card; return why its bank refused, if it did."""
    email = customer.body["email"]
    today = datetime.datetime.fromtimestamp(call.now, tz=datetime.UTC)
    is_over = (card.year, card.month) < (today.year, today.month)
    reason = EXPIRED if is_over else card.behaviour.decline
    method_id = intent.body["payment_method"]
    if reason is not None:
        payments.decline(call, intent, card, email, reason, method_id=method_id)
        return reason
    charge = payments.succeed(call, intent, card, email, method_id=method_id)
    if card.behaviour.dispute is not None:
        disputes.open_on(
            call,
            charge,
            reason=card.behaviour.dispute,
            inquiry=card.behaviour.inquiry,
        )
    return None
