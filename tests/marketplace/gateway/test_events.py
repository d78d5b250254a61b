import datetime
import hashlib
import hmac
import json
import time

import pytest

from marketplace import gateway

SECRETS = {"platform": "whsec_p", "connect": "whsec_c", "v2": "whsec_v"}

SNAPSHOT = {
    "id": "evt_1",
    "object": "event",
    "type": "checkout.session.completed",
    "api_version": "2026-10-28.endive",
    "created": 1795262400,
    "livemode": False,
    "data": {"object": {"id": "cs_1", "object": "checkout.session"}},
}
THIN = {
    "id": "evt_2",
    "object": "v2.core.event",
    "type": "v2.core.account[requirements].updated",
    "created": "2026-11-21T12:00:00.000Z",
    "livemode": False,
    "context": None,
    "related_object": {
        "id": "acct_1",
        "type": "v2.core.account",
        "url": "/v2/core/accounts/acct_1",
    },
}


def signed(body: bytes, *, secret: str, age: int = 0) -> str:
    at = int(time.time()) - age
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


@pytest.fixture(autouse=True)
def secrets(settings):
    settings.STRIPE_WEBHOOK_SECRETS = dict(SECRETS)


def parsed(endpoint, event, **header):
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    header = {"secret": SECRETS.get(endpoint, "x")} | header
    return gateway.parse_event(
        endpoint=endpoint, body=body, header=signed(body, **header)
    )


def test_snapshot_event_is_read():
    assert parsed("platform", SNAPSHOT) == gateway.EventFacts(
        event_id="evt_1",
        endpoint="platform",
        type="checkout.session.completed",
        object_id="cs_1",
        account=None,
        created_at=datetime.datetime(2026, 11, 21, 12, 0, tzinfo=datetime.UTC),
        api_version="2026-10-28.endive",
        is_thin=False,
        payload=SNAPSHOT,
    )


def test_event_of_a_connected_account_names_it():
    event = SNAPSHOT | {"type": "payout.paid", "account": "acct_1"}
    assert parsed("connect", event).account == "acct_1"


def test_thin_event_is_read():
    assert parsed("v2", THIN) == gateway.EventFacts(
        event_id="evt_2",
        endpoint="v2",
        type="v2.core.account[requirements].updated",
        object_id="acct_1",
        account=None,
        created_at=datetime.datetime(2026, 11, 21, 12, 0, tzinfo=datetime.UTC),
        api_version=None,
        is_thin=True,
        payload=THIN,
    )


def test_thin_event_of_a_type_the_sdk_does_not_know_is_read():
    assert parsed("v2", THIN | {"type": "v2.core.new.thing"}).object_id == "acct_1"


def test_object_without_an_id_has_an_empty_one():
    event = SNAPSHOT | {
        "type": "balance.available",
        "data": {"object": {"object": "balance"}},
    }
    assert parsed("platform", event).object_id == ""


def test_event_of_an_older_version_is_kept_with_its_version():
    facts = parsed("platform", SNAPSHOT | {"api_version": "2020-01-01"})
    assert facts.api_version == "2020-01-01"


def test_signature_of_a_replaced_secret_beside_the_right_one_is_accepted():
    body = json.dumps(SNAPSHOT).encode()
    header = signed(body, secret="whsec_p") + ",v1=" + "0" * 64
    facts = gateway.parse_event(endpoint="platform", body=body, header=header)
    assert facts.event_id == "evt_1"


def test_signature_is_checked_on_real_time_up_to_300_seconds():
    assert parsed("platform", SNAPSHOT, age=290).event_id == "evt_1"
    with pytest.raises(gateway.EventRefused):
        parsed("platform", SNAPSHOT, age=310)


@pytest.mark.parametrize("other", ["connect", "v2"])
def test_secret_of_another_endpoint_is_refused(other):
    with pytest.raises(gateway.EventRefused):
        parsed("platform", SNAPSHOT, secret=SECRETS[other])


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1",
        "v1=abc",
        "t=now,v1=abc",
        "t=1,v1=ö",
        "t=" + "9" * 5000 + ",v1=a",
        ",=,=",
    ],
)
def test_unusable_header_is_refused(header):
    with pytest.raises(gateway.EventRefused):
        gateway.parse_event(
            endpoint="platform", body=json.dumps(SNAPSHOT).encode(), header=header
        )


def test_empty_secret_refuses_everything(settings):
    settings.STRIPE_WEBHOOK_SECRETS = {"platform": "", "connect": " ", "v2": ""}
    for endpoint, event in (
        ("platform", SNAPSHOT),
        ("connect", SNAPSHOT),
        ("v2", THIN),
    ):
        with pytest.raises(gateway.EventRefused):
            parsed(endpoint, event, secret=settings.STRIPE_WEBHOOK_SECRETS[endpoint])


def test_unknown_endpoint_is_refused(settings):
    settings.STRIPE_WEBHOOK_SECRETS["other"] = "x"
    with pytest.raises(gateway.EventRefused):
        parsed("other", SNAPSHOT)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"7",
        b"\xff\xfe",
        b'{"object": "event"}',
        json.dumps(SNAPSHOT | {"id": 7}).encode(),
        json.dumps(SNAPSHOT | {"id": ""}).encode(),
        json.dumps(SNAPSHOT | {"id": "evt_\0"}).encode(),
        json.dumps(SNAPSHOT | {"id": "evt_\ud800"}).encode(),
        json.dumps(SNAPSHOT | {"id": "e" * 256}).encode(),
        json.dumps(SNAPSHOT | {"type": None}).encode(),
        json.dumps(SNAPSHOT | {"data": []}).encode(),
        json.dumps(SNAPSHOT | {"data": {"object": "cs_1"}}).encode(),
        json.dumps(SNAPSHOT | {"created": "today"}).encode(),
        json.dumps(SNAPSHOT | {"created": 10**30}).encode(),
        json.dumps(SNAPSHOT | {"object": "charge"}).encode(),
        json.dumps(SNAPSHOT | {"account": {}}).encode(),
        json.dumps({k: v for k, v in SNAPSHOT.items() if k != "livemode"}).encode(),
        b"[" * 100_000,
    ],
)
@pytest.mark.parametrize("endpoint", ["platform", "v2"])
def test_body_that_is_no_event_is_refused_even_when_signed(endpoint, body):
    with pytest.raises(gateway.EventRefused):
        parsed(endpoint, body)


@pytest.mark.parametrize(
    "event",
    [
        THIN | {"related_object": None},
        THIN | {"related_object": {"id": 7, "type": "x", "url": "x"}},
        THIN | {"created": "today"},
        THIN | {"created": 1795262400},
        THIN | {"id": None},
    ],
)
def test_broken_thin_event_is_refused_even_when_signed(event):
    with pytest.raises(gateway.EventRefused):
        parsed("v2", event)


def test_snapshot_on_the_thin_endpoint_and_the_reverse_are_refused():
    with pytest.raises(gateway.EventRefused):
        parsed("v2", SNAPSHOT)
    with pytest.raises(gateway.EventRefused):
        parsed("platform", THIN)


@pytest.mark.parametrize(("endpoint", "event"), [("platform", SNAPSHOT), ("v2", THIN)])
def test_event_of_the_other_mode_is_refused(settings, endpoint, event):
    with pytest.raises(gateway.EventRefused, match="other mode"):
        parsed(endpoint, event | {"livemode": True})
    settings.STRIPE_WSGI_APP = settings.STRIPE_API_BASE = ""
    settings.STRIPE_SECRET_KEY = "sk_live_1"
    with pytest.raises(gateway.EventRefused, match="other mode"):
        parsed(endpoint, event)
    assert parsed(endpoint, event | {"livemode": True}).payload["livemode"] is True


def test_changed_body_is_refused():
    body = json.dumps(SNAPSHOT).encode()
    header = signed(body, secret="whsec_p")
    with pytest.raises(gateway.EventRefused):
        gateway.parse_event(
            endpoint="platform", body=body.replace(b"cs_1", b"cs_2"), header=header
        )
