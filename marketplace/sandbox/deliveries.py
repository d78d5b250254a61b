"""The queue of webhooks: three signed endpoints, retries on the virtual clock.

Signature (https://docs.stripe.com/webhooks#verify-manually): `t=<real time>,
v1=HMAC-SHA256(secret, t + "." + body)`, made anew for each attempt. Attempts
back off for 3 virtual days, as Stripe's do.
"""

import hashlib
import hmac
import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.sandbox import ids
from marketplace.sandbox.calls import Call
from marketplace.sandbox.errors import Invalid
from marketplace.sandbox.store import Store

MODES = ("push", "hold", "drop")
SIGNS = ("ok", "bad", "old", "none", "wrong_secret")
GIVE_UP_AFTER = 3 * 86_400
ANSWER_TIMEOUT = 10
_DELAYS = (10, 60, 300, 1_800, 7_200, 18_000, 36_000)
_LAST_DELAY = 43_200
_DROP_NEXT = "drop_next"
REGISTERED = "webhook_endpoint"
_WAITING = "state IN ('pending', 'delayed')"

# Takes endpoint, body and `Stripe-Signature`; gives the HTTP status, 0 for none.
Deliver = Callable[[str, bytes, str], int]


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one endpoint."""

    id: str
    endpoint: str
    event_id: str
    type: str
    body: str
    attempts: int
    created: int
    state: str
    last_status: int | None


_COLUMNS = "id, endpoint, event_id, type, body, attempts, created, state, last_status"


def _select(store: Store, condition: str, *values: Any) -> list[Delivery]:
    query = f"SELECT {_COLUMNS} FROM deliveries WHERE {condition}"
    return [Delivery(*row) for row in store.rows(query, values)]


def mode(store: Store, default: str) -> str:
    """Return how deliveries go out: pushed, held until asked for, or dropped."""
    return store.setting("delivery_mode") or default


def set_mode(store: Store, value: str) -> None:
    """Change how deliveries go out.

    :raises Invalid: none of push, hold, drop.
    """
    if value not in MODES:
        raise Invalid(f"The mode is one of {', '.join(MODES)}.", param="mode")
    store.set_setting("delivery_mode", value)


def queue(call: Call, endpoint: str, event: dict[str, Any]) -> None:
    """Queue one event; in the mode drop it is marked lost at once.

    The three days of retries count from now, not from the moment an event that
    fell due in a jump of the clock belongs to.
    """
    dropped = mode(call.store, "hold") == "drop" or _is_next_dropped(call.store)
    now = call.clock.now()
    body = json.dumps(event, ensure_ascii=False)
    state = "dropped" if dropped else "pending"
    for taker in (endpoint, *_registered_for(call.store, endpoint, event["type"])):
        _insert(call.store, taker, event["id"], event["type"], body, state, now, now)


def _registered_for(store: Store, endpoint: str, event_type: str) -> list[str]:
    """Return the endpoints made through the API that want this event, too."""
    return [
        record.id
        for record in store.select("kind = ?", (REGISTERED,), "ORDER BY seq")
        if endpoint == ("connect" if record.extra["connect"] else "platform")
        and {"*", event_type} & set(record.body["enabled_events"])
    ]


def secret_of(store: Store, secrets: Mapping[str, str], endpoint: str) -> str:
    """Return what signs the notices of an endpoint; a deleted one has nothing."""
    if endpoint in secrets:
        return secrets[endpoint]
    record = store.get(REGISTERED, endpoint)
    return str(record.extra["secret"]) if record else ""


def address_of(store: Store, base: str | None, endpoint: str) -> str | None:
    """Return where the notices of an endpoint go, None for nowhere."""
    record = store.get(REGISTERED, endpoint)
    if record is not None:
        return str(record.body["url"])
    return f"{base.rstrip('/')}/stripe/webhook/{endpoint}" if base else None


def _insert(
    store: Store,
    endpoint: str,
    event_id: str,
    event_type: str,
    body: str,
    state: str,
    created: int,
    next_at: int,
) -> None:
    store.run(
        "INSERT INTO deliveries (id, endpoint, event_id, type, body, state, attempts,"
        " created, next_at) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)",
        (
            ids.new_id("del"),
            endpoint,
            event_id,
            event_type,
            body,
            state,
            created,
            next_at,
        ),
    )


def drop_next(store: Store, count: int) -> None:
    """Lose the next notices that are made, so many of them; 0 loses none.

    :raises Invalid: a negative number.
    """
    if count < 0:
        raise Invalid("`next` counts from 0.", param="next")
    store.set_setting(_DROP_NEXT, str(count))


def _is_next_dropped(store: Store) -> bool:
    left = int(store.setting(_DROP_NEXT) or 0)
    if left:
        store.set_setting(_DROP_NEXT, str(left - 1))
    return left > 0


def keep_back(store: Store, pushes: list[Delivery], until: int) -> None:
    """Let notices go out at another time, in this order, and not before.

    Those that were pending are sent then only; those taken already once more. The
    three days of retries count from then.
    """
    with store.transaction():
        for delivery in pushes:
            store.run(
                "UPDATE deliveries SET state = 'kept_back' WHERE id = ? AND state IN"
                " ('pending', 'delayed')",
                (delivery.id,),
            )
            _insert(
                store,
                delivery.endpoint,
                delivery.event_id,
                delivery.type,
                delivery.body,
                "delayed",
                until,
                until,
            )


def pending(store: Store, now: int) -> list[Delivery]:
    """Return what no endpoint has taken yet and is not kept back, oldest first."""
    condition = "state = 'pending' OR (state = 'delayed' AND next_at <= ?)"
    return _select(store, f"{condition} ORDER BY seq", now)


def due(store: Store, now: int) -> list[Delivery]:
    """Return what is to be tried at this virtual time."""
    return _select(store, f"{_WAITING} AND next_at <= ? ORDER BY seq", now)


def of_event(store: Store, event_id: str) -> list[Delivery]:
    """Return all deliveries of an event, taken ones too."""
    return _select(store, "event_id = ? ORDER BY seq", event_id)


def latest(store: Store, limit: int) -> list[Delivery]:
    """Return the newest deliveries of any state."""
    return _select(store, "1 ORDER BY seq DESC LIMIT ?", limit)


def get(store: Store, delivery_id: str) -> Delivery | None:
    """Return one delivery."""
    found = _select(store, "id = ?", delivery_id)
    return found[0] if found else None


def answered(store: Store, delivery: Delivery, status: int, now: int) -> str:
    """Record what an endpoint answered; return the delivery's new state.

    2xx ends it. Anything else is tried again later, until 3 virtual days are
    over.
    """
    attempts = delivery.attempts + 1
    wait = _DELAYS[attempts - 1] if attempts <= len(_DELAYS) else _LAST_DELAY
    state = "pending"
    if 200 <= status < 300:
        state = "done"
    elif now + wait > delivery.created + GIVE_UP_AFTER:
        state = "failed"
    store.run(
        "UPDATE deliveries SET attempts = ?, last_status = ?, state = ?, next_at = ?"
        " WHERE id = ? AND state IN ('pending', 'delayed', 'dropped', 'failed')",
        (attempts, status, state, now + wait, delivery.id),
    )
    return state


def signature(secret: str, at: int, body: str) -> str:
    """Return the `Stripe-Signature` header of a body."""
    signed = f"{at}.{body}".encode()
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def sign_as(kind: str, secret: str, at: int, body: str) -> str:
    """Return a header that is right, or wrong in the way asked for.

    :raises Invalid: an unknown way.
    """
    if kind not in SIGNS:
        raise Invalid(f"`sign` is one of {', '.join(SIGNS)}.", param="sign")
    if kind == "none":
        return ""
    if kind == "bad":
        return f"t={at},v1={'0' * 64}"
    if kind == "old":
        return signature(secret, at - 3_600, body)
    if kind == "wrong_secret":
        return signature(f"{secret}_of_another_endpoint", at, body)
    return signature(secret, at, body)


def with_version(body: str, api_version: str | None) -> str:
    """Return the event as an endpoint of another API version would get it."""
    if api_version is None:
        return body
    event = json.loads(body)
    if "api_version" in event:
        event["api_version"] = api_version
    return json.dumps(event, ensure_ascii=False)


def post(address: str, body: bytes, header: str) -> int:
    """Post one notice; return the status of the answer, 0 for none."""
    headers: Mapping[str, str] = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (sandbox)",
        **({"Stripe-Signature": header} if header else {}),
    }
    request = urllib.request.Request(
        address, data=body, headers=dict(headers), method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_TIMEOUT) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, http.client.HTTPException):
        return 0
