"""A buyer gets money back: what the gateway says of it, and what it refuses."""

import datetime

import pytest

from marketplace import gateway
from marketplace.gateway import sandbox_control
from tests.marketplace.gateway import asking

pytestmark = pytest.mark.usefixtures("sandbox")

DAY = 86_400
FAILS_LATER = "4000000000005126"


def paid(card=sandbox_control.WORKING_CARD):
    page = gateway.open_checkout(request=asking.checkout(), key=asking.key())
    sandbox_control.pay(page_url=page.url, card=card)
    page = gateway.fetch_checkout(session_id=page.session_id)
    return gateway.fetch_payment(payment_intent_id=page.payment_intent_id)


def asked(payment, **more):
    return asking.refund(payment_intent_id=payment.payment_intent_id, **more)


def send(payment, **more):
    return gateway.send_refund(request=asked(payment, **more), key=asking.key())


def available():
    return gateway.fetch_balance()["EUR"].available_amount


def an_hour_ago():
    return datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)


def empty(keep=0):
    made = gateway.create_account(request=asking.account(), key=asking.key())
    sandbox_control.onboard(account_id=made.account_id)
    request = asking.transfer(destination=made.account_id, amount=available() - keep)
    gateway.send_transfer(request=request, key=asking.key())


def test_sent_refund_is_told_whole_and_found_again():
    payment = paid()
    request = asked(payment)

    sent = gateway.send_refund(request=request, key=asking.key())

    assert sent == gateway.RefundFacts(
        refund_id=sent.refund_id,
        reference=request.reference,
        status="sent",
        pending_reason=None,
        failure_reason=None,
        amount=2205,
        currency="EUR",
        charge_id=payment.charge_id,
        payment_intent_id=payment.payment_intent_id,
        balance_line_id=sent.balance_line_id,
        failure_balance_line_id=None,
        created_at=sent.created_at,
    )
    assert gateway.fetch_refund(refund_id=sent.refund_id) == sent
    found = gateway.find_refund(
        payment_intent_id=payment.payment_intent_id, reference=request.reference
    )
    assert found == sent
    lines = gateway.list_balance_lines(since=an_hour_ago())
    (line,) = [line for line in lines if line.id == sent.balance_line_id]
    assert (line.type, line.net_amount, line.source_id) == (
        "refund",
        -2205,
        sent.refund_id,
    )


def test_refunds_of_a_payment_and_since_a_moment_are_listed_newest_first():
    payment, other = paid(), paid()
    first = send(payment, amount=100)
    by_hand = sandbox_control.refund_from_dashboard(payment.payment_intent_id, 200)
    last = send(other)

    found = gateway.refunds_of(payment_intent_id=payment.payment_intent_id)
    assert [(one.refund_id, one.reference) for one in found] == [
        (by_hand, None),
        (first.refund_id, first.reference),
    ]
    since = gateway.list_refunds(since=an_hour_ago())
    assert [one.refund_id for one in since] == [
        last.refund_id,
        by_hand,
        first.refund_id,
    ]
    missing = gateway.find_refund(
        payment_intent_id=payment.payment_intent_id, reference="rfd_none"
    )
    assert missing is None


def test_more_than_is_left_is_already_refunded_and_changes_nothing():
    payment = paid()
    send(payment, amount=8000)
    before = available()

    with pytest.raises(gateway.AlreadyRefunded) as refused:
        send(payment, amount=737)
    assert (refused.value.permanent, refused.value.code) == (True, "refund_above_rest")
    send(payment, amount=736)
    with pytest.raises(gateway.AlreadyRefunded) as refused:
        send(payment, amount=1)
    assert refused.value.code == "charge_already_refunded"
    assert available() == before - 736


def test_amount_of_nothing_is_refused_as_itself():
    with pytest.raises(gateway.Refused) as refused:
        send(paid(), amount=0)
    assert type(refused.value) is gateway.Refused
    assert refused.value.code == "parameter_invalid_integer"


@pytest.mark.parametrize("code", ["charge_disputed", "refund_disputed_payment"])
def test_disputed_payment_is_named(stub, code):
    stub.refuse(400, code)
    with pytest.raises(gateway.ChargeDisputed) as refused:
        gateway.send_refund(request=asking.refund(), key=asking.key())
    assert refused.value.permanent is True


def test_unknown_payment_is_not_found():
    with pytest.raises(gateway.NotFound):
        gateway.send_refund(request=asking.refund(), key=asking.key())
    with pytest.raises(gateway.NotFound):
        gateway.fetch_refund(refund_id="re_none")


def test_refund_the_balance_does_not_cover_is_pending_until_money_comes():
    payment = paid()
    empty(keep=2204)

    sent = send(payment)
    assert (sent.status, sent.pending_reason, sent.balance_line_id) == (
        "pending",
        "insufficient_funds",
        None,
    )
    sandbox_control.advance_clock(seconds=2 * DAY)
    now = gateway.fetch_refund(refund_id=sent.refund_id)
    assert (now.status, now.pending_reason) == ("sent", None)
    assert now.balance_line_id is not None
    assert available() == 2204 + 8580 - 2205


def test_refund_that_fails_days_later_brings_the_money_back():
    before = available()
    sent = send(paid(card=FAILS_LATER))
    assert (sent.status, available()) == ("sent", before - 2205)

    sandbox_control.advance_clock(seconds=2 * DAY)

    now = gateway.fetch_refund(refund_id=sent.refund_id)
    assert (now.status, now.failure_reason) == ("failed", "expired_or_canceled_card")
    assert now.balance_line_id == sent.balance_line_id
    assert now.failure_balance_line_id is not None
    assert available() == before + 8580


def test_refund_fails_and_completes_by_hand():
    payment = paid()
    sent = send(payment)
    sandbox_control.fail_refund(sent.refund_id, "lost_or_stolen_card")
    now = gateway.fetch_refund(refund_id=sent.refund_id)
    assert (now.status, now.failure_reason) == ("failed", "lost_or_stolen_card")
    slow = send(paid(card="4000000000007726"))
    assert (slow.status, slow.pending_reason) == ("pending", "processing")
    sandbox_control.complete_refund(slow.refund_id)
    assert gateway.fetch_refund(refund_id=slow.refund_id).status == "sent"


def test_lost_answer_and_the_same_key_refund_once():
    payment, key = paid(), asking.key()
    request = asked(payment)
    sandbox_control.arm_fault(match="POST /v1/refunds", do="timeout_after_commit")
    with pytest.raises(gateway.OutcomeUnknown):
        gateway.send_refund(request=request, key=key)
    found = gateway.find_refund(
        payment_intent_id=payment.payment_intent_id, reference=request.reference
    )
    assert gateway.send_refund(request=request, key=key) == found
    assert len(gateway.refunds_of(payment_intent_id=payment.payment_intent_id)) == 1
