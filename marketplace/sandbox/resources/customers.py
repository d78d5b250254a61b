"""Customers: whom a saved card belongs to (https://docs.stripe.com/api/customers)."""

from typing import Any

from marketplace.sandbox import events, ids
from marketplace.sandbox.calls import Call
from marketplace.sandbox.contract import responses
from marketplace.sandbox.errors import missing_object, missing_reference
from marketplace.sandbox.resources import checks
from marketplace.sandbox.store import PLATFORM, Record

KIND = "customer"
_OFFERED = {"email", "expand", "metadata", "name"}
# Sent only when asked for, or never: what the sandbox does not offer.
_ABSENT = ("cash_balance", "deleted", "sources", "subscriptions", "tax", "tax_ids")


def create(call: Call) -> dict[str, Any]:
    """POST /v1/customers"""
    params = call.params
    checks.offered(params, _OFFERED)
    email = params.get("email")
    body = responses.complete(
        KIND,
        {
            "id": ids.new_id("cus"),
            "object": KIND,
            "balance": 0,
            "created": call.now,
            "delinquent": False,
            "email": checks.email(email, "email") if email else None,
            "invoice_prefix": ids.random_text(8).upper(),
            "invoice_settings": {
                "custom_fields": None,
                "default_payment_method": None,
                "footer": None,
                "rendering_options": None,
            },
            "livemode": False,
            "metadata": checks.metadata(params.get("metadata")),
            "name": params.get("name"),
            "preferred_locales": [],
            "tax_exempt": "none",
        },
    )
    for name in _ABSENT:
        body.pop(name, None)
    call.store.add(Record(body["id"], KIND, PLATFORM, call.now, body))
    responses.check(body)
    events.emit(call, "customer.created", body)
    return body


def find(call: Call, customer_id: str) -> Record | None:
    """Return a customer that was not deleted."""
    record = call.store.get(KIND, customer_id, call.account)
    return None if record is None or record.extra.get("deleted") else record


def named(call: Call, customer_id: str) -> Record:
    """Return the customer that a parameter names.

    :raises Refused: there is none.
    """
    record = find(call, customer_id)
    if record is None:
        raise missing_reference("customer", customer_id, param="customer")
    return record


def retrieve(call: Call) -> dict[str, Any]:
    """GET /v1/customers/{id}: one that was deleted says so and no more."""
    record = call.store.get(KIND, call.path["id"], call.account)
    if record is None:
        raise missing_object("customer", call.path["id"])
    if record.extra.get("deleted"):
        return _deleted(record)
    return record.body


def delete(call: Call) -> dict[str, Any]:
    """DELETE /v1/customers/{id}: with all the cards that were saved."""
    record = find(call, call.path["id"])
    if record is None:
        raise missing_object("customer", call.path["id"])
    record.extra["deleted"] = True
    call.store.save(record)
    events.emit(call, "customer.deleted", record.body)
    return _deleted(record)


def _deleted(record: Record) -> dict[str, Any]:
    return {"id": record.id, "object": KIND, "deleted": True}
