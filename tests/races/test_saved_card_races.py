"""One press, or many at once, on one saved card; the harm shown first."""

import itertools
import threading
from unittest import mock

import pytest

from marketplace import gateway
from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from orders.models import Order, OrderStatus, PaymentStatus
from orders.services import payments, saved_cards
from payouts.models import Entry
from payouts.services import settlement
from tests.factories import market, sellers

pytestmark = pytest.mark.race


def placed_with_card() -> Order:
    """An order to be paid with a card that was kept before."""
    user = sellers.user()
    goods = market.variant(market.shop(), price_amount=1995, stock=30)
    first = market.place(
        market.cart((goods, 1)), market.buyer(user=user, saves_card=True)
    )
    payment = market.open_page(first)
    market.pay(payment)
    settlement.refresh(payment_id=payment.pk, at=clock.now())
    jobs.drain()
    card = saved_cards.cards_of(user=user, at=clock.now())[0]
    return market.place(market.cart((goods, 2)), market.buyer(user=user, card=card))


def press(at_once, order: Order, times: int = 8):
    payment = order.payments.get()
    return at_once(
        times, lambda n: payments.open(payment_id=payment.pk, at=clock.now()).pk
    )


def charged() -> int:
    """Count the charges of saved cards Stripe made."""
    made = {
        line["object_id"]
        for line in sandbox_control.journal()
        if line["path"] == "/v1/payment_intents" and line["outcome"] == "executed"
    }
    return len(made)


def test_presses_that_do_not_share_a_key_charge_as_often(
    transactional_db, stripe, at_once
):
    """The harm: each of them asks with a key of its own."""
    market.set_taxes()
    order = placed_with_card()
    numbers, together = itertools.count(), threading.Barrier(4)
    charge = gateway.charge_card

    def charge_at_once(*, request, key):
        together.wait(timeout=60)
        return charge(request=request, key=f"{key}:{next(numbers)}")

    with mock.patch.object(gateway, "charge_card", charge_at_once):
        outcomes = press(at_once, order, times=4)

    assert charged() == 4, outcomes


def test_many_presses_at_once_charge_once_and_settle_once(market_day, at_once):
    order = placed_with_card()

    press(at_once, order)
    jobs.drain()

    order.refresh_from_db()
    payment = order.payments.get()
    assert charged() == 1
    assert (order.status, payment.status) == (OrderStatus.PAID, PaymentStatus.PAID)
    captures = Entry.objects.filter(kind="capture", order_reference=order.public_id)
    assert captures.count() == 1
