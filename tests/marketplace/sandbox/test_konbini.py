import datetime

import pytest
import stripe

from marketplace.sandbox import buttons
from marketplace.sandbox.resources import konbini
from tests.marketplace.sandbox import client as hands

DAY = 86_400
ALL = 1_000_000
# NOW is Friday 2027-01-15 08:00 UTC, 17:00 in Japan.
LAST_SECOND = datetime.datetime(2027, 1, 18, 14, 59, 59, tzinfo=datetime.UTC)


@pytest.fixture
def japan(make_world):
    return make_world(country="JP")


def yen(amount=3_000, **more):
    return {
        "currency": "jpy",
        "line_items": [hands.line("Tea", amount, "jpy")],
        "allowed_payment_method_types": ["card", "konbini"],
        **more,
    }


def choose(world, session, **more):
    """Choose to pay at a store on the hosted page."""
    return hands.submit(world.sandbox, session.url, action="konbini", **more)


def voucher(world, **more):
    """Return the intent of a session for which a voucher was given."""
    session = world.session(**yen(**more))
    assert choose(world, session).status == 303
    return intent_of(world, session)


def intent_of(world, session):
    session = world.v1.checkout.sessions.retrieve(session.id)
    return world.v1.payment_intents.retrieve(session.payment_intent)


def session_of(world, intent):
    return world.v1.checkout.sessions.list({"payment_intent": intent.id}).data[0]


def told(world):
    """Return the types of all events, oldest first."""
    return [event.type for event in reversed(world.v1.events.list({"limit": 100}).data)]


def press(world, intent, action, **more):
    page = f"{hands.BASE}/konbini/{intent.id}"
    return hands.submit(world.sandbox, page, action=action, **more)


def test_choosing_a_store_completes_the_session_and_leaves_it_unpaid(japan):
    session = japan.session(**yen())
    assert session.payment_method_types == ["card", "konbini"]
    assert session.payment_method_options.konbini.expires_after_days == 3
    assert "Get a payment code" in hands.get(japan.sandbox, session.url).text

    answer = choose(japan, session)

    assert answer.location == f"https://shop.test/done?session={session.id}"
    session = japan.v1.checkout.sessions.retrieve(session.id)
    assert (session.status, session.payment_status, session.url) == (
        "complete",
        "unpaid",
        None,
    )
    intent = intent_of(japan, session)
    details = intent.next_action.konbini_display_details
    assert (intent.status, intent.next_action.type) == (
        "requires_action",
        "konbini_display_details",
    )
    assert details.expires_at == int(LAST_SECOND.timestamp())
    assert details.hosted_voucher_url == f"{hands.BASE}/konbini/{intent.id}"
    assert set(details.stores.to_dict()) == {
        "familymart",
        "lawson",
        "ministop",
        "seicomart",
    }
    assert len(details.stores.lawson.confirmation_number) == 11
    assert details.stores.familymart.payment_code.isdecimal()
    assert told(japan) == [
        "payment_intent.created",
        "payment_intent.requires_action",
        "checkout.session.completed",
    ]
    assert japan.balance("jpy") == (ALL, 0)
    assert japan.v1.charges.list().data == []


def test_cash_at_the_store_pays_once(japan):
    intent = voucher(japan)

    answer = press(japan, intent, "pay", store="familymart")

    assert answer.location == f"/konbini/{intent.id}"
    assert "This is paid" in hands.get(japan.sandbox, answer.location).text
    paid = japan.v1.payment_intents.retrieve(
        intent.id, {"expand": ["latest_charge.balance_transaction"]}
    )
    charge = paid.latest_charge
    assert (paid.status, paid.amount_received, paid.next_action) == (
        "succeeded",
        3_000,
        None,
    )
    assert charge.payment_method_details.type == "konbini"
    assert charge.payment_method_details.konbini.store.chain == "familymart"
    line = charge.balance_transaction
    assert (line.type, line.reporting_category) == ("payment", "charge")
    assert (line.amount, line.fee, line.net) == (3_000, 108, 2_892)
    # Friday, so the fourth business day is the Thursday after.
    assert line.available_on == japan.now + 6 * DAY
    assert session_of(japan, intent).payment_status == "paid"
    assert told(japan)[3:] == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.updated",
        "checkout.session.async_payment_succeeded",
    ]
    press(japan, intent, "pay")
    press(japan, intent, "expire")
    assert japan.balance("jpy") == (ALL, 2_892)
    assert len(japan.v1.charges.list().data) == 1


def test_voucher_expires_at_the_last_second_of_its_day_in_japan(japan):
    intent = voucher(japan)
    left = int(LAST_SECOND.timestamp()) - japan.now

    japan.advance(left - 1)
    assert japan.v1.payment_intents.retrieve(intent.id).status == "requires_action"
    japan.advance(1)

    over = japan.v1.payment_intents.retrieve(intent.id)
    assert (over.status, over.next_action) == ("requires_payment_method", None)
    assert over.last_payment_error.code == konbini.EXPIRED
    session = session_of(japan, intent)
    assert (session.status, session.payment_status) == ("complete", "unpaid")
    assert told(japan)[3:] == [
        "payment_intent.payment_failed",
        "checkout.session.async_payment_failed",
    ]
    assert press(japan, intent, "pay").status == 410
    assert japan.balance("jpy") == (ALL, 0)


def test_voucher_expires_by_the_button(japan):
    intent = voucher(japan)

    press(japan, intent, "expire")

    page = hands.get(japan.sandbox, f"/konbini/{intent.id}")
    assert (page.status, "nothing was charged" in page.text) == (410, True)
    over = japan.v1.payment_intents.retrieve(intent.id)
    assert over.status == "requires_payment_method"
    with pytest.raises(Exception, match="no voucher waits"):
        buttons.settle_voucher(japan.sandbox, intent.id)
    assert japan.v1.charges.list().data == []


@pytest.mark.parametrize("days", [1, 60])
def test_days_of_a_voucher_are_chosen(japan, days):
    options = {"konbini": {"expires_after_days": days}}

    intent = voucher(japan, payment_method_options=options)

    details = intent.next_action.konbini_display_details
    assert details.expires_at == int(LAST_SECOND.timestamp()) + (days - 3) * DAY


def test_last_day_is_counted_in_japan_not_in_utc():
    before_midnight = datetime.datetime(2026, 11, 21, 14, 59, 59, tzinfo=datetime.UTC)
    at = int(before_midnight.timestamp())

    assert konbini.end_of_day(at, days=1) == at + DAY
    assert konbini.end_of_day(at + 1, days=1) == at + 2 * DAY


@pytest.mark.parametrize("amount", [120, 300_000])
def test_smallest_and_largest_amount_are_taken(japan, amount):
    assert voucher(japan, amount=amount).amount == amount


@pytest.mark.parametrize(
    ("amount", "code"), [(119, "amount_too_small"), (300_001, "amount_too_large")]
)
def test_amounts_no_store_takes_are_refused(japan, amount, code):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        japan.session(**yen(amount))

    assert refusal.value.code == code
    assert japan.v1.checkout.sessions.list().data == []


@pytest.mark.parametrize("days", [0, 61])
def test_other_numbers_of_days_are_refused(japan, days):
    options = {"konbini": {"expires_after_days": days}}

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        japan.session(**yen(payment_method_options=options))

    assert refusal.value.param == "payment_method_options[konbini][expires_after_days]"


def test_konbini_needs_a_platform_in_japan_and_yen(world, japan):
    with pytest.raises(stripe.InvalidRequestError, match="accounts in Japan"):
        world.session(**yen())
    with pytest.raises(stripe.InvalidRequestError, match="cannot be used with"):
        japan.session(allowed_payment_method_types=["card", "konbini"])


def test_without_a_list_what_can_be_used_and_is_not_excluded_is_offered(world, japan):
    lines = {"currency": "jpy", "line_items": [hands.line("Tea", 3_000, "jpy")]}

    assert world.session(**lines).payment_method_types == ["card"]
    assert japan.session(**lines).payment_method_types == ["card", "konbini"]
    without = japan.session(**lines, excluded_payment_method_types=["konbini"])
    assert without.payment_method_types == ["card"]
    assert choose(japan, without).status == 400
    assert japan.v1.checkout.sessions.retrieve(without.id).status == "open"
    with pytest.raises(stripe.InvalidRequestError, match="not both"):
        japan.session(**yen(excluded_payment_method_types=["klarna"]))
    with pytest.raises(stripe.InvalidRequestError, match="does not offer"):
        japan.session(**yen(allowed_payment_method_types=["card", "klarna"]))
    options = {"konbini": {"expires_after_days": 3}}
    with pytest.raises(stripe.InvalidRequestError, match="does not offer"):
        world.session(payment_method_options=options)


def test_card_still_pays_such_a_session_at_once(japan):
    session = japan.session(**yen())

    assert japan.pay(session).status == 303

    assert japan.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert choose(japan, session).location.startswith("https://shop.test/done")
    assert japan.balance("jpy") == (ALL, 2_892)


def test_voucher_after_a_declined_card_is_of_the_same_payment(japan):
    session = japan.session(**yen())
    japan.pay(session, "4000000000000002")

    choose(japan, session)

    intent = intent_of(japan, session)
    assert (intent.status, intent.last_payment_error) == ("requires_action", None)
    assert len(japan.v1.payment_intents.list().data) == 1


def test_bank_page_left_open_does_not_pay_beside_a_voucher(japan):
    session = japan.session(**yen())
    bank = hands.BASE + japan.pay(session, "4000002500003155").location
    choose(japan, session)

    hands.submit(japan.sandbox, bank, action="authenticate")

    assert hands.get(japan.sandbox, bank).location.startswith("/konbini/")
    assert intent_of(japan, session).status == "requires_action"
    assert japan.v1.charges.list().data == []


def test_hosted_page_of_a_given_voucher_leads_to_it(japan):
    session = japan.session(**yen())
    choose(japan, session)

    answer = hands.get(japan.sandbox, session.url)

    assert answer.location == f"/konbini/{intent_of(japan, session).id}"
    page = hands.get(japan.sandbox, answer.location).text
    assert "3,000 JPY" in page
    assert "2027-01-18 23:59:59 (Japan)" in page
    assert "SANDBOX" in page


def test_page_asks_for_an_address_where_the_platform_gave_none(japan):
    asked = hands.session_params(japan.now, **yen())
    del asked["customer_email"]
    session = japan.v1.checkout.sessions.create(asked)
    assert 'name="email"' in hands.get(japan.sandbox, session.url).text

    choose(japan, session, email="kari@example.com")

    session = japan.v1.checkout.sessions.retrieve(session.id)
    assert session.customer_details.email == "kari@example.com"


def test_page_of_a_payment_without_a_voucher_is_not_there(japan):
    session = japan.session(**yen())
    japan.pay(session)
    intent = intent_of(japan, session)

    assert hands.get(japan.sandbox, f"/konbini/{intent.id}").status == 404
    assert press(japan, intent, "pay").status == 404
    assert hands.get(japan.sandbox, "/konbini/pi_none").status == 404
    other = voucher(japan)
    assert press(japan, other, "dance").status == 400
    assert press(japan, other, "pay", store="corner shop").status == 400
    assert japan.v1.payment_intents.retrieve(other.id).status == "requires_action"


def test_unpaid_voucher_is_cancelled(japan):
    intent = voucher(japan)

    cancelled = japan.v1.payment_intents.cancel(
        intent.id, {"cancellation_reason": "requested_by_customer"}
    )

    assert (cancelled.status, cancelled.cancellation_reason) == (
        "canceled",
        "requested_by_customer",
    )
    assert told(japan)[3:] == ["payment_intent.canceled"]
    assert press(japan, intent, "pay").status == 410
    japan.advance(4 * DAY)
    assert japan.v1.payment_intents.retrieve(intent.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        japan.v1.payment_intents.cancel(intent.id)
    assert refusal.value.code == "payment_intent_unexpected_state"
    assert japan.v1.charges.list().data == []


def test_paid_and_open_payments_cannot_be_cancelled(japan):
    paid = voucher(japan)
    press(japan, paid, "pay")
    session = japan.session(**yen())
    japan.pay(session, "4000000000000002")

    for intent in (paid, intent_of(japan, session)):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            japan.v1.payment_intents.cancel(intent.id)
        assert refusal.value.code == "payment_intent_unexpected_state"

    assert japan.v1.payment_intents.retrieve(paid.id).status == "succeeded"
    assert japan.v1.checkout.sessions.retrieve(session.id).status == "open"


def paid_in_cash(world):
    intent = voucher(world)
    buttons.settle_voucher(world.sandbox, intent.id)
    world.advance(6 * DAY)
    return world.v1.payment_intents.retrieve(intent.id)


def refund(world, intent, **more):
    return world.v1.refunds.create({"payment_intent": intent.id, **more})


def lines(world, made):
    found = world.v1.balance_transactions.list({"source": made.id}).data
    return [(line.type, line.amount) for line in reversed(found)]


def test_refund_of_cash_waits_for_the_buyers_bank_details(japan):
    intent = paid_in_cash(japan)

    made = refund(japan, intent, instructions_email="kari@example.com")

    assert (made.status, made.instructions_email) == (
        "requires_action",
        "kari@example.com",
    )
    sent = made.next_action.display_details
    assert sent.email_sent.email_sent_to == "kari@example.com"
    assert sent.expires_at == japan.now + 45 * DAY
    assert lines(japan, made) == [("payment_refund", -3_000)]
    assert japan.balance("jpy") == (ALL - 108, 0)
    buttons.complete_refund(japan.sandbox, made.id)
    now = japan.v1.refunds.retrieve(made.id)
    assert (now.status, now.next_action) == ("succeeded", None)
    assert now.destination_details.jp_bank_transfer.reference_status == "available"
    assert len(lines(japan, made)) == 1
    assert told(japan)[-4:] == [
        "refund.created",
        "charge.refunded",
        "refund.updated",
        "charge.refund.updated",
    ]


def test_refund_of_cash_asks_the_address_the_buyer_paid_with(japan):
    made = refund(japan, paid_in_cash(japan))

    assert made.instructions_email == "buyer@example.com"


def test_refund_of_cash_fails_when_the_buyer_says_nothing_for_45_days(japan):
    made = refund(japan, paid_in_cash(japan))

    japan.advance(45 * DAY)

    now = japan.v1.refunds.retrieve(made.id)
    assert (now.status, now.next_action) == ("failed", None)
    assert lines(japan, made) == [("payment_refund", -3_000), ("refund_failure", 3_000)]
    assert japan.balance("jpy") == (ALL + 2_892, 0)


def test_refund_of_cash_is_cancelled_while_the_buyer_is_asked(japan):
    made = refund(japan, paid_in_cash(japan))

    now = japan.v1.refunds.cancel(made.id)

    assert (now.status, now.failure_reason) == ("canceled", "merchant_request")
    assert lines(japan, made) == [("payment_refund", -3_000), ("refund_failure", 3_000)]
    charge = japan.v1.charges.retrieve(made.charge)
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    assert told(japan)[-2:] == ["refund.updated", "charge.refund.updated"]
    with pytest.raises(stripe.InvalidRequestError, match="cannot be canceled"):
        japan.v1.refunds.cancel(made.id)
    assert japan.balance("jpy") == (ALL + 2_892, 0)


def test_refund_of_cash_the_balance_does_not_cover_waits_before_the_buyer_is_asked(
    japan,
):
    intent = voucher(japan)
    buttons.settle_voucher(japan.sandbox, intent.id)
    party = japan.account(country="JP")
    params = {"amount": ALL, "currency": "jpy", "destination": party}
    japan.v1.transfers.create(params)

    made = refund(japan, intent, amount=2_000)
    assert (made.status, made.pending_reason) == ("pending", "insufficient_funds")
    japan.advance(6 * DAY)

    assert japan.v1.refunds.retrieve(made.id).status == "requires_action"
    assert japan.balance("jpy") == (892, 0)
