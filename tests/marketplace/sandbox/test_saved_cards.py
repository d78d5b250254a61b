"""Cards saved with a customer while paying, and charged again by the platform."""

import pytest
import stripe

from tests.marketplace.sandbox import client as hands
from tests.marketplace.sandbox.test_paying import events_of

SAVE = {"payment_method_options": {"card": {"setup_future_usage": "on_session"}}}


def customer(world):
    return world.v1.customers.create({"email": "buyer@example.com"}).id


def session_of(world, customer_id, **more):
    params = hands.session_params(world.now, customer=customer_id, **more)
    del params["customer_email"]
    return world.v1.checkout.sessions.create(params)


def saved(world, *, number="4242424242424242", expiry="12 / 34"):
    """Pay once with a card that is saved; return customer and card."""
    by = customer(world)
    session = session_of(world, by, **SAVE)
    card = {**hands.CARD, "card_number": number, "expiry": expiry}
    answer = hands.submit(world.sandbox, session.url, **card)
    if "/3ds/" in answer.location:
        hands.submit(world.sandbox, hands.BASE + answer.location, action="authenticate")
    (card,) = world.v1.customers.payment_methods.list(by).data
    return by, card


def charge(world, by, card_id, *, key=None, **more):
    params = {
        "amount": 2_490,
        "currency": "eur",
        "customer": by,
        "payment_method": card_id,
        "confirm": True,
        "return_url": "https://shop.test/back?order=1",
        "metadata": {"payment": "pay_2"},
        "transfer_group": "order_2",
        **more,
    }
    return world.v1.payment_intents.create(
        params, {"idempotency_key": key} if key else {}
    )


def test_a_card_is_saved_by_the_payment_it_makes(world):
    by, card = saved(world)

    assert (card.customer, card.card.brand, card.card.last4) == (by, "visa", "4242")
    assert (card.card.exp_month, card.card.exp_year) == (12, 2034)
    session = world.v1.checkout.sessions.list().data[0]
    assert (session.customer, session.customer_email) == (by, None)
    assert session.customer_details.email == "buyer@example.com"
    intent = world.v1.payment_intents.retrieve(session.payment_intent)
    assert (intent.customer, intent.payment_method) == (by, card.id)
    assert intent.setup_future_usage == "on_session"
    assert "payment_method.attached" in events_of(world)


def test_a_card_is_not_saved_where_nobody_asked(world):
    by = customer(world)
    world.pay(session_of(world, by))

    assert world.v1.customers.payment_methods.list(by).data == []


def test_a_refused_card_is_not_saved(world):
    by = customer(world)
    world.pay(session_of(world, by, **SAVE), "4000000000000002")

    assert world.v1.customers.payment_methods.list(by).data == []


def test_a_saved_card_is_charged_in_one_call(world):
    by, card = saved(world)

    intent = charge(world, by, card.id)

    assert (intent.status, intent.amount_received) == ("succeeded", 2_490)
    assert (intent.metadata["payment"], intent.transfer_group) == ("pay_2", "order_2")
    made = world.v1.charges.retrieve(intent.latest_charge)
    assert (made.customer, made.payment_method) == (by, card.id)
    assert made.payment_method_details.card.fingerprint == card.card.fingerprint
    assert made.billing_details.email == "buyer@example.com"
    assert events_of(world)[-4:] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.updated",
    ]


def test_the_same_key_charges_once(world):
    by, card = saved(world)

    first = charge(world, by, card.id, key="pay:1")
    again = charge(world, by, card.id, key="pay:1")

    assert first.id == again.id
    assert world.outcomes("/v1/payment_intents") == ["executed", "replayed"]


def test_a_bank_that_asks_first_sends_the_buyer_back_to_the_platform(world):
    by, card = saved(world, number="4000002500003155")

    intent = charge(world, by, card.id)

    assert intent.status == "requires_action"
    asks = intent.next_action.redirect_to_url
    assert asks.return_url == "https://shop.test/back?order=1"
    assert "Is this payment yours?" in hands.get(world.sandbox, asks.url).text
    answer = hands.submit(world.sandbox, asks.url, action="authenticate")
    assert answer.location == (
        f"https://shop.test/back?order=1&payment_intent={intent.id}"
        f"&payment_intent_client_secret={intent.client_secret}"
        "&redirect_status=succeeded"
    )
    assert world.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    # A second press, and a look at the page again, go back and charge nothing.
    again = hands.submit(world.sandbox, asks.url, action="authenticate")
    assert again.location == answer.location
    assert hands.get(world.sandbox, asks.url).location == answer.location
    assert len(world.v1.charges.list({"payment_intent": intent.id}).data) == 1


def test_a_bank_that_says_no_leaves_the_intent_without_a_charge(world):
    by, card = saved(world, number="4000002500003155")
    intent = charge(world, by, card.id)

    answer = hands.submit(
        world.sandbox, intent.next_action.redirect_to_url.url, action="fail"
    )

    assert answer.location.endswith("redirect_status=failed")
    intent = world.v1.payment_intents.retrieve(intent.id)
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error.code == "payment_intent_authentication_failure"
    assert intent.latest_charge is None


def test_an_intent_whose_bank_was_never_answered_can_be_cancelled(world):
    by, card = saved(world, number="4000002500003155")
    intent = charge(world, by, card.id)

    world.v1.payment_intents.cancel(intent.id)

    url = intent.next_action.redirect_to_url.url
    answer = hands.submit(world.sandbox, url, action="authenticate")
    assert answer.location.endswith("redirect_status=failed")
    assert world.v1.payment_intents.retrieve(intent.id).status == "canceled"
    assert world.v1.charges.list({"payment_intent": intent.id}).data == []


def test_a_card_that_expired_meanwhile_is_refused_and_the_intent_stays(world):
    by, card = saved(world, expiry="03 / 27")
    world.advance(365 * 86_400)

    for _ in range(2):
        with pytest.raises(stripe.CardError) as refused:
            charge(world, by, card.id, key="pay:1")
        assert (refused.value.code, refused.value.http_status) == ("expired_card", 402)

    shown = refused.value.error.payment_intent
    intent = world.v1.payment_intents.retrieve(shown.id)
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error.code == "expired_card"
    assert world.v1.charges.retrieve(intent.latest_charge).status == "failed"
    assert world.outcomes("/v1/payment_intents") == [
        "refused:expired_card",
        "replayed",
    ]


def test_a_card_that_was_removed_is_never_charged_again(world):
    by, card = saved(world)

    world.v1.payment_methods.detach(card.id)

    assert world.v1.customers.payment_methods.list(by).data == []
    assert world.v1.payment_methods.retrieve(card.id).customer is None
    with pytest.raises(stripe.InvalidRequestError, match="detached"):
        charge(world, by, card.id)
    with pytest.raises(stripe.InvalidRequestError, match="not attached"):
        world.v1.payment_methods.detach(card.id)
    assert len(world.v1.payment_intents.list().data) == 1


def test_the_cards_of_a_deleted_customer_are_gone(world):
    by, card = saved(world)

    assert world.v1.customers.delete(by).deleted is True

    assert world.v1.customers.retrieve(by).deleted is True
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        charge(world, by, card.id)


def test_nobody_pays_with_the_card_of_another(world):
    _, card = saved(world)

    with pytest.raises(stripe.InvalidRequestError, match="another Customer"):
        charge(world, customer(world), card.id)


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"confirm": False}, "confirm"),
        ({"off_session": True}, "off_session"),
        ({"return_url": "javascript:alert(1)"}, "return_url"),
        ({"amount": 10}, "amount"),
        ({"payment_method": "pm_none"}, "payment_method"),
        ({"customer": "cus_none"}, "customer"),
        ({"allowed_payment_method_types": ["konbini"]}, "allowed_payment_method_types"),
    ],
)
def test_what_cannot_be_charged_is_refused(world, more, param):
    by, card = saved(world)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        charge(world, by, card.id, **more)

    assert refused.value.param == param
    assert len(world.v1.payment_intents.list().data) == 1


def test_a_session_names_its_buyer_once(world):
    by = customer(world)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        world.session(customer=by)

    assert refused.value.param == "customer"


def test_a_card_is_saved_only_with_a_customer(world):
    with pytest.raises(stripe.InvalidRequestError, match="only with a customer"):
        world.session(**SAVE)
