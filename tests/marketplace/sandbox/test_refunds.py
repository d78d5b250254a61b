import pytest
import stripe

from marketplace.sandbox import buttons

DAY = 86_400
FAILS_LATER = "4000000000005126"
SUCCEEDS_LATER = "4000000000007726"
ALL = 1_000_000


def refund(world, charge, **more):
    return world.v1.refunds.create({"payment_intent": charge.payment_intent, **more})


def again(world, made):
    return world.v1.refunds.retrieve(made.id)


def lines(world, made):
    found = world.v1.balance_transactions.list({"source": made.id}).data
    return [(line.type, line.amount, line.fee, line.net) for line in reversed(found)]


def charge_of(world, charge):
    return world.v1.charges.retrieve(charge.id)


def told(world, since):
    """Return the types of the events after those of `since`, oldest first."""
    found = world.v1.events.list({"limit": 100}).data
    known = {event.id for event in since}
    return [event.type for event in reversed(found) if event.id not in known]


def events(world):
    return world.v1.events.list({"limit": 100}).data


def paid_with(world, number, **more):
    session = world.session(**more)
    assert world.pay(session, number).status == 303
    session = world.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge"]}
    )
    return session.payment_intent.latest_charge


def emptied(world, keep=0):
    """Send the available euros away, but for some."""
    party = world.account()
    params = {"amount": ALL - keep, "currency": "eur", "destination": party}
    world.v1.transfers.create(params)


def refused(world, **params):
    """Try a refund that must be refused; return the refusal."""
    before = (world.balance(), len(events(world)), len(world.v1.refunds.list().data))
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        world.v1.refunds.create(params)
    after = (world.balance(), len(events(world)), len(world.v1.refunds.list().data))
    assert after == before
    return refusal.value


def test_refund_takes_the_whole_amount_and_keeps_the_fee(world):
    charge = world.paid()
    before = events(world)

    made = refund(world, charge, metadata={"reference": "rfd_1"})

    assert (made.status, made.amount, made.currency) == ("succeeded", 8_736, "eur")
    assert (made.charge, made.payment_intent) == (charge.id, charge.payment_intent)
    assert made.metadata.to_dict() == {"reference": "rfd_1"}
    assert (made.pending_reason, made.failure_reason, made.next_action) == (None,) * 3
    assert made.destination_details.card.reference_status == "available"
    assert lines(world, made) == [("refund", -8_736, 0, -8_736)]
    assert made.balance_transaction is not None
    # 156 of fee was kept when the charge came, and is not returned.
    assert world.balance() == (ALL - 8_736, 8_580)
    now = charge_of(world, charge)
    assert (now.amount_refunded, now.refunded, now.status) == (8_736, True, "succeeded")
    assert told(world, before) == [
        "refund.created",
        "charge.refunded",
        "refund.updated",
        "charge.refund.updated",
    ]


def test_parts_are_refunded_until_nothing_is_left(world):
    charge = world.paid()

    refund(world, charge, amount=5_000)
    assert charge_of(world, charge).refunded is False
    refund(world, charge, amount=3_000)
    rest = refund(world, charge)

    assert rest.amount == 736
    assert charge_of(world, charge).refunded is True
    found = world.v1.refunds.list({"charge": charge.id}).data
    assert [one.amount for one in found] == [736, 3_000, 5_000]


def test_more_than_is_left_is_refused(world):
    charge = world.paid()
    refund(world, charge, amount=8_000)

    refusal = refused(world, charge=charge.id, amount=737)

    assert refusal.param == "amount"
    assert refusal.user_message == (
        "Refund amount (7.37 EUR) is greater than unrefunded amount on charge "
        "(7.36 EUR)"
    )
    assert charge_of(world, charge).amount_refunded == 8_000


def test_refunded_charge_is_refused(world):
    charge = world.paid()
    refund(world, charge)

    refusal = refused(world, payment_intent=charge.payment_intent)

    assert refusal.code == "charge_already_refunded"


@pytest.mark.parametrize("amount", [0, -5])
def test_nothing_or_less_is_refused(world, amount):
    refusal = refused(world, charge=world.paid().id, amount=amount)

    assert (refusal.code, refusal.param) == ("parameter_invalid_integer", "amount")


def test_disputed_charge_is_refused(world):
    charge = world.paid()
    record = world.sandbox.store.get("charge", charge.id)
    record.body["disputed"] = True
    world.sandbox.store.save(record)

    refusal = refused(world, payment_intent=charge.payment_intent)

    assert refusal.code == "charge_disputed"


def test_unpaid_or_unknown_payment_is_refused(world):
    session = world.session()
    world.pay(session, "4000000000000002")
    intent = world.v1.checkout.sessions.retrieve(session.id).payment_intent
    failed = world.v1.payment_intents.retrieve(intent).latest_charge

    assert refused(world, payment_intent=intent).code == (
        "payment_intent_unexpected_state"
    )
    assert refused(world, charge=failed).code == "charge_not_refundable"
    assert refused(world, payment_intent="pi_none").code == "resource_missing"
    assert refused(world).code == "parameter_missing"
    both = refused(world, payment_intent=intent, charge=failed)
    assert both.code == "parameter_missing"
    missing = pytest.raises(stripe.InvalidRequestError)
    with missing as refusal:
        world.v1.refunds.retrieve("re_none")
    assert refusal.value.http_status == 404


def test_what_separate_charges_have_no_use_for_is_not_offered(world):
    charge = world.paid()

    refusal = refused(world, charge=charge.id, reverse_transfer=True)
    assert refusal.code == "parameter_not_offered"
    refusal = refused(world, charge=charge.id, instructions_email="b@example.com")
    assert refusal.code == "parameter_not_offered"


def test_transfers_of_the_charge_stay_as_they_are(world):
    charge = world.paid()
    sent = world.v1.transfers.create(
        {
            "amount": 5_000,
            "currency": "eur",
            "destination": world.account(),
            "source_transaction": charge.id,
        }
    )

    refund(world, charge)

    now = world.v1.transfers.retrieve(sent.id)
    assert (now.amount_reversed, now.reversed) == (0, False)


def test_refund_the_balance_does_not_cover_waits_and_the_clock_sends_it(world):
    emptied(world, keep=8_735)
    charge = world.paid()
    before = events(world)

    made = refund(world, charge)

    assert (made.status, made.pending_reason) == ("pending", "insufficient_funds")
    assert made.balance_transaction is None
    assert world.balance() == (8_735, 8_580)
    assert charge_of(world, charge).amount_refunded == 8_736
    assert told(world, before) == ["refund.created", "charge.refunded"]
    assert refused(world, charge=charge.id).code == "charge_already_refunded"
    world.advance(2 * DAY)
    now = again(world, made)
    assert (now.status, now.pending_reason) == ("succeeded", None)
    assert lines(world, made) == [("refund", -8_736, 0, -8_736)]
    assert world.balance() == (8_735 + 8_580 - 8_736, 0)
    line = world.v1.balance_transactions.retrieve(now.balance_transaction)
    assert line.created == charge.created + 2 * DAY
    assert told(world, before)[-3:] == [
        "balance.available",
        "refund.updated",
        "charge.refund.updated",
    ]


def test_waiting_refunds_go_oldest_first_as_far_as_the_money_reaches(world):
    emptied(world)
    first, second = world.paid(), world.paid()
    one = refund(world, first)
    two = refund(world, second, amount=8_425)
    three = refund(world, second)

    world.advance(2 * DAY)

    # 2 × 8,580 arrived: 8,736 and then 8,424 of it is there, 1 short of the second.
    assert [again(world, made).status for made in (one, two, three)] == [
        "succeeded",
        "pending",
        "succeeded",
    ]
    assert world.balance() == (2 * 8_580 - 8_736 - 311, 0)


def test_waiting_refund_goes_when_money_comes_back_another_way(world):
    emptied(world, keep=8_736)
    charge, other = world.paid(), world.paid()
    sent = refund(world, charge)
    waiting = refund(world, other)
    assert waiting.status == "pending"

    buttons.fail_refund(world.sandbox, sent.id)

    assert again(world, waiting).status == "succeeded"
    assert world.balance() == (0, 2 * 8_580)


def test_waiting_refund_of_a_charge_that_is_disputed_fails(world):
    emptied(world)
    charge = world.paid()
    made = refund(world, charge)
    record = world.sandbox.store.get("charge", charge.id)
    record.body["disputed"] = True
    world.sandbox.store.save(record)

    now = again(world, made)

    assert (now.status, now.failure_reason) == (
        "failed",
        "charge_for_pending_refund_disputed",
    )
    assert (now.balance_transaction, now.failure_balance_transaction) == (None, None)
    assert lines(world, made) == []
    assert charge_of(world, charge).amount_refunded == 0


def test_waiting_refund_cannot_be_completed_by_hand(world):
    emptied(world)
    made = refund(world, world.paid())

    with pytest.raises(Exception, match="top up"):
        buttons.complete_refund(world.sandbox, made.id)

    assert again(world, made).status == "pending"


def test_card_of_late_failure_brings_the_money_back_two_days_later(world):
    charge = paid_with(world, FAILS_LATER)
    made = refund(world, charge)
    assert made.status == "succeeded"
    before = events(world)

    world.advance(2 * DAY)

    now = again(world, made)
    assert (now.status, now.failure_reason) == ("failed", "expired_or_canceled_card")
    assert now.balance_transaction == made.balance_transaction
    assert lines(world, made) == [
        ("refund", -8_736, 0, -8_736),
        ("refund_failure", 8_736, 0, 8_736),
    ]
    line = world.v1.balance_transactions.retrieve(now.failure_balance_transaction)
    assert line.type == "refund_failure"
    assert world.balance() == (ALL + 8_580, 0)
    assert charge_of(world, charge).refunded is False
    assert [kind for kind in told(world, before) if "refund" in kind] == [
        "refund.updated",
        "charge.refund.updated",
        "refund.failed",
    ]
    # What came back can be refunded again.
    assert refund(world, charge).status == "succeeded"


def test_card_of_late_success_is_processing_for_two_days(world):
    made = refund(world, paid_with(world, SUCCEEDS_LATER))
    assert (made.status, made.pending_reason) == ("pending", "processing")
    assert lines(world, made) == [("refund", -8_736, 0, -8_736)]

    world.advance(2 * DAY)

    assert again(world, made).status == "succeeded"
    assert len(lines(world, made)) == 1


def test_refund_fails_days_after_it_succeeded(world):
    charge = world.paid()
    made = refund(world, charge, amount=1_000)
    world.advance(20 * DAY)

    failed = world.control(
        "POST", f"refunds/{made.id}/fail", reason="lost_or_stolen_card"
    )

    assert (failed["status"], failed["failure_reason"]) == (
        "failed",
        "lost_or_stolen_card",
    )
    assert charge_of(world, charge).amount_refunded == 0
    assert world.balance() == (ALL + 8_580, 0)
    line = world.journal()[-1]
    assert (line["path"], line["outcome"], line["amount"]) == (
        f"/_sandbox/refunds/{made.id}/fail",
        "executed",
        1_000,
    )
    with pytest.raises(AssertionError, match="cannot be failed"):
        world.control("POST", f"refunds/{made.id}/fail")
    with pytest.raises(AssertionError, match="one of"):
        world.control("POST", f"refunds/{made.id}/fail", reason="bad mood")
    assert world.balance() == (ALL + 8_580, 0)


def test_card_refund_cannot_be_cancelled(world):
    made = refund(world, world.paid())

    with pytest.raises(stripe.InvalidRequestError, match="cannot be canceled"):
        world.v1.refunds.cancel(made.id)

    assert again(world, made).status == "succeeded"
    assert world.balance() == (ALL - 8_736, 8_580)


def test_refund_by_hand_carries_no_label(world):
    charge = world.paid()

    path = f"payment_intents/{charge.payment_intent}/refund"
    made = world.control("POST", path, amount=500)

    assert (made["amount"], made["metadata"], made["status"]) == (500, {}, "succeeded")
    with pytest.raises(AssertionError, match="greater than unrefunded"):
        world.control("POST", path, amount=8_237)
    assert charge_of(world, charge).amount_refunded == 500


def test_same_key_refunds_once_after_a_lost_answer(world):
    charge = world.paid()
    world.control("POST", "fault", match="POST /v1/refunds", do="timeout_after_commit")
    params = {"payment_intent": charge.payment_intent, "amount": 100}
    key = {"idempotency_key": "tests:rf:1:1"}

    with pytest.raises(stripe.APIConnectionError):
        world.v1.refunds.create(params, key)
    made = world.v1.refunds.create(params, key)

    assert [one.id for one in world.v1.refunds.list().data] == [made.id]
    assert charge_of(world, charge).amount_refunded == 100
    assert world.outcomes("/v1/refunds") == ["executed", "replayed"]


def test_refunds_are_listed_by_payment_and_moment(world):
    first, second = world.paid(), world.paid()
    one = refund(world, first)
    world.advance(60)
    two = refund(world, second)

    of_first = world.v1.refunds.list({"payment_intent": first.payment_intent}).data
    later = world.v1.refunds.list({"created": {"gt": one.created}}).data

    assert [made.id for made in of_first] == [one.id]
    assert [made.id for made in later] == [two.id]
