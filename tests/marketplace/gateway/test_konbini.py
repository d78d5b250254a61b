"""A buyer pays in cash at a convenience store: what the gateway says of it."""

import datetime

import pytest

from marketplace import gateway
from marketplace.gateway import sandbox_control
from tests.marketplace.gateway import asking

pytestmark = pytest.mark.usefixtures("japan")

DAY = 86_400


def opened(amount=3000, days=3, currency="JPY"):
    request = asking.checkout(
        currency=currency,
        total_amount=amount,
        items=(gateway.CheckoutItem(name="Tea", amount=amount),),
        konbini_expires_after_days=days,
    )
    return gateway.open_checkout(request=request, key=asking.key())


def with_voucher(**more):
    page = opened(**more)
    sandbox_control.pay_konbini(page_url=page.url)
    page = gateway.fetch_checkout(session_id=page.session_id)
    return gateway.fetch_payment(payment_intent_id=page.payment_intent_id)


def again(payment):
    return gateway.fetch_payment(payment_intent_id=payment.payment_intent_id)


def test_voucher_is_told_with_its_codes_and_awaits_cash():
    page = opened()

    target = sandbox_control.pay_konbini(page_url=page.url)

    assert target == "https://shop.example/orders/1"
    page = gateway.fetch_checkout(session_id=page.session_id)
    assert (page.status, page.payment_status, page.url) == ("complete", "unpaid", None)
    payment = gateway.fetch_payment(payment_intent_id=page.payment_intent_id)
    assert (payment.status, payment.method, payment.amount) == (
        "awaiting_cash",
        "konbini",
        3000,
    )
    assert (payment.charge_id, payment.balance_line, payment.failure_code) == (
        None,
        None,
        None,
    )
    voucher = payment.voucher
    assert [name for name, codes in voucher.stores] == [
        "familymart",
        "lawson",
        "ministop",
        "seicomart",
    ]
    lawson = dict(voucher.stores)["lawson"]
    assert (len(lawson.payment_code), len(lawson.confirmation_number)) == (8, 11)
    assert voucher.hosted_url.endswith(f"/konbini/{payment.payment_intent_id}")
    japan = datetime.timezone(datetime.timedelta(hours=9))
    last = voucher.expires_at.astimezone(japan)
    assert (last.hour, last.minute, last.second) == (23, 59, 59)
    today = datetime.datetime.now(japan).date()
    assert last.date() - today == datetime.timedelta(days=3)


def test_cash_pays_and_the_line_is_a_payment():
    payment = with_voucher()

    sandbox_control.settle_voucher(payment.payment_intent_id)

    paid = again(payment)
    assert (paid.status, paid.method, paid.voucher) == ("paid", "konbini", None)
    line = paid.balance_line
    assert (line.type, line.amount, line.fee_amount, line.net_amount) == (
        "payment",
        3000,
        108,
        2892,
    )
    assert (paid.card_brand, paid.card_fingerprint) == (None, None)


def test_expired_voucher_has_failed():
    by_clock, by_hand = with_voucher(days=1), with_voucher()

    sandbox_control.expire_voucher(by_hand.payment_intent_id)
    sandbox_control.advance_clock(seconds=2 * DAY)

    for over in (again(by_clock), again(by_hand)):
        assert (over.status, over.voucher, over.charge_id) == ("failed", None, None)
        assert over.failure_code == "payment_intent_payment_attempt_expired"
    with pytest.raises(gateway.GatewayError, match="no voucher waits"):
        sandbox_control.settle_voucher(by_hand.payment_intent_id)


def test_unpaid_voucher_is_cancelled_once_and_for_all():
    payment = with_voucher()

    cancelled = gateway.cancel_payment(payment_intent_id=payment.payment_intent_id)

    assert (cancelled.status, cancelled.voucher) == ("cancelled", None)
    repeated = gateway.cancel_payment(payment_intent_id=payment.payment_intent_id)
    assert repeated == cancelled == again(payment)
    with pytest.raises(gateway.GatewayError):
        sandbox_control.settle_voucher(payment.payment_intent_id)


def test_paid_voucher_cannot_be_cancelled():
    payment = with_voucher()
    sandbox_control.settle_voucher(payment.payment_intent_id)

    with pytest.raises(gateway.CheckoutComplete):
        gateway.cancel_payment(payment_intent_id=payment.payment_intent_id)
    with pytest.raises(gateway.NotFound):
        gateway.cancel_payment(payment_intent_id="pi_none")
    assert again(payment).status == "paid"


@pytest.mark.parametrize(
    ("amount", "days", "currency"),
    [
        (119, 3, "JPY"),
        (300_001, 3, "JPY"),
        (3000, None, "JPY"),
        (3000, 3, "EUR"),
    ],
)
def test_page_offers_cards_only_where_no_store_takes_the_order(amount, days, currency):
    page = opened(amount, days, currency)

    with pytest.raises(gateway.GatewayError, match="no voucher"):
        sandbox_control.pay_konbini(page_url=page.url)

    assert gateway.fetch_checkout(session_id=page.session_id).status == "open"
    sandbox_control.pay(page_url=page.url)


@pytest.mark.parametrize("days", [0, 61])
def test_number_of_days_beyond_what_stripe_takes_is_refused(days):
    with pytest.raises(gateway.Refused):
        opened(days=days)


def test_payments_since_a_moment_are_listed_with_what_they_are():
    since = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    waiting = with_voucher()
    paid = with_voucher()
    sandbox_control.settle_voucher(paid.payment_intent_id)

    found = gateway.list_payments(since=since)

    assert found == [again(paid), waiting]
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    assert gateway.list_payments(since=later) == []


def test_refund_of_cash_waits_for_the_buyer():
    payment = with_voucher()
    sandbox_control.settle_voucher(payment.payment_intent_id)
    request = asking.refund(
        payment_intent_id=payment.payment_intent_id,
        amount=1000,
        currency="JPY",
        instructions_email="kari@example.com",
    )

    sent = gateway.send_refund(request=request, key=asking.key())

    assert (sent.status, sent.currency) == ("waits_for_buyer", "JPY")
    assert sent.balance_line_id is not None
    sandbox_control.complete_refund(sent.refund_id)
    assert gateway.fetch_refund(refund_id=sent.refund_id).status == "sent"
    other = gateway.send_refund(
        request=asking.refund(
            payment_intent_id=payment.payment_intent_id,
            amount=2000,
            currency="JPY",
            instructions_email="kari@example.com",
        ),
        key=asking.key(),
    )
    sandbox_control.fail_refund(other.refund_id, "declined")
    now = gateway.fetch_refund(refund_id=other.refund_id)
    assert (now.status, now.failure_reason) == ("failed", "declined")
    assert now.failure_balance_line_id is not None
