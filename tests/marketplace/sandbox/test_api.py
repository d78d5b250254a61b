import base64

import pytest
import stripe

from tests.marketplace.sandbox import client as hands


@pytest.mark.parametrize("key", ["sk_test_51ABC", "sk_live_1", "nonsense"])
def test_keys_that_are_not_the_sandboxs_are_401(world, key):
    client = hands.client_of(world.sandbox, key=key)

    with pytest.raises(stripe.AuthenticationError) as refusal:
        client.v1.balance.retrieve()

    assert refusal.value.http_status == 401
    assert key not in str(refusal.value)


def test_sandbox_with_a_key_of_its_own_takes_no_other(make_world):
    world = make_world(secret_key="sk_test_sandbox_own")

    with pytest.raises(stripe.AuthenticationError):
        world.v1.balance.retrieve()
    client = hands.client_of(world.sandbox, key="sk_test_sandbox_own")
    assert client.v1.balance.retrieve().livemode is False


def test_no_key_is_401(world):
    assert hands.get(world.sandbox, "/v1/balance").status == 401


def test_basic_authentication_works_too(world):
    token = base64.b64encode(f"{hands.KEY}:".encode()).decode()
    url = f"{hands.BASE}/v1/balance"

    for credentials, status in ((f"Basic {token}", 200), ("Basic %%%", 401)):
        headers = {"Authorization": credentials}
        answer = hands.send(world.sandbox, "GET", url, headers=headers)
        assert answer.status == status


@pytest.mark.parametrize("version", ["2020-08-27", "2026-09-30.endive"])
def test_other_api_versions_are_refused(world, version):
    client = hands.client_of(world.sandbox, version=version)

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.balance.retrieve()

    assert refusal.value.code == "invalid_api_version"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/setup_intents"),
        ("POST", "/v1/transfers/tr_1/cancel"),
        ("GET", "/v1/reviews"),
        ("POST", "/v1/payment_methods"),
        ("DELETE", "/v1/transfers/tr_1"),
        ("GET", "/v1/../v1/balance"),
        ("GET", "/v3/anything"),
    ],
)
def test_what_is_not_there_is_404(world, method, path):
    headers = {"Authorization": f"Bearer {hands.KEY}"}

    answer = hands.send(world.sandbox, method, hands.BASE + path, headers=headers)

    assert answer.status == 404


def test_parameters_in_the_url_of_a_post_are_refused(world):
    headers = {"Authorization": f"Bearer {hands.KEY}"}
    url = f"{hands.BASE}/v1/transfers?amount=1"

    answer = hands.send(world.sandbox, "POST", url, headers=headers)

    assert answer.status == 400
    assert "belong in its body" in answer.text


def test_body_that_is_too_large_is_refused(world):
    with pytest.raises(stripe.StripeError) as refusal:
        world.session(client_reference_id="x" * 1_000_001)

    assert refusal.value.http_status == 413


def test_bug_of_the_sandbox_changes_nothing_and_says_so(world, monkeypatch):
    party = world.account()
    monkeypatch.setattr(
        "marketplace.sandbox.events.deliveries.queue", lambda *given: 1 / 0
    )
    params = {"amount": 1, "currency": "eur", "destination": party}

    with pytest.raises(stripe.APIError) as failure:
        world.v1.transfers.create(params)

    assert failure.value.http_status == 500
    monkeypatch.undo()
    assert world.v1.transfers.list().data == []
    assert world.balance() == (1_000_000, 0)
    assert world.outcomes("/v1/transfers") == ["failed:500"]


def test_unexpected_field_of_an_answer_is_a_500_and_changes_nothing(world, monkeypatch):
    party = world.account()
    monkeypatch.setattr(
        "marketplace.sandbox.resources.transfers._group", lambda call, charge: 7
    )
    params = {"amount": 1, "currency": "eur", "destination": party}

    with pytest.raises(stripe.APIError, match="broke its own rules"):
        world.v1.transfers.create(params)

    assert world.balance() == (1_000_000, 0)
