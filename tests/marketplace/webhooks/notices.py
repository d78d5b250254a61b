"""Notices as Stripe would sign and send them."""

import hashlib
import hmac
import json
import time
from typing import Any

SECRETS = {"platform": "whsec_p", "connect": "whsec_c", "v2": "whsec_v"}


def event(event_id: str = "evt_1", **more: Any) -> dict[str, Any]:
    return {
        "id": event_id,
        "object": "event",
        "type": "test.happened",
        "api_version": "2026-10-28.endive",
        "created": 1795262400,
        "livemode": False,
        "data": {"object": {"id": "obj_1", "object": "thing"}},
    } | more


def signed(body: bytes, *, secret: str, age: int = 0) -> str:
    at = int(time.time()) - age
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


def send(
    client: Any,
    content: Any,
    *,
    endpoint: str = "platform",
    secret: str | None = None,
    age: int = 0,
    header: str | None = None,
) -> int:
    """Post a notice to the real route; returns the status of the answer."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    if header is None:
        header = signed(body, secret=secret or SECRETS.get(endpoint, "x"), age=age)
    answer = client.post(
        f"/stripe/webhook/{endpoint}",
        data=body,
        content_type="application/json",
        headers={"Stripe-Signature": header},
    )
    return int(answer.status_code)
