"""The provider is asked once, whatever it answers, or does not; and each refund is
followed to its end.
"""

from datetime import timedelta

import pytest

from marketplace import gateway
from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from orders.models import Refund, RefundStatus
from payouts.models import Entry
from payouts.services import (
    ledger,
    refund_failures,
    refund_sending,
    refunds,
    settlement,
)
from payouts.services.refunds import Amount
from tests.factories import market

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]
SEND = "POST /v1/refunds"


@pytest.fixture
def order():
    """Paid: a shirt of 19.95 and delivery of 4.95."""
    market.take_in_topups()
    shop = market.shop()
    return market.buy(market.cart((market.variant(shop, price_amount=1995), 1)))


@pytest.fixture
def requested(order) -> Refund:
    """An amount of 10.00, committed and not asked for."""
    return refunds.refund(
        order=order,
        wanted=Amount(amount=1000, currency="EUR"),
        door="staff",
        reason="adjustment",
        actor="staff-1",
        note="late",
        request_key="wish-1",
        at=clock.now(),
    )


def send(refund: Refund) -> Refund:
    return refund_sending.send(refund_id=refund.pk, at=clock.now())


def resolve(*, after: timedelta = timedelta(minutes=3)) -> None:
    refund_sending.resolve(at=market.advance(after))


def made() -> list[str | None]:
    """The refunds that exist at the provider, by our name."""
    since = clock.now() - timedelta(days=60)
    return [one.reference for one in gateway.list_refunds(since=since)]


def calls() -> int:
    return len([x for x in sandbox_control.journal() if x["path"] == "/v1/refunds"])


def balances() -> dict[str, int]:
    wanted = ("clearing_refund", "buyer_refund_due", "suspense")
    return {
        code.split(":")[0]: amount
        for code, amount in ledger.balances().items()
        if code.startswith(wanted) and amount
    }


def empty_the_balance(order) -> None:
    """Send what is available elsewhere."""
    account = order.seller_orders.get().shop.connected_account
    request = gateway.TransferRequest(
        reference="elsewhere",
        amount=gateway.fetch_balance()["EUR"].available_amount,
        currency="EUR",
        destination=account.provider_id,
        transfer_group="elsewhere",
        source_charge_id=None,
        description="elsewhere",
    )
    gateway.send_transfer(request=request, key="elsewhere")


def test_a_second_sender_does_nothing(requested):
    send(requested)
    send(requested)
    jobs.drain()

    requested.refresh_from_db()
    assert requested.status == RefundStatus.SENT
    assert made() == [requested.public_id]
    assert calls() == 1
    assert balances() == {}


@pytest.mark.parametrize("fault", ["timeout_after_commit", "timeout_before"])
def test_a_lost_answer_is_unknown_and_resolved_to_exactly_one_refund(requested, fault):
    sandbox_control.arm_fault(match=SEND, do=fault)

    send(requested)

    requested.refresh_from_db()
    assert (requested.status, requested.provider_id) == (RefundStatus.UNKNOWN, None)
    assert balances() == {"clearing_refund": 1000}
    resolve()
    requested.refresh_from_db()
    assert (requested.status, requested.attempt) == (RefundStatus.SENT, 1)
    assert made() == [requested.public_id]
    assert balances() == {}


@pytest.mark.parametrize(("fault", "attempt"), [("500_before", 2), ("500_after", 1)])
def test_a_stored_failure_is_looked_up_and_ends_as_exactly_one_refund(
    requested, fault, attempt
):
    sandbox_control.arm_fault(match=SEND, do=fault)

    send(requested)
    for _ in range(3):
        resolve()

    requested.refresh_from_db()
    assert (requested.status, requested.attempt) == (RefundStatus.SENT, attempt)
    assert made() == [requested.public_id]


def test_past_the_life_of_keys_a_refund_is_looked_up_before_it_is_asked_again(
    requested,
):
    sandbox_control.arm_fault(match=SEND, do="timeout_after_commit")
    send(requested)

    resolve(after=timedelta(hours=25))

    requested.refresh_from_db()
    assert requested.status == RefundStatus.SENT
    assert made() == [requested.public_id]
    assert calls() == 1


def test_a_worker_that_died_between_claim_and_call_is_taken_over(requested):
    Refund.objects.filter(pk=requested.pk).update(
        status=RefundStatus.SUBMITTED, submitted_at=clock.now()
    )
    refund_sending.resolve(at=clock.now())
    assert made() == []

    resolve()

    assert made() == [requested.public_id]


def test_too_many_calls_leave_it_requested_and_the_resolver_sends_it(requested):
    sandbox_control.arm_fault(match=SEND, do="429")

    send(requested)

    requested.refresh_from_db()
    assert requested.status == RefundStatus.REQUESTED
    resolve()
    assert made() == [requested.public_id]


def test_a_notice_that_is_faster_than_the_lost_answer_settles_it(requested, deliver):
    sandbox_control.arm_fault(match=SEND, do="timeout_after_commit")
    send(requested)

    deliver(copies=2)

    requested.refresh_from_db()
    assert requested.status == RefundStatus.SENT
    assert balances() == {}
    assert Entry.objects.filter(kind="refund_settled").count() == 1
    assert calls() == 1


def test_a_refund_the_balance_does_not_cover_waits_and_is_sent_when_it_does(
    requested, order
):
    empty_the_balance(order)
    send(requested)

    requested.refresh_from_db()
    assert (requested.status, requested.pending_reason) == (
        RefundStatus.SUBMITTED,
        "insufficient_funds",
    )
    assert balances() == {"clearing_refund": 1000}
    # The buyer's own payment becomes available.
    resolve(after=timedelta(days=2))

    requested.refresh_from_db()
    assert (requested.status, requested.pending_reason) == (RefundStatus.SENT, "")
    assert balances() == {}
    assert made() == [requested.public_id]


def test_a_refund_that_fails_days_after_it_was_sent_is_owed_to_the_buyer(
    requested, deliver
):
    send(requested)
    deliver()
    market.advance(5 * market.DAY)
    sandbox_control.fail_refund(requested.provider_id or _id(requested))
    deliver(copies=2)

    requested.refresh_from_db()
    assert requested.status == RefundStatus.FAILED
    assert requested.failure_reason == "expired_or_canceled_card"
    assert balances() == {"buyer_refund_due": 1000}
    # The parties' shares stay taken while the buyer is owed.
    assert sum(requested.shares.values_list("amount", flat=True)) == 1000
    assert Entry.objects.filter(kind="refund_failed").count() == 1


def _id(refund: Refund) -> str:
    refund.refresh_from_db()
    assert refund.provider_id
    return refund.provider_id


@pytest.fixture
def failed(requested) -> Refund:
    send(requested)
    sandbox_control.fail_refund(_id(requested))
    resolve_known(requested)
    requested.refresh_from_db()
    assert requested.status == RefundStatus.FAILED
    return requested


def resolve_known(refund: Refund) -> None:
    facts = gateway.fetch_refund(refund_id=_id(refund))
    refund_sending.record(refund=refund, facts=facts, at=clock.now())


def test_what_a_failed_refund_owes_is_sent_again_by_a_new_row(failed):
    again = refund_failures.retry(refund=failed, actor="staff-1", at=clock.now())
    jobs.drain()

    again.refresh_from_db()
    assert (again.amount, again.funded_by, again.replaces, again.status) == (
        1000,
        "due",
        failed,
        RefundStatus.SENT,
    )
    assert again.shares.count() == again.lines.count() == 0
    assert balances() == {}
    with pytest.raises(refund_failures.NotFailed):
        refund_failures.retry(refund=failed, actor="staff-1", at=clock.now())
    with pytest.raises(refund_failures.NotFailed):
        refund_failures.withdraw(
            refund=failed, actor="staff-1", reason="x", at=clock.now()
        )


def test_a_failed_refund_taken_back_gives_the_parties_their_parts(failed, order):
    before = ledger.balances()
    taken = refund_failures.withdraw(
        refund=failed, actor="staff-1", reason="paid by bank", at=clock.now()
    )

    assert taken.withdrawn_at is not None
    assert balances() == {}
    after = ledger.balances()
    held = f"seller_held:{order.seller_orders.get().shop.public_id}:EUR"
    assert (
        after[held] - before[held]
        == taken.shares.get(role="seller", line__isnull=False).amount
        + taken.shares.get(role="seller", line=None).amount
    )
    with pytest.raises(refund_failures.NotFailed):
        refund_failures.retry(refund=failed, actor="staff-1", at=clock.now())
    assert (
        refunds.preview(
            order=order,
            wanted=Amount(amount=2490, currency="EUR"),
            reason="adjustment",
            at=clock.now(),
        ).remaining_amount
        == 0
    )


def test_taking_a_whole_refund_back_takes_the_order_up_again(order):
    market.ship(order)
    whole = refunds.refund(
        order=order,
        wanted=Amount(amount=2490, currency="EUR"),
        door="staff",
        reason="adjustment",
        actor="staff-1",
        note="lost",
        request_key="wish-1",
        at=clock.now(),
    )
    order.refresh_from_db()
    assert (order.status, order.seller_orders.get().status) == ("refunded", "refunded")
    send(whole)
    sandbox_control.fail_refund(_id(whole))
    resolve_known(whole)

    refund_failures.withdraw(
        refund=whole, actor="staff-1", reason="found", at=clock.now()
    )

    order.refresh_from_db()
    assert (order.status, order.seller_orders.get().status) == ("paid", "delivered")


def test_a_retry_that_fails_too_is_taken_back_with_the_first(failed):
    again = refund_failures.retry(refund=failed, actor="staff-1", at=clock.now())
    send(again)
    sandbox_control.fail_refund(_id(again))
    resolve_known(again)
    assert balances() == {"buyer_refund_due": 1000}

    first = refund_failures.withdraw(
        refund=again, actor="staff-1", reason="paid by bank", at=clock.now()
    )

    again.refresh_from_db()
    assert first == failed
    assert first.withdrawn_at is not None
    assert again.withdrawn_at == first.withdrawn_at
    assert balances() == {}
    assert Entry.objects.filter(kind="refund_withdrawn").count() == 1


def test_a_refund_whose_goods_were_cancelled_is_not_taken_back(order):
    cancelled = refunds.refund(
        order=order,
        wanted=refunds.Units(lines={order.seller_orders.get().lines.get().pk: 1}),
        door="buyer",
        reason="cancelled",
        actor="",
        note="",
        request_key="wish-1",
        at=clock.now(),
    )
    send(cancelled)
    sandbox_control.fail_refund(_id(cancelled))
    resolve_known(cancelled)

    with pytest.raises(refund_failures.CannotWithdraw):
        refund_failures.withdraw(
            refund=cancelled, actor="staff-1", reason="x", at=clock.now()
        )
    assert balances() == {"buyer_refund_due": 2490}


def test_a_refund_is_not_taken_back_after_its_goods_came_back(failed, order):
    """The goods brought only what the failed refund had left of their price: the buyer
    would have given them up for less than he paid.
    """
    market.ship(order)
    refunds.refund(
        order=order,
        wanted=refunds.Units(lines={order.seller_orders.get().lines.get().pk: 1}),
        door="seller",
        reason="returned",
        actor="seller-1",
        note="",
        request_key="wish-2",
        at=clock.now(),
    )
    before = ledger.balances()

    with pytest.raises(refund_failures.CannotWithdraw):
        refund_failures.withdraw(
            refund=failed, actor="staff-1", reason="x", at=clock.now()
        )

    assert ledger.balances() == before
    failed.refresh_from_db()
    assert failed.withdrawn_at is None


def test_a_refund_that_was_refused_is_owed_to_the_buyer(requested, order):
    """The charge is disputed at the provider before we know."""
    sandbox_control.open_dispute(order.payments.get().payment_intent_id)

    send(requested)

    requested.refresh_from_db()
    assert requested.status == RefundStatus.FAILED
    assert requested.failure_reason in ("charge_disputed", "refund_disputed_payment")
    assert balances() == {"buyer_refund_due": 1000}
    assert made() == []


def test_old_news_does_not_take_a_refund_back(requested):
    send(requested)
    facts = gateway.fetch_refund(refund_id=_id(requested))
    sandbox_control.fail_refund(_id(requested))
    resolve_known(requested)

    refund_sending.record(refund=requested, facts=facts, at=clock.now())

    assert requested.status == RefundStatus.FAILED
    assert balances() == {"buyer_refund_due": 1000}


def test_news_of_another_refund_is_refused(requested):
    send(requested)
    facts = gateway.fetch_refund(refund_id=_id(requested))
    order = requested.order
    other = refunds.refund(
        order=order,
        wanted=Amount(amount=999, currency="EUR"),
        door="staff",
        reason="adjustment",
        actor="staff-1",
        note="late",
        request_key="wish-2",
        at=clock.now(),
    )
    with pytest.raises(refund_sending.NotThisRefund):
        refund_sending.record(refund=other, facts=facts, at=clock.now())
    assert balances() == {"clearing_refund": 999}


def test_a_cash_payment_is_refunded_once_the_buyer_names_a_bank_account(
    japan, books, deliver
):
    seller = market.shop(country="JP", currency="JPY", delivery_amount=0)
    bowl = market.variant(seller, price_amount=10_000)
    order = market.place(market.cart((bowl, 1)), market.buyer(country="JP"))
    payment = market.open_page(order)
    sandbox_control.pay_konbini(page_url=payment.page_url)
    settlement.refresh(payment_id=payment.pk, at=clock.now())
    payment.refresh_from_db()
    sandbox_control.settle_voucher(payment.payment_intent_id)
    deliver()
    order.refresh_from_db()
    assert order.status == "paid"
    market.advance(5 * market.DAY)
    made_of = refunds.refund(
        order=order,
        wanted=Amount(amount=3000, currency="JPY"),
        door="staff",
        reason="adjustment",
        actor="staff-1",
        note="late",
        request_key="wish-1",
        at=clock.now(),
    )
    send(made_of)

    made_of.refresh_from_db()
    assert made_of.status == RefundStatus.WAITS_FOR_BUYER
    # The money has left the balance at once.
    assert balances() == {}
    sandbox_control.complete_refund(_id(made_of))
    deliver()
    made_of.refresh_from_db()
    assert made_of.status == RefundStatus.SENT


def test_one_who_asks_late_does_not_close_what_another_asks_for(requested):
    """Stopped after its call was refused, it wakes up when another has taken over."""
    late = refund_sending.Refund.objects.select_related("payment", "order").get()
    late.move_to(RefundStatus.SUBMITTED, at=clock.now(), submitted_at=clock.now())
    resolve()

    refund_sending.close_refused(refund=late, code="charge_disputed", at=clock.now())

    assert late.status == RefundStatus.SENT
    assert balances() == {}


def test_a_refund_that_cannot_be_brought_on_does_not_stop_the_others(
    requested, order, caplog
):
    """One names a refund the provider does not know, and one waits behind it."""
    Refund.objects.filter(pk=requested.pk).update(
        status=RefundStatus.SUBMITTED, provider_id="re_none", submitted_at=clock.now()
    )
    waiting = refunds.refund(
        order=order,
        wanted=Amount(amount=500, currency="EUR"),
        door="staff",
        reason="adjustment",
        actor="staff-1",
        note="late",
        request_key="wish-2",
        at=clock.now(),
    )
    sandbox_control.arm_fault(match=SEND, do="timeout_after_commit")
    send(waiting)

    resolve()

    waiting.refresh_from_db()
    assert waiting.status == RefundStatus.SENT
    assert f"refund {requested} not brought on" in caplog.text
