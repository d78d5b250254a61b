import json

import pytest
import stripe

from tests.marketplace.sandbox.conftest import NOW


class Endpoint:
    """What the platform's webhook routes do, in the test's hands."""

    def __init__(self):
        self.status = 200
        self.got = []

    def __call__(self, endpoint, body, header):
        self.got.append((endpoint, body, header))
        return self.status


@pytest.fixture
def endpoint():
    return Endpoint()


@pytest.fixture
def world(make_world, endpoint):
    return make_world(
        deliver=endpoint,
        secrets={"platform": "whsec_p", "connect": "whsec_c", "v2": "whsec_v"},
    )


def pending(world):
    return world.control("GET", "pending")["deliveries"]


def test_each_kind_of_event_goes_to_its_endpoint(world):
    party = world.account()
    params = {"amount": 100, "currency": "eur", "destination": party}
    params["source_transaction"] = world.paid().id
    world.v1.transfers.create(params)
    world.advance(2 * 86_400)

    kinds = {(one["endpoint"], one["type"]) for one in pending(world)}

    assert ("v2", "v2.core.account[requirements].updated") in kinds
    assert ("platform", "checkout.session.completed") in kinds
    assert ("platform", "transfer.created") in kinds
    assert ("platform", "balance.available") in kinds
    assert ("connect", "balance.available") in kinds
    for one in pending(world):
        account = json.loads(one["body"]).get("account")
        assert (account == party) is (one["endpoint"] == "connect")


def test_snapshot_verifies_with_the_sdk_and_its_own_secret_only(world, monkeypatch):
    monkeypatch.setattr("time.time", lambda: float(NOW))
    world.paid()
    one = pending(world)[0]

    event = world.client.construct_event(
        one["body"].encode(), one["signature"], "whsec_p"
    )

    assert event.type == "payment_intent.created"
    assert event.api_version == "2026-10-28.endive"
    assert (event.livemode, event.pending_webhooks) == (False, 1)
    with pytest.raises(stripe.SignatureVerificationError):
        world.client.construct_event(one["body"].encode(), one["signature"], "whsec_c")


def test_thin_event_verifies_and_leads_to_its_account(world, monkeypatch):
    monkeypatch.setattr("time.time", lambda: float(NOW))
    party = world.account()
    one = pending(world)[-1]

    notice = world.client.parse_event_notification(
        one["body"].encode(), one["signature"], "whsec_v"
    )

    assert notice.related_object.id == party
    assert notice.fetch_related_object().id == party
    assert notice.fetch_event().data.updated_capability == "stripe_balance.payouts"


def test_event_of_a_request_names_it_and_its_key(world):
    params = {"amount": 1, "currency": "eur", "destination": world.account()}
    made = world.v1.transfers.create(params, {"idempotency_key": "k-1"})

    event = world.v1.events.list({"type": "transfer.created"}).data[0]

    assert event.data.object.id == made.id
    assert event.request.idempotency_key == "k-1"
    assert event.request.id == made.last_response.headers["Request-Id"]


def test_events_are_listed_by_type_wildcard_and_cursor(world):
    world.paid()
    events = world.v1.events

    assert len(events.list({"type": "payment_intent.*"}).data) == 2
    types = ["charge.succeeded", "charge.updated"]
    assert [one.type for one in events.list({"types": types}).data] == types[::-1]
    all_of_them = [one.id for one in events.list({"limit": 100}).data]
    paged = [one.id for one in events.list({"limit": 2}).auto_paging_iter()]
    assert paged == all_of_them
    with pytest.raises(stripe.InvalidRequestError, match="not both"):
        events.list({"type": "charge.*", "types": types})


def test_event_is_kept_as_it_was(world):
    session = world.session()
    world.pay(session)
    event = world.v1.events.list({"type": "payment_intent.created"}).data[0]

    assert event.data.object.status == "requires_payment_method"
    assert world.v1.events.retrieve(event.id).data.object.amount == 8_736


def test_nothing_is_delivered_by_itself(world, endpoint):
    world.paid()

    assert endpoint.got == []
    assert len(pending(world)) == 5


def test_taken_events_are_delivered_once(world, endpoint):
    world.paid()

    assert world.sandbox.deliver_pending() == 5
    assert world.sandbox.deliver_pending() == 0

    assert len(endpoint.got) == 5
    assert pending(world) == []


def test_refused_event_is_tried_again_with_growing_pauses_for_three_days(
    world, endpoint
):
    world.account(outcome=None)
    endpoint.status = 500
    tried = []
    for _ in range(400):
        before = len(endpoint.got)
        world.sandbox.deliver_pending()
        if len(endpoint.got) > before:
            tried.append(world.now - NOW)
        if not pending(world):
            break
        world.sandbox.clock.advance(900)

    waits = [later - earlier for earlier, later in zip(tried, tried[1:], strict=False)]
    assert waits == sorted(waits)
    assert tried[-1] <= 3 * 86_400
    assert len(tried) >= 10
    assert pending(world) == []


def test_event_of_a_long_jump_still_has_three_days_to_arrive(world, endpoint):
    world.session()
    world.advance(7 * 86_400)
    endpoint.status = 503

    world.sandbox.deliver_pending()
    assert [one["type"] for one in pending(world)] == ["checkout.session.expired"]
    endpoint.status = 200
    world.advance(10)
    assert world.sandbox.deliver_pending() == 1


def test_answer_told_to_the_sandbox_counts(world):
    world.account(outcome=None)
    one = pending(world)[0]

    assert world.control("POST", f"pending/{one['id']}", status=500)["state"] == (
        "pending"
    )
    assert world.control("POST", f"pending/{one['id']}", status=204)["state"] == "done"
    assert pending(world) == []


def test_dropped_events_are_never_delivered_and_stay_in_the_list(world, endpoint):
    world.control("POST", "deliveries/mode", mode="drop")
    world.paid()

    assert pending(world) == []
    assert world.sandbox.deliver_pending() == 0
    assert len(world.v1.events.list().data) == 5
    world.control("POST", "deliveries/mode", mode="hold")
    world.paid()
    assert len(pending(world)) == 5


def test_one_event_a_thousand_times(world, endpoint):
    world.paid()
    event = pending(world)[-1]["event_id"]

    sent = world.control("POST", "deliver", event=event, copies=1_000)["sent"]

    assert {one["status"] for one in sent} == {200}
    assert len({body for _, body, _ in endpoint.got}) == 1
    assert len(endpoint.got) == 1_000


def test_shuffle_is_another_order_of_the_same_events(world, endpoint):
    world.control("POST", "deliveries/mode", mode="hold")
    world.paid()
    world.paid()
    in_order = [one["event_id"] for one in pending(world)]

    sent = world.control("POST", "deliver", shuffle=7)["sent"]

    shuffled = [one["event_id"] for one in sent]
    assert shuffled != in_order
    assert sorted(shuffled) == sorted(in_order)


@pytest.mark.parametrize("sign", ["bad", "old", "none", "wrong_secret"])
def test_spoiled_signatures_do_not_verify_and_settle_nothing(
    world, endpoint, monkeypatch, sign
):
    monkeypatch.setattr("time.time", lambda: float(NOW))
    world.account(outcome=None)

    world.control("POST", "deliver", sign=sign)

    _, body, header = endpoint.got[0]
    with pytest.raises(stripe.SignatureVerificationError):
        world.client.parse_event_notification(body, header, "whsec_v")
    assert len(pending(world)) == 1


def test_event_of_another_api_version_is_signed_as_it_is(world, endpoint, monkeypatch):
    monkeypatch.setattr("time.time", lambda: float(NOW))
    world.paid()

    world.control("POST", "deliver", api_version="2020-01-01")

    _, body, header = endpoint.got[0]
    event = world.client.construct_event(body, header, "whsec_p")
    assert event.api_version == "2020-01-01"


def test_unknown_event_cannot_be_delivered(world, endpoint):
    with pytest.raises(AssertionError, match="No such event"):
        world.control("POST", "deliver", event="evt_none")


def test_event_that_is_kept_back_arrives_late_and_is_signed_then(
    world, endpoint, monkeypatch
):
    world.account(outcome=None)
    event = pending(world)[0]["event_id"]

    sent = world.control("POST", "deliver", event=event, delay=3_600)["sent"]

    assert [(one["event_id"], one["status"]) for one in sent] == [(event, None)]
    assert pending(world) == []
    world.advance(3_599)
    assert world.sandbox.deliver_pending() == 0
    world.advance(1)
    # The signature counts real time, in which an hour may have passed as well.
    monkeypatch.setattr(world.sandbox.clock, "_real", lambda: NOW + 3_600)
    monkeypatch.setattr("time.time", lambda: float(NOW + 3_600))
    assert world.sandbox.deliver_pending() == 1
    _, body, header = endpoint.got[0]
    assert header.startswith(f"t={NOW + 3_600},")
    assert world.client.parse_event_notification(body, header, "whsec_v").id == event
    assert world.sandbox.deliver_pending() == 0


def test_copies_of_an_event_taken_already_come_again_later(world, endpoint):
    world.account(outcome=None)
    event = pending(world)[0]["event_id"]
    assert world.sandbox.deliver_pending() == 1

    world.control("POST", "deliver", event=event, delay=60, copies=2)

    assert world.sandbox.deliver_pending() == 0
    world.advance(60)
    assert [one["event_id"] for one in pending(world)] == [event, event]
    assert world.sandbox.deliver_pending() == 2
    assert len(endpoint.got) == 3


def test_late_event_still_has_three_days_of_tries(world, endpoint):
    world.account(outcome=None)
    world.control("POST", "deliver", delay=7 * 86_400)
    world.advance(7 * 86_400)
    endpoint.status = 500

    world.sandbox.deliver_pending()

    assert len(pending(world)) == 1
    endpoint.status = 200
    world.advance(10)
    assert world.sandbox.deliver_pending() == 1


def test_next_notices_are_dropped_and_no_more(world, endpoint):
    world.control("POST", "deliveries/drop", next=3)

    world.paid()

    assert [one["type"] for one in pending(world)] == [
        "charge.updated",
        "checkout.session.completed",
    ]
    assert len(world.v1.events.list().data) == 5
    dropped = world.v1.events.list({"type": "charge.succeeded"}).data[0]
    world.control("POST", "deliver", event=dropped.id)
    assert [json.loads(body)["id"] for _, body, _ in endpoint.got] == [dropped.id]


def test_notices_are_handed_out_with_the_knobs_of_a_push(world):
    world.paid()
    first = pending(world)[0]

    found = world.control(
        "GET", "pending", event=first["event_id"], copies=2, sign="none"
    )["deliveries"]
    assert [(one["id"], one["signature"]) for one in found] == [(first["id"], "")] * 2
    older = world.control("GET", "pending", api_version="2020-01-01", shuffle=3)
    assert {json.loads(one["body"])["api_version"] for one in older["deliveries"]} == {
        "2020-01-01"
    }
    assert len(older["deliveries"]) == 5


@pytest.mark.parametrize(
    "knobs",
    [
        {"copies": 0},
        {"copies": 10_001},
        {"delay": -1},
        {"delay": 60, "sign": "bad"},
        {"sign": "upside down"},
        {"shuffle": "yes"},
        {"speed": 3},
    ],
)
def test_knobs_that_are_none_are_refused_and_push_nothing(world, endpoint, knobs):
    world.paid()

    with pytest.raises(AssertionError, match="error"):
        world.control("POST", "deliver", **knobs)

    assert endpoint.got == []
    assert len(pending(world)) == 5
    with pytest.raises(AssertionError, match="counts from 0"):
        world.control("POST", "deliveries/drop", next=-1)


def test_events_are_listed_for_thirty_days(world):
    session = world.session()
    world.v1.checkout.sessions.expire(session.id)
    event = world.v1.events.list().data[0]

    world.advance(30 * 86_400)
    assert [one.id for one in world.v1.events.list().data] == [event.id]
    world.advance(1)

    assert world.v1.events.list().data == []
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        world.v1.events.retrieve(event.id)
    assert refusal.value.code == "resource_missing"


def test_events_are_listed_by_moment_and_by_whether_they_were_taken(world, endpoint):
    world.paid()
    assert world.sandbox.deliver_pending() == 5
    first = world.now
    world.advance(60)
    world.v1.checkout.sessions.expire(world.session().id)
    events = world.v1.events

    for created, count in (
        ({"gte": first + 60}, 1),
        ({"gt": first, "lte": first + 60}, 1),
        ({"lt": first + 60}, 5),
        (first, 5),
        ({"gt": first + 60}, 0),
    ):
        assert len(events.list({"created": created}).data) == count
    (untaken,) = events.list({"delivery_success": False}).data
    assert untaken.type == "checkout.session.expired"
    assert len(events.list({"delivery_success": True}).data) == 5
