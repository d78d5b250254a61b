import http.server
import threading

import pytest
import stripe

from tests.marketplace.sandbox.conftest import NOW

URL = "https://shop.test/hook"


def make(world, **more):
    params = {"url": URL, "enabled_events": ["*"], **more}
    return world.v1.webhook_endpoints.create(params)


def waiting(world, endpoint):
    found = world.control("GET", "pending")["deliveries"]
    return [one for one in found if one["endpoint"] == endpoint.id]


def test_endpoint_gets_the_events_it_asked_for_signed_with_its_own_secret(
    world, monkeypatch
):
    monkeypatch.setattr("time.time", lambda: float(NOW))
    everything = make(world)
    some = make(world, enabled_events=["charge.succeeded"], description="Charges")
    connected = make(world, connect=True)

    world.paid()

    assert len(waiting(world, everything)) == 5
    assert waiting(world, connected) == []
    (notice,) = waiting(world, some)
    event = world.client.construct_event(
        notice["body"].encode(), notice["signature"], some.secret
    )
    assert event.type == "charge.succeeded"
    for secret in (everything.secret, "whsec_sandbox_platform"):
        with pytest.raises(stripe.SignatureVerificationError):
            world.client.construct_event(
                notice["body"].encode(), notice["signature"], secret
            )


def test_endpoint_for_connected_accounts_gets_theirs(world):
    connected = make(world, connect=True)
    params = {"amount": 100, "currency": "eur", "destination": world.account()}
    charge = world.paid()
    world.v1.transfers.create({**params, "source_transaction": charge.id})

    world.advance(3 * 86_400)

    assert [one["type"] for one in waiting(world, connected)] == [
        "account.external_account.created",
        "balance.available",
        "payout.created",
        "payout.reconciliation_completed",
        "payout.updated",
    ]


def test_secret_is_told_once(world):
    made = make(world, metadata={"place": "warehouse"})

    assert made.secret.startswith("whsec_")
    assert (made.status, made.api_version) == ("enabled", "2026-10-28.endive")
    known = world.v1.webhook_endpoints.retrieve(made.id)
    assert (known.secret, known.metadata.place, known.url) == (None, "warehouse", URL)
    listed = world.v1.webhook_endpoints.list().data
    assert [(one.id, one.secret) for one in listed] == [(made.id, None)]


def test_deleted_endpoint_gets_nothing_more(world):
    made = make(world)
    world.paid()

    gone = world.v1.webhook_endpoints.delete(made.id)

    assert (gone.id, gone.deleted) == (made.id, True)
    assert waiting(world, made) == []
    world.paid()
    assert waiting(world, made) == []
    assert world.v1.webhook_endpoints.list().data == []
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        world.v1.webhook_endpoints.delete(made.id)
    assert refusal.value.http_status == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "shop.test/hook"},
        {"enabled_events": []},
        {"enabled_events": ["charge.exploded"]},
        {"api_version": "2020-08-27"},
    ],
)
def test_malformed_endpoints_are_refused(world, wrong):
    with pytest.raises(stripe.InvalidRequestError):
        make(world, **wrong)

    assert world.v1.webhook_endpoints.list().data == []


def test_there_is_room_for_sixteen(world):
    for _ in range(16):
        make(world)

    with pytest.raises(stripe.InvalidRequestError, match="maximum of 16"):
        make(world)


@pytest.mark.http
def test_endpoint_is_called_at_its_own_address(world):
    got = []

    class Taker(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            got.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *given):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Taker) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        made = make(world, url=f"http://127.0.0.1:{server.server_port}/in")
        world.paid()
        assert world.sandbox.deliver_pending() == 5
        server.shutdown()

    assert got == ["/in"] * 5
    assert waiting(world, made) == []
