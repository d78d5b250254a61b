import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction
from django.test import Client

from marketplace.kit import jobs
from marketplace.kit.models import Outbox
from marketplace.webhooks.models import EventStatus, StripeEvent
from tests.marketplace.webhooks import notices

THIN = {
    "id": "evt_thin",
    "object": "v2.core.event",
    "type": "v2.core.account[requirements].updated",
    "created": "2026-11-21T12:00:00.000Z",
    "livemode": False,
    "related_object": {"id": "acct_1", "type": "v2.core.account", "url": "/v2/x"},
}


def nothing_is_kept():
    return StripeEvent.objects.count() == 0 and Outbox.objects.count() == 0


@pytest.mark.django_db
def test_signed_notice_is_kept_once_with_its_raw_body_and_promised(client):
    body = json.dumps(notices.event(account="acct_1"), indent=1).encode()
    assert notices.send(client, body, endpoint="connect") == 200
    event = StripeEvent.objects.get()
    assert (event.endpoint, event.event_id, event.type) == (
        "connect",
        "evt_1",
        "test.happened",
    )
    assert (event.object_id, event.account) == ("obj_1", "acct_1")
    assert event.api_version == "2026-10-28.endive"
    assert event.body == body.decode()
    assert event.is_polled is False
    assert (event.status, event.attempts) == (EventStatus.RECEIVED, 0)
    job = Outbox.objects.get()
    assert job.function == "marketplace.webhooks.tasks.process"
    assert job.arguments == {"stripe_event_id": event.pk}


@pytest.mark.django_db
def test_thin_notice_is_kept(client):
    assert notices.send(client, THIN, endpoint="v2") == 200
    event = StripeEvent.objects.get()
    assert (event.endpoint, event.object_id, event.api_version) == ("v2", "acct_1", "")


@pytest.mark.django_db
def test_repeated_notice_is_answered_200_and_kept_once(client):
    statuses = [notices.send(client, notices.event()) for _ in range(5)]
    assert statuses == [200] * 5
    assert StripeEvent.objects.count() == 1
    assert Outbox.objects.count() == 1


@pytest.mark.django_db
def test_same_id_on_two_endpoints_is_two_notices(client):
    notices.send(client, notices.event(), endpoint="platform")
    notices.send(client, notices.event(), endpoint="connect")
    assert StripeEvent.objects.count() == 2


@pytest.mark.django_db
def test_notice_of_an_older_version_is_kept_with_its_version(client):
    old = notices.event(api_version="2020-01-01")
    assert notices.send(client, old) == 200
    assert StripeEvent.objects.get().api_version == "2020-01-01"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "forged",
    [
        {"header": ""},
        {"header": "t=1,v1=abc"},
        {"header": "nonsense"},
        {"secret": "whsec_wrong"},
        {"secret": notices.SECRETS["connect"]},
        {"secret": notices.SECRETS["v2"]},
        {"age": 301},
    ],
    ids=["none", "bad", "unreadable", "wrong", "connect's", "v2's", "stale"],
)
def test_notice_that_is_not_signed_for_this_endpoint_is_400_and_not_kept(
    client, forged
):
    assert notices.send(client, notices.event(), **forged) == 400
    assert nothing_is_kept()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"[]", b"\xff\xfe", b'{"id": "evt_1"}']
)
@pytest.mark.parametrize("endpoint", ["platform", "connect", "v2"])
def test_malformed_body_is_400_and_not_kept(client, endpoint, body):
    assert notices.send(client, body, endpoint=endpoint) == 400
    assert nothing_is_kept()


@pytest.mark.django_db
def test_notice_of_live_mode_on_a_test_platform_is_400_and_not_kept(client):
    assert notices.send(client, notices.event(livemode=True)) == 400
    assert nothing_is_kept()


@pytest.mark.django_db
def test_endpoint_without_a_secret_is_400_and_keeps_nothing(client, settings):
    settings.STRIPE_WEBHOOK_SECRETS["platform"] = ""
    body = json.dumps(notices.event()).encode()
    header = notices.signed(body, secret="")
    assert notices.send(client, body, header=header) == 400
    assert nothing_is_kept()


@pytest.mark.django_db
def test_body_of_exactly_the_limit_is_read_and_one_byte_more_is_413(client):
    empty = len(json.dumps(notices.event(padding="")))
    padding = "x" * (256 * 1024 - empty)
    assert notices.send(client, notices.event("evt_2", padding=padding + "x")) == 413
    assert nothing_is_kept()
    assert notices.send(client, notices.event(padding=padding)) == 200
    assert StripeEvent.objects.count() == 1


@pytest.mark.django_db
def test_other_endpoint_is_404_and_get_is_405(client):
    assert notices.send(client, notices.event(), endpoint="other") == 404
    assert client.get("/stripe/webhook/platform").status_code == 405
    assert nothing_is_kept()


@pytest.mark.django_db
def test_no_csrf_token_is_asked_of_stripe():
    assert notices.send(Client(enforce_csrf_checks=True), notices.event()) == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_one_notice_a_thousand_times_at_once_is_kept_and_handled_once(handler):
    barrier = threading.Barrier(16)

    def deliver(count):
        barrier.wait()
        sender = Client()
        try:
            return [notices.send(sender, notices.event()) for _ in range(count)]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as threads:
        counts = [63] * 8 + [62] * 8
        statuses = [code for part in threads.map(deliver, counts) for code in part]
    assert statuses == [200] * 1000
    assert StripeEvent.objects.count() == 1
    assert Outbox.objects.count() == 1
    jobs.drain()
    assert handler.handled == ["evt_1"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_without_the_unique_constraint_one_notice_is_kept_twice():
    """Shows the harm: the look before the insert alone lets two deliveries through."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE webhooks_stripeevent DROP CONSTRAINT stripe_event_once"
        )
    try:
        looked = threading.Barrier(2)
        create = StripeEvent.objects.create

        def create_after_both_have_looked(**fields):
            looked.wait(10)
            return create(**fields)

        def deliver(_):
            try:
                return notices.send(Client(), notices.event())
            finally:
                connections.close_all()

        with (
            pytest.MonkeyPatch.context() as patch,
            ThreadPoolExecutor(2) as threads,
        ):
            patch.setattr(StripeEvent.objects, "create", create_after_both_have_looked)
            assert list(threads.map(deliver, range(2))) == [200, 200]
        assert StripeEvent.objects.count() == 2
    finally:
        StripeEvent.objects.all().delete()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE webhooks_stripeevent ADD CONSTRAINT stripe_event_once"
                " UNIQUE (endpoint, event_id)"
            )
