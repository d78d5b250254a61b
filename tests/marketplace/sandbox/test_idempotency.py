import threading

import pytest
import stripe

KEY = {"idempotency_key": "tests:trf:1:1"}


def params_of(world, party=None, **more):
    return {
        "amount": 618,
        "currency": "eur",
        "destination": party or world.account(),
        **more,
    }


def test_same_key_gives_the_same_answer_and_executes_once(world):
    params = params_of(world)

    first = world.v1.transfers.create(params, KEY)
    second = world.v1.transfers.create(params, KEY)

    assert second.to_dict() == first.to_dict()
    assert second.last_response.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert world.balance() == (999_382, 0)
    assert world.outcomes("/v1/transfers") == ["executed", "replayed"]


def test_same_key_with_other_parameters_is_refused(world):
    params = params_of(world)
    world.v1.transfers.create(params, KEY)

    with pytest.raises(stripe.IdempotencyError) as refusal:
        world.v1.transfers.create({**params, "amount": 619}, KEY)

    assert refusal.value.http_status == 400
    assert world.balance() == (999_382, 0)
    assert world.outcomes("/v1/transfers") == ["executed", "refused:idempotency_error"]


def test_same_key_on_another_call_is_refused(world):
    world.v1.transfers.create(params_of(world), KEY)

    with pytest.raises(stripe.IdempotencyError):
        world.session(key=KEY["idempotency_key"])


def test_keys_of_different_accounts_do_not_meet(world):
    party = world.account()
    manual = {"payments": {"payouts": {"schedule": {"interval": "manual"}}}}
    world.v1.balance_settings.update(manual, {**KEY, "stripe_account": party})

    here = world.v1.balance_settings.update(manual, KEY)

    assert "Idempotent-Replayed" not in here.last_response.headers


def test_key_is_forgotten_after_24_hours(world):
    params = params_of(world)
    first = world.v1.transfers.create(params, KEY)
    world.advance(86_399)
    assert world.v1.transfers.create(params, KEY).id == first.id
    world.advance(1)

    assert world.v1.transfers.create(params, KEY).id != first.id
    assert world.outcomes("/v1/transfers") == ["executed", "replayed", "executed"]


def test_refusal_of_the_endpoint_is_kept_under_the_key(world):
    params = params_of(world, amount=1_008_000)
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            world.v1.transfers.create(params, KEY)
        assert refusal.value.code == "balance_insufficient"

    world.pay(world.session(), "4000000000000077")
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        world.v1.transfers.create(params, KEY)

    assert refusal.value.headers["Idempotent-Replayed"] == "true"
    assert world.v1.transfers.create(params).amount == 1_008_000


@pytest.mark.parametrize("wrong", [{"colour": "red"}, {"amount": 0}])
def test_nothing_is_kept_for_parameters_that_fail_validation(world, wrong):
    params = params_of(world)
    with pytest.raises(stripe.InvalidRequestError):
        world.v1.transfers.create({**params, **wrong}, KEY)

    made = world.v1.transfers.create(params, KEY)

    assert made.amount == 618
    assert "Idempotent-Replayed" not in made.last_response.headers


def test_a_500_is_kept_and_given_again_in_v1(world):
    params = params_of(world)
    world.control("POST", "fault", match="POST /v1/transfers", do="500_before")
    for _ in range(3):
        with pytest.raises(stripe.APIError) as failure:
            world.v1.transfers.create(params, KEY)
        assert failure.value.http_status == 500

    assert failure.value.headers["Idempotent-Replayed"] == "true"
    assert world.v1.transfers.list().data == []
    other = world.v1.transfers.create(params, {"idempotency_key": "tests:trf:1:2"})
    assert other.amount == 618


def test_a_success_is_given_again_in_v2_and_a_failure_executed_again(world):
    account = {
        "contact_email": "party@example.com",
        "identity": {"country": "SE", "entity_type": "individual"},
        "configuration": {
            "recipient": {
                "capabilities": {
                    "stripe_balance": {"stripe_transfers": {"requested": True}}
                }
            }
        },
        "defaults": {
            "responsibilities": {
                "fees_collector": "application",
                "losses_collector": "application",
            }
        },
    }
    world.control("POST", "fault", match="POST /v2/core/accounts", do="500_before")
    with pytest.raises(stripe.APIError):
        world.v2.core.accounts.create(account, KEY)

    first = world.v2.core.accounts.create(account, KEY)
    second = world.v2.core.accounts.create(account, KEY)

    assert second.id == first.id
    path = "/v2/core/accounts"
    assert world.outcomes(path) == ["failed:500", "executed", "replayed"]


def test_a_key_is_at_most_255_characters(world):
    with pytest.raises(stripe.InvalidRequestError, match="255 characters"):
        world.session(key="k" * 256)


def test_fifty_parallel_calls_of_one_key_execute_once(world):
    params = params_of(world)
    barrier = threading.Barrier(50)
    answers = []

    def create():
        barrier.wait()
        try:
            answers.append(world.v1.transfers.create(params, KEY).id)
        except stripe.StripeError as error:
            answers.append((error.http_status, error.json_body["error"]["code"]))

    threads = [threading.Thread(target=create) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert len(answers) == 50
    made = [answer for answer in answers if isinstance(answer, str)]
    busy = [answer for answer in answers if not isinstance(answer, str)]
    assert len(set(made)) == 1
    assert set(busy) <= {(409, "idempotency_key_in_use")}
    assert world.outcomes("/v1/transfers").count("executed") == 1
    assert world.balance() == (999_382, 0)


def test_call_under_a_key_that_is_being_executed_is_409(world):
    params = params_of(world)
    world.control("POST", "fault", match="POST /v1/transfers", do="slow:0.5")
    slow = threading.Thread(target=world.v1.transfers.create, args=(params, KEY))
    slow.start()
    while not world.control("GET", "faults")["faults"][0]["hit"]:
        pass

    with pytest.raises(stripe.StripeError) as refusal:
        world.v1.transfers.create(params, KEY)
    slow.join(timeout=10)

    assert refusal.value.http_status == 409
    assert refusal.value.json_body["error"]["code"] == "idempotency_key_in_use"
    assert world.v1.transfers.create(params, KEY).amount == 618
    assert len(world.v1.transfers.list().data) == 1


def test_fifty_parallel_calls_of_fifty_keys_all_execute(world):
    party = world.account()
    barrier = threading.Barrier(50)

    def create(number):
        barrier.wait()
        options = {"idempotency_key": f"tests:trf:{number}:1"}
        world.v1.transfers.create(params_of(world, party), options)

    threads = [threading.Thread(target=create, args=(n,)) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert world.balance(account=party) == (50 * 618, 0)
