"""Webhook endpoints made through the API, beside the three the sandbox is set up
with (https://docs.stripe.com/api/webhook_endpoints): snapshot events only, each with
a secret of its own that is told once.
"""

from typing import Any

from marketplace.sandbox import deliveries, ids
from marketplace.sandbox.calls import Call
from marketplace.sandbox.config import API_VERSION
from marketplace.sandbox.contract import responses
from marketplace.sandbox.errors import Invalid, NotOffered, missing_object
from marketplace.sandbox.resources import checks, lists
from marketplace.sandbox.store import PLATFORM, Record

KIND = deliveries.REGISTERED
MOST_ENDPOINTS = 16


def create(call: Call) -> dict[str, Any]:
    """POST /v1/webhook_endpoints: the answer alone carries the secret."""
    params = call.params
    if call.account != PLATFORM:
        raise NotOffered("Stripe-Account", "only the platform has endpoints")
    version = params.get("api_version", API_VERSION)
    if version != API_VERSION:
        raise NotOffered("api_version", f"only {API_VERSION}")
    if not params["enabled_events"]:
        raise Invalid("Name at least one event.", param="enabled_events")
    known = call.store.select("kind = ?", (KIND,))
    if len(known) >= MOST_ENDPOINTS:
        raise Invalid(f"You have reached the maximum of {MOST_ENDPOINTS} endpoints.")
    body = responses.complete(
        KIND,
        {
            "id": ids.new_id("we"),
            "object": KIND,
            "api_version": version,
            "created": call.now,
            "description": params.get("description") or None,
            "enabled_events": params["enabled_events"],
            "livemode": False,
            "metadata": checks.metadata(params.get("metadata") or {}),
            "status": "enabled",
            "url": checks.url(params["url"], "url"),
        },
    )
    del body["deleted"]
    secret = f"whsec_{ids.random_text(32)}"
    extra = {"secret": secret, "connect": params.get("connect", False)}
    call.store.add(Record(body["id"], KIND, PLATFORM, call.now, body, extra))
    return {**body, "secret": secret}


def _find(call: Call) -> Record:
    record = call.store.get(KIND, call.path["id"], call.account)
    if record is None:
        raise missing_object("webhook endpoint", call.path["id"])
    return record


def retrieve(call: Call) -> dict[str, Any]:
    """GET /v1/webhook_endpoints/{id}"""
    return _find(call).body


def list_all(call: Call) -> dict[str, Any]:
    """GET /v1/webhook_endpoints"""
    lists.only(call)
    return lists.page(call, KIND, [])


def delete(call: Call) -> dict[str, Any]:
    """DELETE /v1/webhook_endpoints/{id}: what was on its way to it is lost."""
    record = _find(call)
    call.store.run("DELETE FROM objects WHERE id = ?", (record.id,))
    call.store.run(
        "UPDATE deliveries SET state = 'failed' WHERE endpoint = ? AND state IN"
        " ('pending', 'delayed')",
        (record.id,),
    )
    return {"id": record.id, "object": KIND, "deleted": True}
