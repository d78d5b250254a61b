"""Cards saved while paying, and charged again: what the gateway says of them."""

import dataclasses
import datetime
import uuid

import pytest

from marketplace import gateway
from marketplace.gateway import sandbox_control
from tests.marketplace.gateway import asking

pytestmark = pytest.mark.usefixtures("sandbox")

ASKS_THE_BANK = "4000002500003155"


def an_hour_ago():
    return datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)


def customer():
    return gateway.create_customer(
        reference="usr_1", email="buyer@example.com", key=asking.key()
    )


def save(by, card=sandbox_control.WORKING_CARD, **more):
    request = asking.checkout(customer_id=by, saves_card=True)
    page = gateway.open_checkout(request=request, key=asking.key())
    sandbox_control.pay(page_url=page.url, card=card, **more)
    return gateway.saved_cards(customer_id=by)[0]


def request(by, card, **more):
    reference = uuid.uuid4().hex[:14]
    return dataclasses.replace(
        gateway.ChargeRequest(
            payment_reference=f"pay_{reference}",
            customer_id=by,
            card_id=card.card_id,
            amount=2490,
            currency="EUR",
            transfer_group=f"ord_{reference}",
            return_url="https://shop.example/orders/1",
        ),
        **more,
    )


def test_the_card_of_a_payment_is_saved_where_its_buyer_asked():
    by = customer()
    assert gateway.saved_cards(customer_id=by) == []

    card = save(by)

    assert (card.brand, card.last4) == ("visa", "4242")
    assert card.expires_year >= 2030


def test_a_customer_is_made_once_for_the_same_key():
    key = asking.key()

    made = [
        gateway.create_customer(reference="usr_1", email="b@example.com", key=key)
        for _ in range(2)
    ]

    assert made[0] == made[1]


def test_a_saved_card_is_charged_once_for_the_same_key():
    by = customer()
    card = save(by)
    asked, key = request(by, card), asking.key()

    paid, again = (gateway.charge_card(request=asked, key=key) for _ in range(2))

    assert (paid.status, paid.amount, paid.currency) == ("paid", 2490, "EUR")
    assert (paid.payment_reference, paid.card_last4) == (
        asked.payment_reference,
        "4242",
    )
    assert paid.card_fingerprint == card.fingerprint
    assert paid.action_url is None
    assert again.payment_intent_id == paid.payment_intent_id
    found = gateway.find_charge(
        payment_reference=asked.payment_reference,
        customer_id=by,
        created_after=an_hour_ago(),
    )
    assert found is not None
    assert found.payment_intent_id == paid.payment_intent_id
    assert found.balance_line is not None


def test_a_charge_that_was_never_asked_for_is_not_found():
    found = gateway.find_charge(
        payment_reference="pay_none",
        customer_id=customer(),
        created_after=an_hour_ago(),
    )

    assert found is None


def test_a_bank_that_asks_first_is_a_page_the_buyer_is_sent_to():
    by = customer()
    card = save(by, ASKS_THE_BANK)

    facts = gateway.charge_card(request=request(by, card), key=asking.key())

    assert facts.status == "needs_action"
    assert facts.action_url is not None
    assert facts.action_url.endswith(f"/3ds/{facts.payment_intent_id}")
    assert facts.charge_id is None


def test_a_card_that_expired_meanwhile_has_failed_with_the_banks_reason():
    by = customer()
    card = save(by, expiry=f"{datetime.datetime.now(datetime.UTC):%m/%y}")
    sandbox_control.advance_clock(seconds=datetime.timedelta(days=32))
    asked, key = request(by, card), asking.key()

    failed, again = (gateway.charge_card(request=asked, key=key) for _ in range(2))

    assert (failed.status, failed.failure_code) == ("failed", "expired_card")
    assert failed.amount == 2490
    assert again.payment_intent_id == failed.payment_intent_id


def test_a_lost_answer_is_found_out_about_by_our_own_reference():
    by = customer()
    card = save(by)
    asked = request(by, card)
    sandbox_control.arm_fault(
        match="POST /v1/payment_intents", do="timeout_after_commit"
    )

    with pytest.raises(gateway.OutcomeUnknown):
        gateway.charge_card(request=asked, key=asking.key())

    found = gateway.find_charge(
        payment_reference=asked.payment_reference,
        customer_id=by,
        created_after=an_hour_ago(),
    )
    assert found is not None
    assert found.status == "paid"


def test_a_card_that_was_removed_cannot_be_charged_and_may_be_removed_again():
    by = customer()
    card = save(by)

    for _ in range(2):
        gateway.remove_card(card_id=card.card_id)

    assert gateway.saved_cards(customer_id=by) == []
    with pytest.raises(gateway.Refused):
        gateway.charge_card(request=request(by, card), key=asking.key())


def test_a_customer_is_forgotten_with_the_cards():
    by = customer()
    card = save(by)

    for _ in range(2):
        gateway.delete_customer(customer_id=by)

    with pytest.raises(gateway.NotFound):
        gateway.charge_card(request=request(by, card), key=asking.key())
