"""Checkout Sessions: created by the platform, paid on the hosted page.

Rules of https://docs.stripe.com/api/checkout/sessions: mode `payment` on the
hosted page; the PaymentIntent exists from the first attempt; the session ends
by payment, by the call `expire`, or at `expires_at`, which lies 30 minutes to
24 hours after creation.
"""

from typing import Any

from marketplace.sandbox import events, ids
from marketplace.sandbox.calls import Call
from marketplace.sandbox.contract import responses
from marketplace.sandbox.errors import Invalid, NotOffered, Refused, missing_object
from marketplace.sandbox.resources import (
    cart_lines,
    checks,
    customers,
    lists,
    methods,
    payments,
)
from marketplace.sandbox.store import PLATFORM, Record

KIND = "checkout.session"
SHORTEST_LIFE = 30 * 60
LONGEST_LIFE = 24 * 3_600

_OFFERED = {
    "adaptive_pricing",
    "allowed_payment_method_types",
    "automatic_tax",
    "cancel_url",
    "client_reference_id",
    "currency",
    "custom_text",
    "customer",
    "customer_email",
    "excluded_payment_method_types",
    "expand",
    "expires_at",
    "line_items",
    "locale",
    "metadata",
    "mode",
    "payment_intent_data",
    "payment_method_options",
    "submit_type",
    "success_url",
    "ui_mode",
}
_OFFERED_INTENT_DATA = {
    "capture_method",
    "description",
    "metadata",
    "receipt_email",
    "transfer_group",
}


def create(call: Call) -> dict[str, Any]:
    """POST /v1/checkout/sessions"""
    params = call.params
    checks.offered(params, _OFFERED)
    _check_mode(params)
    currency, items = cart_lines.read(call)
    total = checks.charge_amount(
        sum(item["amount_total"] for item in items), currency, "line_items"
    )
    types, options = methods.choose(call, currency, total)
    session_id = ids.new_id("cs_test")
    body = responses.complete(
        KIND,
        {
            "id": session_id,
            "object": KIND,
            **_fixed(),
            **_asked_for(call),
            "amount_subtotal": total,
            "amount_total": total,
            "created": call.now,
            "currency": currency,
            "payment_method_options": options,
            "payment_method_types": types,
            "payment_status": "unpaid",
            "status": "open",
            "url": f"{call.base_url}/c/pay/{session_id}",
        },
    )
    extra = {
        "intent_data": _intent_data(params.get("payment_intent_data", {})),
        "included": {
            "line_items": lists.envelope(
                f"/v1/checkout/sessions/{session_id}/line_items", items
            )
        },
    }
    call.store.add(
        Record(
            session_id, KIND, PLATFORM, call.now, body, extra, due=body["expires_at"]
        )
    )
    return body


def _asked_for(call: Call) -> dict[str, Any]:
    """Check what the platform chose for a session, and give it."""
    params = call.params
    cancel_url = params.get("cancel_url")
    return {
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "cancel_url": checks.url(cancel_url, "cancel_url") if cancel_url else None,
        "client_reference_id": _reference(params),
        "custom_text": _custom_text(params.get("custom_text", {})),
        "customer": _customer(call),
        "customer_email": _customer_email(params),
        "excluded_payment_method_types": params.get("excluded_payment_method_types"),
        "expires_at": _expires_at(call),
        "locale": params.get("locale"),
        "metadata": checks.metadata(params.get("metadata")),
        "submit_type": params.get("submit_type"),
        "success_url": checks.url(params["success_url"], "success_url"),
    }


def _fixed() -> dict[str, Any]:
    """What is the same of every session here: what is not offered."""
    return {
        "adaptive_pricing": {"enabled": False},
        "automatic_tax": {
            "enabled": False,
            "liability": None,
            "provider": None,
            "status": None,
        },
        "custom_fields": [],
        "customer_creation": "if_required",
        "livemode": False,
        "mode": "payment",
        "payment_method_collection": "if_required",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "total_details": {
            "amount_discount": 0,
            "amount_shipping": 0,
            "amount_tax": 0,
        },
        "ui_mode": "hosted_page",
    }


def _check_mode(params: dict[str, Any]) -> None:
    if "mode" not in params:
        raise Invalid(
            "Missing required param: mode.", param="mode", code="parameter_missing"
        )
    if params["mode"] != "payment":
        raise NotOffered("mode", "only payment")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise NotOffered("ui_mode", "only hosted_page")
    if "success_url" not in params:
        raise Invalid(
            "Missing required param: success_url.",
            param="success_url",
            code="parameter_missing",
        )
    if params.get("adaptive_pricing", {}).get("enabled"):
        raise NotOffered("adaptive_pricing[enabled]", "only false")
    if params.get("automatic_tax", {}).get("enabled"):
        raise NotOffered("automatic_tax[enabled]", "only false")


def _reference(params: dict[str, Any]) -> str | None:
    if "client_reference_id" not in params:
        return None
    return checks.text(params["client_reference_id"], 200, "client_reference_id")


def _customer(call: Call) -> str | None:
    if "customer" not in call.params:
        return None
    if "customer_email" in call.params:
        raise Invalid(
            "You may only specify one of these parameters: customer, customer_email.",
            param="customer",
        )
    return customers.named(call, call.params["customer"]).id


def _customer_email(params: dict[str, Any]) -> str | None:
    if "customer_email" not in params:
        return None
    return checks.email(params["customer_email"], "customer_email")


def _custom_text(params: dict[str, Any]) -> dict[str, Any]:
    texts: dict[str, Any] = dict.fromkeys(
        ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
    )
    for name, value in params.items():
        if value:
            param = f"custom_text[{name}][message]"
            message = checks.text(value["message"], 1_200, param)
            texts[name] = {"message": message}
    return texts


def _expires_at(call: Call) -> int:
    expires_at = int(call.params.get("expires_at", call.now + LONGEST_LIFE))
    if expires_at - call.now < SHORTEST_LIFE:
        raise Invalid(
            "The `expires_at` timestamp must be at least 30 minutes after Checkout "
            "Session creation.",
            param="expires_at",
        )
    if expires_at - call.now > LONGEST_LIFE:
        raise Invalid(
            "The `expires_at` timestamp must be less than 24 hours from Checkout "
            "Session creation.",
            param="expires_at",
        )
    return expires_at


def _intent_data(data: dict[str, Any]) -> dict[str, Any]:
    checks.offered(data, _OFFERED_INTENT_DATA, "payment_intent_data")
    if data.get("capture_method", "automatic") == "manual":
        raise NotOffered("payment_intent_data[capture_method]", "only automatic")
    if "receipt_email" in data:
        checks.email(data["receipt_email"], "payment_intent_data[receipt_email]")
    data["metadata"] = checks.metadata(
        data.get("metadata"), "payment_intent_data[metadata]"
    )
    return data


def find(call: Call, session_id: str) -> Record:
    """Return a session.

    :raises ApiError: 404, there is none.
    """
    record = call.store.get(KIND, session_id, call.account)
    if record is None:
        raise missing_object("checkout.session", session_id, param="session")
    return record


def retrieve(call: Call) -> dict[str, Any]:
    """GET /v1/checkout/sessions/{id}"""
    return find(call, call.path["id"]).body


def list_all(call: Call) -> dict[str, Any]:
    """GET /v1/checkout/sessions: by `created`, `payment_intent`, `status`."""
    lists.only(call, "payment_intent", "status")
    conditions = lists.equals(
        call, payment_intent="parent", status="json_extract(body, '$.status')"
    )
    return lists.page(call, KIND, conditions)


def line_items(call: Call) -> dict[str, Any]:
    """GET /v1/checkout/sessions/{id}/line_items: one page of the session's lines."""
    items = find(call, call.path["id"]).extra["included"]["line_items"]["data"]
    limit = lists.limit_of(call)
    start = 0
    if "ending_before" in call.params:
        raise NotOffered("ending_before")
    if "starting_after" in call.params:
        positions = {item["id"]: place for place, item in enumerate(items)}
        if call.params["starting_after"] not in positions:
            raise Invalid("No such line item.", param="starting_after")
        start = positions[call.params["starting_after"]] + 1
    has_more = len(items) > start + limit
    return lists.envelope(call.api_path, items[start : start + limit], has_more)


def expire(call: Call) -> dict[str, Any]:
    """POST /v1/checkout/sessions/{id}/expire: only an open session."""
    record = find(call, call.path["id"])
    if record.body["status"] != "open":
        raise Refused(
            'Only Checkout Sessions with a status in ["open"] can be expired. This '
            f"Checkout Session has a status of `{record.body['status']}`.",
        )
    end(call, record)
    return record.body


def end(call: Call, record: Record) -> None:
    """Expire an open session and cancel its intent."""
    record.body.update(status="expired", url=None)
    record.due = None
    record.extra.pop("challenge", None)
    call.store.save(record)
    if record.body["payment_intent"]:
        intent = call.store.get(payments.INTENT, record.body["payment_intent"])
        if intent is not None:
            payments.cancel(call, intent, reason="expired")
    responses.check(record.body)
    events.emit(call, "checkout.session.expired", record.body)
