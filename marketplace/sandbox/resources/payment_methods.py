"""Cards saved with a customer (https://docs.stripe.com/api/payment_methods): saved by
a payment on the hosted page, never by a number that is sent to the API.
"""

from typing import Any

from marketplace.sandbox import events, ids
from marketplace.sandbox.calls import Call
from marketplace.sandbox.cards import Card
from marketplace.sandbox.contract import responses
from marketplace.sandbox.errors import Refused, missing_object, missing_reference
from marketplace.sandbox.resources import customers, lists
from marketplace.sandbox.store import PLATFORM, Record

KIND = "payment_method"
_CUSTOMER = "json_extract(body, '$.customer')"


def save(call: Call, customer_id: str, card: Card, shown: dict[str, Any]) -> Record:
    """Save the card that has just paid with its customer. `shown` is the card as the
    charge tells of it.
    """
    told = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint")
    body = responses.complete(
        KIND,
        {
            "id": ids.new_id("pm"),
            "object": KIND,
            "allow_redisplay": "limited",
            "billing_details": {
                "address": dict.fromkeys(
                    ("city", "country", "line1", "line2", "postal_code", "state")
                ),
                "email": None,
                "name": None,
                "phone": None,
                "tax_id": None,
            },
            "card": {
                **{name: shown[name] for name in told},
                "display_brand": shown["brand"],
                "funding": shown["funding"],
                "generated_from": None,
                "last4": shown["last4"],
                "networks": {"available": [shown["brand"]], "preferred": None},
                "regulated_status": "unregulated",
                "three_d_secure_usage": {"supported": True},
                "wallet": None,
            },
            "created": call.now,
            "customer": customer_id,
            "livemode": False,
            "metadata": {},
            "type": "card",
        },
    )
    for name, value in list(body.items()):
        if value is None and name not in ("customer", "metadata"):
            del body[name]
    responses.check(body)
    extra = {"card": card.as_kept()}
    record = call.store.add(Record(body["id"], KIND, PLATFORM, call.now, body, extra))
    events.emit(call, "payment_method.attached", body)
    return record


def of_customer(call: Call, method_id: str, customer_id: str) -> Record:
    """Return the saved card that a payment names.

    :raises Refused: there is none, it was removed, or it is another customer's.
    """
    record = call.store.get(KIND, method_id, call.account)
    if record is None:
        raise missing_reference("PaymentMethod", method_id, param="payment_method")
    owner = record.body["customer"]
    if owner is None or customers.find(call, owner) is None:
        raise Refused(
            "The provided PaymentMethod was detached from its Customer. It may not be "
            "used again.",
            param="payment_method",
        )
    if owner != customer_id:
        raise Refused(
            "The provided PaymentMethod belongs to another Customer.",
            param="payment_method",
        )
    return record


def retrieve(call: Call) -> dict[str, Any]:
    """GET /v1/payment_methods/{id}"""
    return _find(call).body


def list_of_customer(call: Call) -> dict[str, Any]:
    """GET /v1/customers/{id}/payment_methods: the cards saved, the newest first."""
    lists.only(call, "type")
    if customers.find(call, call.path["id"]) is None:
        raise missing_object("customer", call.path["id"])
    conditions = [(f"{_CUSTOMER} = ?", call.path["id"])]
    if call.params.get("type", "card") != "card":
        return lists.envelope(call.api_path, [])
    return lists.page(call, KIND, conditions)


def detach(call: Call) -> dict[str, Any]:
    """POST /v1/payment_methods/{id}/detach: it may never be charged again."""
    record = _find(call)
    if record.body["customer"] is None:
        raise Refused(
            "The payment method you provided is not attached to a customer so "
            "detachment is impossible."
        )
    record.body["customer"] = None
    call.store.save(record)
    events.emit(call, "payment_method.detached", record.body)
    return record.body


def _find(call: Call) -> Record:
    record = call.store.get(KIND, call.path["id"], call.account)
    if record is None:
        raise missing_object("PaymentMethod", call.path["id"])
    return record
