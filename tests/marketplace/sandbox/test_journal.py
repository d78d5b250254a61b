import sqlite3

import pytest
import stripe

from tests.marketplace.sandbox import client as hands


def test_line_says_who_what_and_how_it_ended(world):
    party = world.account()
    params = {"amount": 618, "currency": "eur", "destination": party}
    made = world.v1.transfers.create(params, {"idempotency_key": "k-1"})

    line = world.journal()[-1]

    assert line == {
        "seq": line["seq"],
        "at": world.now,
        "method": "POST",
        "path": "/v1/transfers",
        "key": "k-1",
        "account": None,
        "outcome": "executed",
        "amount": 618,
        "currency": "eur",
        "object_id": made.id,
        "request": params,
    }


def test_reading_leaves_no_line(world):
    world.v1.balance.retrieve()
    world.v1.transfers.list()

    assert world.journal() == []


def test_refusals_are_lines_too(world):
    with pytest.raises(stripe.InvalidRequestError):
        world.session(colour="red")
    with pytest.raises(stripe.AuthenticationError):
        hands.client_of(world.sandbox, key="sk_test_1").v1.checkout.sessions.create(
            hands.session_params(world.now)
        )

    assert world.outcomes("/v1/checkout/sessions") == [
        "refused:parameter_unknown",
        "refused:invalid_request_error",
    ]


def test_buyers_payment_is_a_line_with_its_charge(world):
    session = world.session()
    world.pay(session, "4000002500003155")
    bank = f"{hands.BASE}/3ds/" + (
        world.v1.checkout.sessions.retrieve(session.id).payment_intent
    )
    hands.submit(world.sandbox, bank, action="authenticate")

    charge = world.v1.charges.list().data[0]
    lines = world.journal()
    assert [line["outcome"] for line in lines] == [
        "executed",
        "requires_action",
        "executed",
    ]
    assert (lines[-1]["object_id"], lines[-1]["amount"]) == (charge.id, 8_736)


def test_journal_cannot_be_rewritten(world):
    world.session()

    for statement in ("UPDATE journal SET line = '{}'", "DELETE FROM journal"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            world.sandbox.store.run(statement)
    assert len(world.journal()) == 1
