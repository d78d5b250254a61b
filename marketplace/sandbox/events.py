"""Events: v1 snapshots for the platform and connect endpoints, v2 thin ones.

Snapshots carry the object as it was; thin events only name it
(https://docs.stripe.com/event-destinations). Each is validated against the
SDK's event classes before it is stored.
"""

from typing import Any

from marketplace.sandbox import deliveries, ids
from marketplace.sandbox.calls import Call
from marketplace.sandbox.clock import iso
from marketplace.sandbox.config import API_VERSION
from marketplace.sandbox.contract import responses
from marketplace.sandbox.errors import Invalid, missing_object
from marketplace.sandbox.resources import lists
from marketplace.sandbox.store import PLATFORM, Record

V1 = "event"
V2 = "v2.core.event"
# Stripe's API gives events for this long (https://docs.stripe.com/api/events).
KEPT_FOR = 30 * 86_400


_UNTAKEN = (
    "EXISTS (SELECT 1 FROM deliveries WHERE event_id = objects.id AND state != 'done')"
)


def emit(
    call: Call, event_type: str, snapshot: dict[str, Any], account: str = PLATFORM
) -> None:
    """Store a snapshot event and queue it for its endpoint."""
    body: dict[str, Any] = {
        "id": ids.new_id("evt"),
        "object": V1,
        "api_version": API_VERSION,
        "created": call.now,
        "data": {"object": snapshot},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": call.request_id, "idempotency_key": call.key},
        "type": event_type,
    }
    if account != PLATFORM:
        body["account"] = account
    responses.check(body)
    call.store.add(Record(body["id"], V1, account, call.now, body))
    endpoint = "platform" if account == PLATFORM else "connect"
    deliveries.queue(call, endpoint, body)


def emit_thin(
    call: Call,
    event_type: str,
    account: str,
    data: dict[str, Any] | None = None,
    *,
    is_related: bool = True,
) -> None:
    """Store a thin event about a connected account and queue its notification.

    `is_related`: the event names the account as the object to fetch.
    """
    notification: dict[str, Any] = {
        "id": ids.new_id("evt_test"),
        "object": V2,
        "type": event_type,
        "livemode": False,
        "created": iso(call.now),
    }
    if is_related:
        notification["related_object"] = {
            "id": account,
            "type": "v2.core.account",
            "url": f"/v2/core/accounts/{account}",
        }
    if call.request_id is not None:
        notification["reason"] = {
            "type": "request",
            "request": {"id": call.request_id, "idempotency_key": call.key or ""},
        }
    full = responses.complete(V2, notification)
    if data is not None:
        full["data"] = data
    responses.check(full)
    call.store.add(Record(full["id"], V2, PLATFORM, call.now, full))
    deliveries.queue(call, "v2", notification)


def retrieve(call: Call) -> dict[str, Any]:
    """GET /v1/events/{id}"""
    record = call.store.get(V1, call.path["id"], call.account)
    if record is None or record.created < call.now - KEPT_FOR:
        raise missing_object("event", call.path["id"])
    return record.body


def retrieve_thin(call: Call) -> dict[str, Any]:
    """GET /v2/core/events/{id}"""
    record = call.store.get(V2, call.path["id"])
    if record is None:
        raise missing_object("event", call.path["id"])
    return record.body


def list_all(call: Call) -> dict[str, Any]:
    """GET /v1/events of 30 days: by `created`, `type` (with `*`), up to 20 `types`,
    and whether every endpoint has taken it."""
    lists.only(call, "type", "types", "delivery_success")
    wanted: list[str] = call.params.get("types", [])
    pattern: str | None = call.params.get("type")
    if wanted and pattern:
        raise Invalid("You may pass either `type` or `types`, but not both.")
    if len(wanted) > 20:
        raise Invalid("You may pass up to 20 `types`.", param="types")
    conditions: list[tuple[str, Any]] = [("created >= ?", call.now - KEPT_FOR)]
    if "delivery_success" in call.params:
        taken = "NOT" if call.params["delivery_success"] else ""
        conditions.append((f"{taken} {_UNTAKEN}", []))
    if pattern is not None:
        # The only wildcard is `*`; the other marks of GLOB stand for themselves.
        if set(pattern) & set("[]?"):
            raise Invalid(f"Invalid type: {pattern}", param="type")
        conditions.append(("json_extract(body, '$.type') GLOB ?", pattern))
    if wanted:
        marks = ", ".join("?" for _ in wanted)
        conditions.append((f"json_extract(body, '$.type') IN ({marks})", wanted))
    return lists.page(call, V1, conditions)
