import datetime
import json

import pytest

from marketplace import gateway
from marketplace.kit.models import Outbox
from marketplace.webhooks.models import PollMark, StripeEvent
from marketplace.webhooks.services import inbox
from tests.marketplace.gateway import stub as stub_module
from tests.marketplace.webhooks import notices

AT = datetime.datetime(2026, 11, 21, 12, 0, tzinfo=datetime.UTC)
DAY_BEFORE = 1795176000


@pytest.fixture
def listing(settings, monkeypatch):
    """Let Stripe list the events a test puts in `answer`."""
    answering = stub_module.Stub(answer=listed())
    monkeypatch.setattr(stub_module, "current", answering)
    settings.STRIPE_WSGI_APP = stub_module.NAME
    return answering


def listed(*events):
    return {
        "object": "list",
        "data": list(events),
        "has_more": False,
        "url": "/v1/events",
    }


@pytest.mark.django_db
def test_event_that_was_never_delivered_is_found_and_promised(listing, handler):
    missing = notices.event("evt_lost")
    listing.answer = listed(missing)
    assert inbox.poll(at=AT) == 1
    event = StripeEvent.objects.get()
    assert (event.endpoint, event.event_id, event.is_polled) == (
        "platform",
        "evt_lost",
        True,
    )
    assert json.loads(event.body) == missing
    assert Outbox.objects.get().arguments == {"stripe_event_id": event.pk}
    assert listing.asked[0]["QUERY_STRING"] == f"created[gte]={DAY_BEFORE}&limit=100"


@pytest.mark.django_db
def test_event_that_was_delivered_is_not_kept_again(listing, handler, client):
    notices.send(client, notices.event())
    listing.answer = listed(notices.event(), notices.event("evt_2"))
    assert inbox.poll(at=AT) == 1
    assert inbox.poll(at=AT) == 0
    assert set(StripeEvent.objects.values_list("event_id", "is_polled")) == {
        ("evt_1", False),
        ("evt_2", True),
    }
    assert Outbox.objects.count() == 2


@pytest.mark.django_db
def test_delivery_after_the_poll_is_answered_200_and_kept_once(
    listing, handler, client
):
    listing.answer = listed(notices.event())
    inbox.poll(at=AT)
    assert notices.send(client, notices.event()) == 200
    assert StripeEvent.objects.get().is_polled is True


@pytest.mark.django_db
def test_event_nobody_handles_is_not_fetched_into_the_inbox(listing, handler):
    listing.answer = listed(notices.event(type="invoice.created"))
    assert inbox.poll(at=AT) == 0
    assert StripeEvent.objects.count() == 0


@pytest.mark.django_db
def test_next_poll_begins_a_quarter_of_an_hour_before_the_mark(listing, handler):
    inbox.poll(at=AT)
    assert PollMark.objects.get().read_until == AT
    inbox.poll(at=AT + datetime.timedelta(minutes=10))
    query = listing.asked[-1]["QUERY_STRING"]
    assert query == f"created[gte]={DAY_BEFORE + 86400 - 900}&limit=100"


@pytest.mark.django_db
def test_poll_that_fails_leaves_the_mark_where_it_was(listing, handler):
    inbox.poll(at=AT)
    listing.refuse(500, "api_error", "api_error")
    with pytest.raises(gateway.OutcomeUnknown):
        inbox.poll(at=AT + datetime.timedelta(hours=1))
    assert PollMark.objects.get().read_until == AT
