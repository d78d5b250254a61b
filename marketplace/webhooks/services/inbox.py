"""Notices come in: pushed and verified, or found by asking. Each is kept once."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.db import IntegrityError, transaction

from marketplace import gateway
from marketplace.kit import jobs
from marketplace.webhooks import handlers
from marketplace.webhooks.models import PollMark, StripeEvent

PROCESS = "marketplace.webhooks.tasks.process"
FIRST_LOOK_BACK = timedelta(days=1)
# Stripe may list an event a little after the moment it carries.
OVERLAP = timedelta(minutes=15)
BATCH = 100


def receive(
    *, endpoint: gateway.Endpoint, body: bytes, header: str, at: datetime
) -> bool:
    """Verify a pushed notice, keep it and promise its handling.

    Returns whether it is new; a repeated notice changes nothing.

    :raises EventRefused: when it is not Stripe's or cannot be read; nothing is kept.
    """
    facts = gateway.parse_event(endpoint=endpoint, body=body, header=header)
    return _keep(facts, body=body.decode(), is_polled=False, at=at)


def poll(*, at: datetime, since: datetime | None = None) -> int:
    """Ask Stripe for the platform's events since the last look, or since an earlier
    moment; returns how many were missing here.

    The mark moves only after a whole pass, so a pass that fails is repeated.

    :raises GatewayError: when Stripe cannot be read; what was found so far is kept.
    """
    mark = PollMark.objects.filter(pk=1).first()
    last = mark.read_until - OVERLAP if mark else at - FIRST_LOOK_BACK
    since = min(since, last) if since else last
    found = 0
    for batch in _batches(gateway.list_events(created_after=since)):
        known = set(
            StripeEvent.objects.filter(
                endpoint="platform", event_id__in=[facts.event_id for facts in batch]
            ).values_list("event_id", flat=True)
        )
        for facts in batch:
            if facts.type in handlers.HANDLERS and facts.event_id not in known:
                found += _keep(
                    facts, body=json.dumps(facts.payload), is_polled=True, at=at
                )
    PollMark.objects.update_or_create(pk=1, defaults={"read_until": at})
    return found


def _keep(
    facts: gateway.EventFacts, *, body: str, is_polled: bool, at: datetime
) -> bool:
    """Insert the row and the promise together, or find that they are there already."""
    identity = {"endpoint": facts.endpoint, "event_id": facts.event_id}
    if StripeEvent.objects.filter(**identity).exists():
        return False
    try:
        with transaction.atomic():
            event = StripeEvent.objects.create(
                **identity,
                type=facts.type,
                object_id=facts.object_id,
                account=facts.account or "",
                api_version=facts.api_version or "",
                body=body,
                is_polled=is_polled,
                received_at=at,
            )
            jobs.enqueue(PROCESS, stripe_event_id=event.pk)
    except IntegrityError:
        # Another delivery of the same notice committed between the look and the insert.
        return False
    return True


def _batches(
    events: Iterable[gateway.EventFacts],
) -> Iterator[list[gateway.EventFacts]]:
    remaining = iter(events)
    while batch := list(islice(remaining, BATCH)):
        yield batch
