import pytest

from marketplace.sandbox import Sandbox
from tests.marketplace.sandbox import client as hands
from tests.marketplace.sandbox.conftest import NOW


def test_clock_moves_forward_and_tells(world):
    assert world.control("GET", "clock") == {"offset": 0, "now": NOW}
    assert world.advance(3_600) == {"offset": 3_600, "now": NOW + 3_600}
    assert world.advance(60.0) == {"offset": 3_660, "now": NOW + 3_660}
    assert world.session().created == NOW + 3_660


@pytest.mark.parametrize("seconds", [0, -1, 366 * 86_400 + 1, 0.5, "60", None, True])
def test_clock_refuses_other_steps(world, seconds):
    url = f"{hands.BASE}/_sandbox/clock/advance"
    body = hands.json.dumps({"seconds": seconds}).encode()

    assert hands.send(world.sandbox, "POST", url, body=body).status == 400
    assert world.now == NOW


def test_state_and_clock_survive_a_restart(tmp_path):
    first = Sandbox(tmp_path, real_time=lambda: NOW)
    client = hands.client_of(first)
    session = client.v1.checkout.sessions.create(hands.session_params(NOW))
    hands.control(first, "POST", "clock/advance", seconds=600)
    first.close()

    second = Sandbox(tmp_path, real_time=lambda: NOW)

    client = hands.client_of(second)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert second.clock.now() == NOW + 600
    assert len(client.v1.balance_transactions.list().data) == 4
    assert len(hands.control(second, "GET", "journal")["lines"]) == 1
    second.close()


def test_reset_begins_anew(world):
    world.paid()
    world.advance(60)
    world.control("POST", "fault", match="POST /v1/transfers", do="429")

    world.sandbox.reset()

    assert world.journal() == []
    assert world.now == NOW
    assert world.control("GET", "faults") == {"faults": []}
    assert world.v1.checkout.sessions.list().data == []
    assert world.balance() == (1_000_000, 0)
