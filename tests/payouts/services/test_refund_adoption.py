"""Refunds made in the provider's dashboard, and money that may not be kept."""

import dataclasses
from datetime import timedelta

import pytest

from marketplace import gateway
from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from marketplace.webhooks.models import StripeEvent
from marketplace.webhooks.services import inbox, processing
from orders.models import OrderStatus, Refund, RefundStatus
from orders.services import checkout
from payouts import tasks
from payouts.models import Entry
from payouts.services import (
    ledger,
    refund_adoption,
    refund_failures,
    refund_sending,
    refund_unearned,
    refunds,
    settlement,
)
from payouts.services.refunds import Amount
from tests.factories import market

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.fixture
def order():
    market.take_in_topups()
    shop = market.shop()
    return market.buy(market.cart((market.variant(shop, price_amount=1995), 3)))


def by_hand(order, amount=None) -> str:
    intent = order.payments.get().payment_intent_id
    return sandbox_control.refund_from_dashboard(intent, amount)


def ask(order, amount, key="wish-1") -> Refund:
    return refunds.refund(
        order=order,
        wanted=Amount(amount=amount, currency="EUR"),
        door="staff",
        reason="adjustment",
        actor="staff-1",
        note="late",
        request_key=key,
        at=clock.now(),
    )


def balances() -> dict[str, int]:
    wanted = ("clearing_refund", "buyer_refund_due", "suspense", "seller_held")
    return {
        code.split(":")[0]: amount
        for code, amount in ledger.balances().items()
        if code.startswith(wanted) and amount
    }


def test_a_refund_made_by_hand_is_adopted_and_spread_by_the_rule(order, deliver):
    refund_id = by_hand(order, 1000)

    deliver(copies=2)

    made = Refund.objects.get()
    assert (made.door, made.status, made.amount, made.provider_id) == (
        "provider",
        RefundStatus.SENT,
        1000,
        refund_id,
    )
    assert list(made.lines.values_list("amount", flat=True).order_by("pk")) == [924, 76]
    taken = sum(made.shares.filter(role="seller").values_list("amount", flat=True))
    assert balances() == {"seller_held": 5986 - taken}
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID


def test_all_refunded_by_hand_before_shipping_cancels_the_order(order, deliver):
    by_hand(order)
    deliver()

    order.refresh_from_db()
    part = order.seller_orders.get()
    assert (order.status, part.status) == (OrderStatus.REFUNDED, OrderStatus.CANCELLED)
    assert part.lines.get().variant.on_hand == 50
    assert balances() == {}


def test_with_every_notice_lost_the_poller_finds_it(order):
    by_hand(order, 1000)

    inbox.poll(at=market.advance(timedelta(minutes=10)))
    jobs.drain()

    assert Refund.objects.get().status == RefundStatus.SENT


def test_ours_refused_because_of_one_by_hand_is_not_paid_twice(order, deliver):
    """Ours is committed; by hand all is refunded; ours is refused."""
    ours = ask(order, 6480)
    by_hand(order)

    jobs.drain()

    ours.refresh_from_db()
    assert ours.status == RefundStatus.FAILED
    other = Refund.objects.exclude(pk=ours.pk).get()
    assert (other.door, other.funded_by, other.amount) == ("provider", "due", 6480)
    assert balances() == {}
    deliver()
    assert Refund.objects.count() == 2
    assert balances() == {}


def test_one_by_hand_above_what_is_owed_takes_the_rest_from_the_parties(order):
    """Neither what the buyer is owed nor what remains of the sale covers it alone."""
    ours = ask(order, 1000)
    by_hand(order, 6400)

    jobs.drain()

    ours.refresh_from_db()
    assert ours.status == RefundStatus.FAILED
    other = Refund.objects.exclude(pk=ours.pk).get()
    assert (other.door, other.funded_by, other.amount, other.due_amount) == (
        "provider",
        "parties",
        6400,
        1000,
    )
    assert sum(other.lines.values_list("amount", flat=True)) == 5400
    assert sum(other.shares.values_list("amount", flat=True)) == 5400
    assert "suspense" not in balances()
    assert "buyer_refund_due" not in balances()
    assert not any(market.broken_invariants().values())
    sandbox_control.fail_refund(other.provider_id)
    facts = gateway.fetch_refund(refund_id=other.provider_id)
    refund_sending.record(refund=other, facts=facts, at=clock.now())
    assert balances()["buyer_refund_due"] == 6400
    with pytest.raises(refund_failures.CannotWithdraw):
        refund_failures.withdraw(
            refund=other, actor="staff-1", reason="x", at=clock.now()
        )
    assert balances()["buyer_refund_due"] == 6400


def test_the_notice_of_one_by_hand_waits_until_ours_is_answered(order):
    ours = ask(order, 6480)
    by_hand(order)
    (facts,) = gateway.refunds_of(
        payment_intent_id=order.payments.get().payment_intent_id
    )

    with pytest.raises(refund_adoption.AdoptLater):
        refund_adoption.take_in(facts=facts, at=clock.now())

    assert list(Refund.objects.all()) == [ours]
    assert "suspense" not in balances()
    jobs.drain()


def test_more_than_remains_goes_to_suspense_with_an_alert(order, deliver, caplog):
    """Our books say that nothing is left; the provider lets it go all the same."""
    ask(order, 6480)
    Refund.objects.update(status="sent", provider_id="re_elsewhere")
    jobs.drain()
    by_hand(order, 5780)

    deliver(copies=2)

    assert balances()["suspense"] == -5780
    assert "cannot be placed" in caplog.text
    stray = Entry.objects.get(kind="stray")
    assert stray.order_reference == order.public_id
    assert Refund.objects.count() == 1


def test_one_by_hand_for_one_of_ours_that_failed_unheard_is_not_owed_twice(
    order, deliver
):
    ours = ask(order, 6480)
    jobs.drain()
    deliver()
    ours.refresh_from_db()
    sandbox_control.fail_refund(ours.provider_id)
    refund_id = by_hand(order)

    # Its notice comes before that of the failure.
    facts = gateway.fetch_refund(refund_id=refund_id)
    refund_adoption.take_in(facts=facts, at=clock.now())
    deliver()

    ours.refresh_from_db()
    other = Refund.objects.exclude(pk=ours.pk).get()
    assert (ours.status, other.funded_by, other.status) == ("failed", "due", "sent")
    assert balances() == {}


def test_one_that_went_through_though_it_was_closed_is_taken_from_what_is_owed(
    order, deliver
):
    """Refused to one who asked, done for another: the refusal came first."""
    ours = ask(order, 500)
    ours.move_to(RefundStatus.SUBMITTED, at=clock.now(), submitted_at=clock.now())
    refund_sending.close_refused(refund=ours, code="lock_timeout", at=clock.now())
    request = gateway.RefundRequest(
        reference=ours.public_id,
        payment_intent_id=order.payments.get().payment_intent_id,
        amount=500,
        currency="EUR",
        instructions_email=None,
    )
    facts = gateway.send_refund(request=request, key=ours.key)

    with pytest.raises(refund_sending.NotThisRefund):
        refund_sending.record(refund=ours, facts=facts, at=clock.now())
    deliver(copies=2)

    other = Refund.objects.exclude(pk=ours.pk).get()
    assert (other.funded_by, other.status) == ("due", RefundStatus.SENT)
    assert "buyer_refund_due" not in balances()
    jobs.drain()


def test_what_does_not_fit_its_order_is_refunded_at_the_word_of_staff(order):
    """Paid in another currency than asked for: the provider's facts say so."""
    shop = market.shop()
    payment = market.open_page(
        market.place(
            market.cart((market.variant(shop, price_amount=1995), 1)),
            market.buyer(email="c@example.com"),
        )
    )
    market.pay(payment)
    facts = dataclasses.replace(market.facts_of(payment), payment_reference="pay_other")
    with pytest.raises(settlement.PaymentMismatch):
        settlement.settle(payment_id=payment.pk, facts=facts, at=clock.now())
    payment.refresh_from_db()
    assert balances()["suspense"] == 2490

    made = refund_unearned.return_set_aside(
        payment=payment, actor="staff-1", note="wrong amount", at=clock.now()
    )
    jobs.drain()

    made.refresh_from_db()
    assert (made.status, made.amount, made.funded_by) == ("sent", 2490, "suspense")
    assert "suspense" not in balances()
    assert order.payments.get().amount == 6480


def test_a_refund_of_a_strange_payment_is_set_aside_and_comes_back(order, caplog):
    by_hand(order, 500)
    (facts,) = gateway.refunds_of(
        payment_intent_id=order.payments.get().payment_intent_id
    )
    strange = facts.__class__(
        **{
            name: getattr(facts, name)
            for name in facts.__dataclass_fields__
            if name not in ("payment_intent_id", "charge_id")
        },
        payment_intent_id="pi_strange",
        charge_id="ch_strange",
    )

    for _ in range(2):
        assert refund_adoption.take_in(facts=strange, at=clock.now()) is None

    assert balances()["suspense"] == -500
    assert Refund.objects.count() == 0


def test_notices_of_refunds_are_done_and_of_strangers_ignored(order, deliver):
    jobs.enqueue("payouts.tasks.send_refund", refund_id=ask(order, 100).pk)
    jobs.drain()
    deliver()
    kinds = StripeEvent.objects.filter(type__contains="refund")
    assert set(kinds.values_list("status", flat=True)) == {"done"}
    assert processing.retry_due(at=clock.now()) == 0


@pytest.fixture
def unearned():
    """Paid after the order was given up and its last mug sold to somebody else."""
    market.take_in_topups()
    shop = market.shop()
    mug = market.variant(shop, price_amount=1995, stock=1)
    order = market.place(market.cart((mug, 1)))
    payment = market.open_page(order)
    market.pay(payment)
    checkout.cancel(order_id=order.pk, at=clock.now())
    market.buy(market.cart((mug, 1)), market.buyer(email="b@example.com"))
    tasks.refresh_payment(payment_id=payment.pk)
    order.refresh_from_db()
    assert order.status == OrderStatus.PROBLEM
    return order


def test_money_that_came_too_late_goes_back_by_itself(unearned):
    assert balances()["buyer_refund_due"] == 2490

    jobs.drain()

    made = Refund.objects.get()
    assert (made.door, made.reason, made.funded_by, made.amount, made.status) == (
        "platform",
        "unearned",
        "due",
        2490,
        RefundStatus.SENT,
    )
    unearned.refresh_from_db()
    assert unearned.status == OrderStatus.REFUNDED
    assert "buyer_refund_due" not in balances()


def test_the_sweep_is_a_net_for_the_job_and_refunds_once(unearned):
    for _ in range(2):
        tasks.resolve_refunds(at=clock.now())
    jobs.drain()

    assert Refund.objects.get().status == RefundStatus.SENT
    with pytest.raises(refunds.AlreadyRequested):
        refund_unearned.return_unearned(payment=unearned.payments.get(), at=clock.now())
