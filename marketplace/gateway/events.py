"""Notices from Stripe: what is pushed to us, verified, and what we list ourselves.

Three endpoints, each with its own secret: `platform` and `connect` receive snapshot
events, `v2` receives thin ones. An event made for another API version is accepted: it is
only a hint, and the object is fetched again with the version we pin.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import stripe
from django.conf import settings
from django.utils.translation import gettext as _

from marketplace.gateway import client, errors
from marketplace.gateway.types import Endpoint, EventFacts

TOLERANCE_SECONDS = 300
ENDPOINTS: tuple[Endpoint, ...] = ("platform", "connect", "v2")
ID_LIMIT = 255
# Body and header are a stranger's: whatever they break in the SDK is a refusal.
UNREADABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)


def parse_event(*, endpoint: Endpoint, body: bytes, header: str) -> EventFacts:
    """Verify a notice and read it. The signature's age is measured in real time.

    :raises EventRefused: for a missing, wrong or stale signature, an endpoint without
        a secret, a notice of the other mode (live or test) and one that cannot be read.
    """
    secret = settings.STRIPE_WEBHOOK_SECRETS.get(endpoint, "")
    try:
        facts = _read(endpoint, body, header, secret)
    except stripe.SignatureVerificationError as problem:
        raise errors.EventRefused(
            _("The notice is not signed by Stripe for this endpoint.")
        ) from problem
    except UNREADABLE as problem:
        raise errors.EventRefused(_("The notice cannot be read.")) from problem
    if facts.payload.get("livemode") is not client.is_live():
        raise errors.EventRefused(_("The notice is of the other mode, live or test."))
    return facts


def list_events(*, created_after: datetime) -> Iterator[EventFacts]:
    """List the platform's own snapshot events since a moment, newest first.

    Stripe keeps them for 30 days. Those of connected accounts are not among them.
    """
    with client.answers() as connected:
        events = connected.v1.events.list(
            {
                "created": {"gte": int(created_after.timestamp())},
                "limit": client.PAGE_LENGTH,
            }
        )
        for event in events.auto_paging_iter():
            yield _snapshot("platform", event)


def _read(endpoint: Endpoint, body: bytes, header: str, secret: str) -> EventFacts:
    connected = client.connect()
    if endpoint == "v2":
        return _thin(
            connected.parse_event_notification(body, header, secret, TOLERANCE_SECONDS),
            body,
        )
    if endpoint in ENDPOINTS:
        return _snapshot(
            endpoint,
            connected.construct_event(body, header, secret, TOLERANCE_SECONDS),
        )
    raise LookupError(endpoint)


def _snapshot(endpoint: Endpoint, event: Any) -> EventFacts:
    payload = event.to_dict()
    changed = payload["data"]["object"]
    if payload["object"] != "event" or not isinstance(changed, dict):
        raise ValueError("not an event")
    return EventFacts(
        event_id=_text(payload["id"]),
        endpoint=endpoint,
        type=_text(payload["type"]),
        object_id=_text(changed["id"]) if "id" in changed else "",
        account=_optional_text(payload.get("account")),
        created_at=client.moment(payload["created"]),
        api_version=_optional_text(payload.get("api_version")),
        is_thin=False,
        payload=payload,
    )


def _thin(notification: Any, body: bytes) -> EventFacts:
    payload = json.loads(body)
    related = getattr(getattr(notification, "related_object", None), "id", None)
    return EventFacts(
        event_id=_text(notification.id),
        endpoint="v2",
        type=_text(notification.type),
        object_id=_text(related) if related else "",
        account=_optional_text(payload.get("context")),
        created_at=_aware(notification.created),
        api_version=None,
        is_thin=True,
        payload=payload,
    )


def _text(value: Any) -> str:
    """Accept an id or a type as a key of ours: short, and storable."""
    if not isinstance(value, str) or not 0 < len(value) <= ID_LIMIT:
        raise ValueError("not an id")
    if not (value.isascii() and value.isprintable()):
        raise ValueError("not an id")
    return value


def _optional_text(value: Any) -> str | None:
    return None if value is None else _text(value)


def _aware(written: str) -> datetime:
    parsed = datetime.fromisoformat(written)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
