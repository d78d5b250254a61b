import pytest

from tests.marketplace.sandbox import client as hands

INTENT_AND_CHARGE = {"expand": ["payment_intent.latest_charge.balance_transaction"]}


def events_of(world):
    return [event.type for event in reversed(world.v1.events.list().data)]


def test_payment_books_the_charge_and_its_fee_pending(world):
    session = world.session()

    answer = world.pay(session)

    assert answer.status == 303
    assert answer.location == f"https://shop.test/done?session={session.id}"
    session = world.v1.checkout.sessions.retrieve(session.id, INTENT_AND_CHARGE)
    assert (session.status, session.payment_status) == ("complete", "paid")
    intent = session.payment_intent
    assert (intent.status, intent.amount_received) == ("succeeded", 8_736)
    assert intent.transfer_group == "order_1"
    charge = intent.latest_charge
    assert (charge.status, charge.amount, charge.captured) == ("succeeded", 8_736, True)
    line = charge.balance_transaction
    assert (line.type, line.amount, line.fee, line.net) == ("charge", 8_736, 156, 8_580)
    assert (line.status, line.available_on) == ("pending", world.now + 2 * 86_400)
    assert line.source == charge.id
    assert world.balance() == (1_000_000, 8_580)
    assert events_of(world) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.updated",
        "checkout.session.completed",
    ]


def test_funds_become_available_by_the_clock(world):
    charge = world.paid()

    world.advance(2 * 86_400 - 1)
    assert world.balance() == (1_000_000, 8_580)
    world.advance(1)

    assert world.balance() == (1_008_580, 0)
    line = world.v1.balance_transactions.retrieve(charge.balance_transaction)
    assert line.status == "available"
    event = world.v1.events.list({"type": "balance.available"}).data[0]
    assert event.created == line.available_on


def test_yen_wait_four_days_and_have_no_decimals(make_world):
    world = make_world(country="JP")
    items = [hands.line("茶碗", 11_000, "jpy")]
    session = world.session(line_items=items, currency="jpy")

    assert "Pay 11,000 JPY" in hands.get(world.sandbox, session.url).text
    world.pay(session)

    lines = world.v1.balance_transactions.list({"type": "charge"}).data
    assert [(line.amount, line.fee) for line in lines] == [(11_000, 396)]
    assert lines[0].available_on == world.now + 4 * 86_400


def test_card_of_immediate_funds_is_available_at_once(world):
    world.pay(world.session(), "4000000000000077")

    assert world.balance() == (1_008_580, 0)


def test_events_of_the_charge_show_that_its_line_comes_later(world):
    charge = world.paid()

    succeeded = world.v1.events.list({"type": "charge.succeeded"}).data[0]
    updated = world.v1.events.list({"type": "charge.updated"}).data[0]
    assert succeeded.data.object.balance_transaction is None
    assert updated.data.object.balance_transaction == charge.balance_transaction


@pytest.mark.parametrize(
    ("number", "code", "decline_code", "words"),
    [
        (
            "4000000000000002",
            "card_declined",
            "generic_decline",
            "Your card was declined.",
        ),
        (
            "4000000000009995",
            "card_declined",
            "insufficient_funds",
            "Your card has insufficient funds.",
        ),
        ("4000000000000069", "expired_card", None, "Your card has expired."),
        ("4000000000000127", "incorrect_cvc", None, "security code is incorrect"),
        ("4000000000000119", "processing_error", None, "An error occurred"),
        (
            "4111111111111111",
            "card_declined",
            "test_mode_live_card",
            "only test cards work here",
        ),
        (
            "4000000000000341",
            "card_declined",
            "test_mode_live_card",
            "only test cards work here",
        ),
    ],
)
def test_declined_card_comes_back_to_the_page_with_words(
    world, number, code, decline_code, words
):
    session = world.session()

    answer = world.pay(session, number)

    assert answer.status == 402
    assert words in answer.text.replace("&#x27;", "'")
    session = world.v1.checkout.sessions.retrieve(session.id, INTENT_AND_CHARGE)
    assert (session.status, session.payment_status) == ("open", "unpaid")
    intent = session.payment_intent
    assert intent.status == "requires_payment_method"
    error = intent.last_payment_error.to_dict()
    assert (error["code"], error.get("decline_code")) == (code, decline_code)
    assert (intent.latest_charge.status, intent.latest_charge.paid) == ("failed", False)
    assert world.balance() == (1_000_000, 0)
    assert world.v1.balance_transactions.list({"type": "charge"}).data == []
    assert world.outcomes(f"/c/pay/{session.id}") == [f"refused:{code}"]


def test_second_card_after_a_decline_pays_with_the_same_intent(world):
    session = world.session()
    world.pay(session, "4000000000000002")
    declined = world.v1.checkout.sessions.retrieve(session.id).payment_intent

    assert world.pay(session).status == 303

    session = world.v1.checkout.sessions.retrieve(session.id)
    assert session.payment_intent == declined
    charges = world.v1.charges.list({"payment_intent": declined}).data
    assert [charge.status for charge in charges] == ["succeeded", "failed"]
    assert world.v1.payment_intents.retrieve(declined).last_payment_error is None


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("card_number", "4242 4242 4242 4241", "card number is invalid"),
        ("card_number", "", "card number is invalid"),
        ("card_number", "9" * 400, "card number is invalid"),
        ("card_number", "٤" * 16, "card number is invalid"),
        ("expiry", "13/30", "expiration date is incomplete"),
        ("expiry", "12/20", "expiration date is in the past"),
        ("cvc", "12", "security code is incomplete"),
        ("cvc", "abc", "security code is incomplete"),
    ],
)
def test_fields_that_are_no_card_try_nothing(world, field, value, words):
    session = world.session()

    answer = hands.submit(world.sandbox, session.url, **{**hands.CARD, field: value})

    assert answer.status == 402
    assert words in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert world.v1.checkout.sessions.retrieve(session.id).payment_intent is None
    assert world.outcomes(f"/c/pay/{session.id}") == []


@pytest.mark.parametrize("number", ["4000002500003155", "4000002760003184"])
def test_bank_is_asked_first_and_then_the_card_is_charged(world, number):
    session = world.session()

    answer = world.pay(session, number)

    intent = world.v1.checkout.sessions.retrieve(session.id).payment_intent
    assert (answer.status, answer.location) == (303, f"/3ds/{intent}")
    assert world.v1.payment_intents.retrieve(intent).status == "requires_action"
    assert "87.36 EUR" in hands.get(world.sandbox, answer.location).text
    assert world.v1.charges.list().data == []

    bank = f"{hands.BASE}{answer.location}"
    answer = hands.submit(world.sandbox, bank, action="authenticate")

    assert answer.location == f"https://shop.test/done?session={session.id}"
    charge = world.v1.charges.list().data[0]
    secure = charge.payment_method_details.card.three_d_secure
    assert (charge.status, secure.result) == ("succeeded", "authenticated")


def test_failing_at_the_bank_charges_nothing_and_says_so(world):
    session = world.session()
    bank = hands.BASE + world.pay(session, "4000002500003155").location

    answer = hands.submit(world.sandbox, bank, action="fail")

    assert answer.location == f"/c/pay/{session.id}"
    page = hands.get(world.sandbox, answer.location)
    assert "unable to authenticate" in page.text
    assert world.v1.charges.list().data == []
    assert world.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_bank_can_be_passed_and_the_card_declined(world):
    session = world.session()
    bank = hands.BASE + world.pay(session, "4000008400001629").location

    answer = hands.submit(world.sandbox, bank, action="authenticate")

    assert answer.location == f"/c/pay/{session.id}"
    assert "Your card was declined." in hands.get(world.sandbox, session.url).text
    assert world.balance() == (1_000_000, 0)


def test_answer_of_the_bank_counts_once(world):
    session = world.session()
    bank = hands.BASE + world.pay(session, "4000002500003155").location
    hands.submit(world.sandbox, bank, action="authenticate")

    hands.submit(world.sandbox, bank, action="authenticate")

    assert len(world.v1.charges.list().data) == 1


def test_session_that_ends_while_the_bank_is_asked_cancels_the_payment(world):
    session = world.session()
    bank = hands.BASE + world.pay(session, "4000002500003155").location
    world.advance(1_800)

    answer = hands.submit(world.sandbox, bank, action="authenticate")

    assert answer.status == 410
    intent = world.v1.checkout.sessions.retrieve(session.id).payment_intent
    assert world.v1.payment_intents.retrieve(intent).status == "canceled"
    assert world.v1.charges.list().data == []


def test_paying_twice_charges_once(world):
    session = world.session()
    first = world.pay(session)

    second = world.pay(session)

    assert (second.status, second.location) == (first.status, first.location)
    assert len(world.v1.charges.list().data) == 1
    assert world.balance() == (1_000_000, 8_580)


def test_fingerprint_is_one_per_card_number(world):
    cards = [
        world.paid().payment_method_details.card,
        world.paid().payment_method_details.card,
    ]
    world.pay(world.session(), "5555555555554444")
    other = world.v1.charges.list().data[0].payment_method_details.card

    assert cards[0].fingerprint == cards[1].fingerprint
    assert other.fingerprint != cards[0].fingerprint
    assert (other.brand, other.last4) == ("mastercard", "4444")


def test_going_back_tries_nothing_and_leaves_the_session_open(world):
    session = world.session()

    answer = hands.submit(world.sandbox, session.url, action="cancel")

    assert (answer.status, answer.location) == (303, "https://shop.test/cart")
    assert world.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert world.v1.payment_intents.list().data == []


def test_bank_answers_late_while_the_session_is_open(world):
    session = world.session()
    bank = hands.BASE + world.pay(session, "4000002500003155").location
    world.advance(1_799)

    assert hands.get(world.sandbox, bank).status == 200
    answer = hands.submit(world.sandbox, bank, action="authenticate")

    assert answer.location == f"https://shop.test/done?session={session.id}"
    assert world.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_bank_answers_too_late_and_the_page_says_so(world):
    session = world.session()
    bank = hands.BASE + world.pay(session, "4000002500003155").location
    world.advance(1_800)

    for answer in (
        hands.get(world.sandbox, bank),
        hands.submit(world.sandbox, bank, action="authenticate"),
    ):
        assert answer.status == 410
        assert "nothing was charged" in answer.text

    intent = world.v1.payment_intents.list().data[0]
    assert (intent.status, intent.cancellation_reason) == ("canceled", "expired")
    assert world.v1.charges.list().data == []
