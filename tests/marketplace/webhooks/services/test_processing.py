import datetime

import pytest
from django.db import connection

from marketplace import gateway
from marketplace.kit import jobs
from marketplace.kit.models import AuditEvent, Outbox
from marketplace.webhooks import handlers
from marketplace.webhooks.models import EventStatus, StripeEvent
from marketplace.webhooks.services import processing

AT = datetime.datetime(2026, 11, 21, 12, 0, tzinfo=datetime.UTC)


def received(event_id="evt_1", **more):
    return StripeEvent.objects.create(
        **{
            "endpoint": "platform",
            "event_id": event_id,
            "type": "test.happened",
            "object_id": "obj_1",
            "body": "{}",
            "is_polled": False,
            "received_at": AT,
        }
        | more
    )


def process(event, at=AT):
    status = processing.process(stripe_event_id=event.pk, at=at)
    event.refresh_from_db()
    return status


@pytest.mark.django_db
def test_handled_event_is_done(handler):
    event = received()
    assert process(event) == EventStatus.DONE
    assert (event.status, event.attempts, event.handled_at) == ("done", 1, AT)
    assert event.next_attempt_at is None
    assert handler.handled == ["evt_1"]


@pytest.mark.django_db
def test_done_event_is_not_handled_again(handler):
    event = received()
    process(event)
    assert process(event) is None
    assert handler.handled == ["evt_1"]
    assert event.attempts == 1


@pytest.mark.django_db
def test_event_of_a_type_nobody_handles_is_ignored(handler):
    event = received(type="invoice.created")
    assert process(event) == EventStatus.IGNORED
    assert (event.status, event.handled_at) == ("ignored", AT)
    assert handler.handled == []


@pytest.mark.django_db
def test_event_about_nothing_of_ours_is_ignored(handler):
    handler.outcome = handlers.Outcome.NOT_OURS
    event = received()
    assert process(event) == EventStatus.IGNORED


@pytest.mark.django_db
@pytest.mark.parametrize(
    "reason", [gateway.OutcomeUnknown("no answer"), ZeroDivisionError("0")]
)
def test_event_that_cannot_be_handled_yet_is_put_off_for_five_seconds(handler, reason):
    handler.raises = reason
    event = received()
    assert process(event) == EventStatus.DEFERRED
    assert event.next_attempt_at == AT + datetime.timedelta(seconds=5)
    assert event.handled_at is None
    assert event.last_error == f"{type(reason).__name__}: {reason}"


@pytest.mark.django_db
def test_event_put_off_is_tried_when_due_and_then_done(handler):
    handler.raises = gateway.OutcomeUnknown("no answer")
    event = received()
    process(event)
    assert processing.retry_due(at=AT + datetime.timedelta(seconds=4)) == 0
    handler.raises = None
    assert processing.retry_due(at=AT + datetime.timedelta(seconds=5)) == 1
    event.refresh_from_db()
    assert (event.status, event.attempts, event.last_error) == ("done", 2, "")


@pytest.mark.django_db
def test_poison_event_is_tried_ten_times_and_is_then_dead_and_others_flow(handler):
    poison = received("evt_poison", type="poison")
    handlers.HANDLERS["poison"] = _poisoned
    waits = []
    at = AT
    for _ in range(9):
        assert process(poison, at) == EventStatus.DEFERRED
        waits.append(poison.next_attempt_at - at)
        other = received(f"evt_{len(waits)}")
        assert process(other, at) == EventStatus.DONE
        at = poison.next_attempt_at
    assert process(poison, at) == EventStatus.DEAD
    assert (poison.attempts, poison.handled_at) == (10, at)
    assert poison.last_error == "RuntimeError: poison"
    assert [wait.total_seconds() for wait in waits] == [
        *(5, 30, 120, 600, 3600, 4 * 3600, 12 * 3600, 24 * 3600, 24 * 3600)
    ]
    assert sum(waits, datetime.timedelta()) < datetime.timedelta(days=3)
    assert processing.retry_due(at=at + datetime.timedelta(days=30)) == 0
    assert len(handler.handled) == 9


def _poisoned(*, event, at):
    raise RuntimeError("poison")


@pytest.mark.django_db
def test_event_being_tried_is_left_alone_until_its_lease_has_ended(handler):
    event = received()
    claimed = processing._claim(event.pk, AT)
    assert claimed.attempts == 1
    assert process(event, AT + datetime.timedelta(seconds=119)) is None
    assert handler.handled == []
    assert process(event, AT + datetime.timedelta(seconds=120)) == EventStatus.DONE
    assert event.attempts == 2


@pytest.mark.django_db(transaction=True)
def test_handler_runs_outside_any_transaction(handler, monkeypatch):
    seen = []

    def look(*, event, at):
        seen.append(connection.in_atomic_block)
        return handlers.Outcome.APPLIED

    monkeypatch.setattr(handlers, "HANDLERS", {"test.happened": look})
    process(received())
    assert seen == [False]


@pytest.mark.django_db
def test_dead_event_is_replayed_with_all_its_attempts(handler):
    event = received(status="dead", attempts=10, handled_at=AT, last_error="broken")
    later = AT + datetime.timedelta(days=1)
    processing.replay(stripe_event_id=event.pk, actor="7", at=later)
    event.refresh_from_db()
    assert (event.status, event.attempts, event.handled_at) == ("received", 0, None)
    audit = AuditEvent.objects.get()
    assert (audit.actor, audit.action, audit.reference, audit.at) == (
        "7",
        "replay_stripe_event",
        "evt_1",
        later,
    )
    jobs.drain()
    event.refresh_from_db()
    assert (event.status, event.attempts) == ("done", 1)


@pytest.mark.django_db
def test_open_event_cannot_be_replayed_and_nothing_changes(handler):
    event = received(status="deferred", attempts=3)
    with pytest.raises(processing.StillOpen):
        processing.replay(stripe_event_id=event.pk, actor="7", at=AT)
    event.refresh_from_db()
    assert (event.status, event.attempts) == ("deferred", 3)
    assert AuditEvent.objects.count() == Outbox.objects.count() == 0
