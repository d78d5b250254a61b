import pytest
import stripe

from tests.marketplace.sandbox import client as hands

KEY = {"idempotency_key": "tests:trf:1:1"}


@pytest.fixture
def params(world):
    return {"amount": 618, "currency": "eur", "destination": world.account()}


def arm(world, do, **more):
    return world.control("POST", "fault", match="POST /v1/transfers", do=do, **more)


def test_timeout_after_commit_did_the_work(world, params):
    arm(world, "timeout_after_commit")

    with pytest.raises(stripe.APIConnectionError):
        world.v1.transfers.create(params, KEY)

    assert world.balance() == (999_382, 0)
    again = world.v1.transfers.create(params, KEY)
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert world.balance() == (999_382, 0)
    lines = [one for one in world.journal() if one["path"] == "/v1/transfers"]
    assert [line["outcome"] for line in lines] == ["executed", "replayed"]
    assert lines[0]["fault"] == "timeout_after_commit"
    assert lines[0]["object_id"] == again.id
    assert "fault" not in lines[1]


def test_timeout_before_did_nothing(world, params):
    arm(world, "timeout_before")

    with pytest.raises(stripe.APIConnectionError):
        world.v1.transfers.create(params, KEY)

    assert world.balance() == (1_000_000, 0)
    assert world.v1.transfers.create(params, KEY).amount == 618
    assert world.outcomes("/v1/transfers") == ["failed:timeout_before", "executed"]


def test_500_after_did_the_work_and_keeps_the_500(world, params):
    arm(world, "500_after")
    for _ in range(2):
        with pytest.raises(stripe.APIError) as failure:
            world.v1.transfers.create(params, KEY)
        assert failure.value.http_status == 500

    assert [one.amount for one in world.v1.transfers.list().data] == [618]
    lines = [one for one in world.journal() if one["path"] == "/v1/transfers"]
    assert [line["outcome"] for line in lines] == ["executed", "replayed"]
    assert lines[0]["fault"] == "500_after"


@pytest.mark.parametrize(
    ("do", "code"), [("429", "rate_limit"), ("lock_timeout", "lock_timeout")]
)
def test_too_busy_did_nothing_and_keeps_nothing(world, params, do, code):
    arm(world, do)

    with pytest.raises(stripe.RateLimitError) as refusal:
        world.v1.transfers.create(params, KEY)

    assert refusal.value.json_body["error"]["code"] == code
    assert world.v1.transfers.create(params, KEY).amount == 618
    assert world.outcomes("/v1/transfers") == [f"refused:{code}", "executed"]


def test_nth_and_times_choose_the_calls(world, params):
    arm(world, "429", nth=2, times=2)
    answers = []
    for _ in range(5):
        try:
            world.v1.transfers.create(params)
            answers.append("executed")
        except stripe.RateLimitError:
            answers.append("429")

    assert answers == ["executed", "429", "429", "executed", "executed"]
    fault = world.control("GET", "faults")["faults"][0]
    assert (fault["armed"], fault["hit"]) == (False, 2)


def test_other_calls_are_not_hit(world, params):
    arm(world, "500_before")

    assert world.v1.transfers.list().data == []
    assert world.session().status == "open"
    fault = world.control("GET", "faults")["faults"][0]
    assert (fault["armed"], fault["hit"]) == (True, 0)


def test_star_matches_any_id(world):
    session = world.session()
    match = "POST /v1/checkout/sessions/*/expire"
    world.control("POST", "fault", match=match, do="timeout_after_commit")

    with pytest.raises(stripe.APIConnectionError):
        world.v1.checkout.sessions.expire(session.id)

    assert world.v1.checkout.sessions.retrieve(session.id).status == "expired"


def test_reading_can_be_lost_too(world):
    session = world.session()
    match = "GET /v1/checkout/sessions/*"
    world.control("POST", "fault", match=match, do="timeout_before")

    with pytest.raises(stripe.APIConnectionError):
        world.v1.checkout.sessions.retrieve(session.id)

    assert world.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_faults_can_be_cleared(world, params):
    arm(world, "500_before")
    world.control("DELETE", "faults")

    assert world.v1.transfers.create(params).amount == 618
    assert world.control("GET", "faults") == {"faults": []}


@pytest.mark.parametrize(
    "asked",
    [
        {"match": "POST /v1/transfers", "do": "explode"},
        {"match": "POST /v1/transfers", "do": "slow:"},
        {"match": "/v1/transfers", "do": "429"},
        {"match": "POST /v1/transfers", "do": "429", "times": 0},
        {"match": "POST /v1/transfers", "do": "429", "nth": "1"},
        {},
    ],
)
def test_malformed_faults_are_refused(world, asked):
    url = f"{hands.BASE}/_sandbox/fault"
    body = hands.json.dumps(asked).encode()

    answer = hands.send(world.sandbox, "POST", url, body=body)

    assert answer.status == 400
    assert world.control("GET", "faults") == {"faults": []}


def test_fault_of_a_header_hits_that_call(world, params):
    lost = {**KEY, "headers": {"Sandbox-Fault": "timeout_after_commit"}}

    with pytest.raises(stripe.APIConnectionError):
        world.v1.transfers.create(params, lost)

    assert world.v1.transfers.create(params, KEY).amount == 618
    assert world.outcomes("/v1/transfers") == ["executed", "replayed"]


def test_fault_of_a_header_that_does_not_exist_is_refused(world, params):
    with pytest.raises(stripe.InvalidRequestError, match="no fault 'explode'"):
        world.v1.transfers.create(
            params, {**KEY, "headers": {"Sandbox-Fault": "explode"}}
        )

    assert world.v1.transfers.list().data == []
    assert world.v1.transfers.create(params, KEY).amount == 618


def test_slow_call_waits_and_then_does_the_work(world, params, monkeypatch):
    slept = []
    monkeypatch.setattr("marketplace.sandbox.api.time.sleep", slept.append)
    arm(world, "slow:2.5")

    assert world.v1.transfers.create(params, KEY).amount == 618

    assert 2.5 in slept


@pytest.mark.parametrize("do", ["500_before", "500_after"])
def test_reading_can_meet_a_server_error(world, do):
    session = world.session()
    world.control("POST", "fault", match="GET /v1/checkout/sessions/*", do=do)

    with pytest.raises(stripe.APIError):
        world.v1.checkout.sessions.retrieve(session.id)

    assert world.v1.checkout.sessions.retrieve(session.id).status == "open"


@pytest.mark.parametrize("do", ["500_before", "500_after"])
def test_server_error_of_a_call_without_a_key_keeps_nothing(world, params, do):
    headers = {
        "Authorization": f"Bearer {hands.KEY}",
        "Sandbox-Fault": do,
    }
    body = f"amount=618&currency=eur&destination={params['destination']}".encode()

    answer = hands.send(
        world.sandbox,
        "POST",
        f"{hands.BASE}/v1/transfers",
        headers=headers,
        body=body,
    )

    assert answer.status == 500
    assert len(world.v1.transfers.list().data) == (1 if do == "500_after" else 0)
