"""The payment page: asked for with a stored key, so that a lost answer costs nothing."""

from datetime import timedelta

import pytest

from marketplace import gateway
from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from marketplace.kit.models import Outbox
from orders.models import OrderStatus, PaymentStatus
from orders.services import checkout, payments
from orders.tasks import expire_unpaid
from payouts.services import ledger, settlement
from tests.factories import market

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]
DECLINED = "4000000000000002"


@pytest.fixture
def order():
    variant = market.variant(market.shop(), price_amount=1995, stock=30)
    return market.place(market.cart((variant, 3)))


def sessions() -> list[str]:
    return [
        line["outcome"]
        for line in sandbox_control.journal()
        if line["path"] == "/v1/checkout/sessions"
    ]


def test_a_page_asks_for_what_the_order_costs_line_by_line(order):
    payment = market.open_page(order)

    asked = sandbox_control.journal()[-1]["request"]
    assert payment.status == PaymentStatus.NEEDS_ACTION
    assert [int(item["price_data"]["unit_amount"]) for item in asked["line_items"]] == [
        5_985,
        495,
    ]
    assert asked["payment_intent_data"]["transfer_group"] == order.public_id
    assert asked["metadata"]["payment"] == payment.public_id
    assert "automatic_tax" not in asked


def test_asking_again_gives_the_same_page(order):
    first = market.open_page(order)
    second = market.open_page(order)

    assert first.page_url == second.page_url
    assert sessions() == ["executed"]


@pytest.mark.parametrize("fault", ["timeout_after_commit", "timeout_before"])
def test_a_lost_answer_is_unknown_and_asking_again_makes_one_page(order, fault):
    sandbox_control.arm_fault(match="POST /v1/checkout/sessions", do=fault)

    with pytest.raises(payments.PaymentPageUnavailable):
        market.open_page(order)

    assert order.payments.get().status == PaymentStatus.UNKNOWN
    settlement.resolve_open(at=clock.now() + 2 * settlement.UNANSWERED_AFTER)
    payment = order.payments.get()
    assert payment.status == PaymentStatus.NEEDS_ACTION
    assert payment.attempt == 1
    assert sessions().count("executed") == 1


@pytest.mark.parametrize(("fault", "attempt"), [("500_before", 2), ("500_after", 1)])
def test_a_failure_stored_under_the_key_is_looked_up_not_repeated(
    order, fault, attempt
):
    sandbox_control.arm_fault(match="POST /v1/checkout/sessions", do=fault)

    for _ in range(3):
        try:
            market.open_page(order)
        except payments.PaymentPageUnavailable:
            continue

    payment = order.payments.get()
    assert payment.status == PaymentStatus.NEEDS_ACTION
    assert payment.attempt == attempt
    pages = {
        line["object_id"]
        for line in sandbox_control.journal()
        if line["path"] == "/v1/checkout/sessions" and line["object_id"]
    }
    assert pages == {payment.session_id}


def test_a_declined_card_keeps_page_order_and_goods_and_another_card_pays(order):
    payment = market.open_page(order)

    with pytest.raises(gateway.CardDeclined):
        market.pay(payment, card=DECLINED)
    settlement.refresh(payment_id=payment.pk, at=clock.now())

    order.refresh_from_db()
    assert order.status == OrderStatus.AWAITING_PAYMENT
    assert ledger.balances() == {}
    market.pay(payment)
    settlement.refresh(payment_id=payment.pk, at=clock.now())
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID


def test_an_unpaid_order_expires_with_its_page_and_gives_the_goods_back(order):
    payment = market.open_page(order)
    at = market.advance(market.DAY)

    expire_unpaid(at=at)

    order.refresh_from_db()
    payment.refresh_from_db()
    variant = order.seller_orders.get().lines.get().variant
    assert (order.status, payment.status) == (
        OrderStatus.CANCELLED,
        PaymentStatus.EXPIRED,
    )
    assert (variant.on_hand, variant.reserved) == (30, 0)
    with pytest.raises(gateway.GatewayError):
        market.pay(payment)


def test_the_sweep_keeps_an_order_that_was_paid_a_moment_before(order):
    payment = market.open_page(order)
    market.pay(payment)

    expire_unpaid(at=order.expires_at + market.DAY)

    order.refresh_from_db()
    assert order.status == OrderStatus.AWAITING_PAYMENT
    settlement.refresh(payment_id=payment.pk, at=clock.now())
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID


def test_a_page_whose_answer_was_lost_is_found_and_closed_when_the_order_is_given_up(
    order,
):
    sandbox_control.arm_fault(
        match="POST /v1/checkout/sessions", do="timeout_after_commit"
    )
    with pytest.raises(payments.PaymentPageUnavailable):
        market.open_page(order)

    checkout.give_up(order=order, at=clock.now())

    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELLED
    closed = [
        line for line in sandbox_control.journal() if line["path"].endswith("/expire")
    ]
    assert [line["outcome"] for line in closed] == ["executed"]


def test_with_the_broker_down_checkout_and_payment_succeed(order, settings):
    settings.JOBS_NUDGE = True
    settings.CELERY_BROKER_URL = settings.REDIS_URL = "redis://127.0.0.1:1/0"

    payment = market.open_page(order)
    market.pay(payment)
    settlement.refresh(payment_id=payment.pk, at=clock.now())

    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    assert Outbox.objects.filter(done_at=None).count() == 1
    jobs.drain()
    assert Outbox.objects.filter(done_at=None).count() == 0


def test_an_order_whose_page_was_refused_is_placed_anew():
    """Half an hour was promised, and the provider answered too late to give it."""
    variant = market.variant(market.shop(), price_amount=1995, stock=3)
    cart = market.cart((variant, 2))
    refused = market.place(cart)
    sandbox_control.arm_fault(match="POST /v1/checkout/sessions", do="timeout_before")
    with pytest.raises(payments.PaymentPageUnavailable):
        market.open_page(refused)
    market.advance(timedelta(minutes=10))
    with pytest.raises(payments.PaymentRefused):
        market.open_page(refused)

    order = market.place(cart)

    refused.refresh_from_db()
    variant.refresh_from_db()
    assert refused.status == OrderStatus.CANCELLED
    assert (order.status, variant.reserved) == (OrderStatus.AWAITING_PAYMENT, 2)
    assert market.open_page(order).status == PaymentStatus.NEEDS_ACTION
