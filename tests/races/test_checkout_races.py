"""The last units, and one cart submitted fifty times; each harm shown first."""

import contextlib
import threading
from unittest import mock

import pytest
from django.db import connection, models

from marketplace.gateway import sandbox_control
from marketplace.kit import clock
from orders.models import Discount, Order, OrderStatus, Payment
from orders.services import checkout, payments, quotes
from payouts.models import Entry
from payouts.services import settlement
from sellers.models import StockMove, Variant
from sellers.services import stock
from tests.factories import market

pytestmark = pytest.mark.race
THREADS = 12


@pytest.fixture
def without_the_constraint(transactional_db):
    """Take the net of one live order for each cart away, and put it back."""
    constraint = next(
        one for one in Order._meta.constraints if one.name == "order_one_live_per_cart"
    )
    with connection.schema_editor() as editor:
        editor.remove_constraint(Order, constraint)
    yield
    Order.objects.update(status=OrderStatus.CANCELLED)
    with connection.schema_editor() as editor:
        editor.add_constraint(Order, constraint)


def test_submits_without_the_carts_lock_and_constraint_make_as_many_orders(
    without_the_constraint, stripe, at_once
):
    """The harm: everybody looks for a live order, nobody finds one, everybody places."""
    market.set_taxes()
    variant = market.variant(market.shop(), price_amount=1995, stock=30)
    cart = market.cart((variant, 1))
    buyer, at = market.buyer(), clock.now()
    shown = quotes.quote(cart=cart, country="NL", at=at).fingerprint
    looked = threading.Barrier(8)
    price = quotes.quote

    def price_after_all_have_looked(**asked):
        looked.wait(timeout=20)
        return price(**asked)

    def unlocked(manager, **_options):
        return manager.all()

    with (
        mock.patch.object(models.Manager, "select_for_update", unlocked),
        mock.patch.object(quotes, "quote", price_after_all_have_looked),
        mock.patch.object(checkout, "_check_open_orders"),
    ):
        outcomes = at_once(
            8,
            lambda n: checkout.place(cart=cart, buyer=buyer, shown=shown, at=at).pk,
        )

    assert len(outcomes) == Order.objects.count() == Payment.objects.count() == 8
    variant.refresh_from_db()
    assert variant.reserved == 8


def test_fifty_submits_of_one_cart_make_one_order_one_payment_one_page(
    market_day, at_once, settings
):
    settings.PLACES_PER_HOUR = settings.PLACES_PER_HOUR_PER_ADDRESS = 1_000
    variant = market.variant(market.shop(), price_amount=1995, stock=30)
    cart = market.cart((variant, 2))
    buyer, at = market.buyer(ip="192.0.2.1"), clock.now()
    shown = quotes.quote(cart=cart, country="NL", at=at).fingerprint

    def submit(number):
        order = checkout.place(cart=cart, buyer=buyer, shown=shown, at=at)
        payment = payments.open(payment_id=order.payments.get().pk, at=at)
        return order.public_id, payment.page_url

    outcomes = at_once(THREADS, submit, times=50)

    refused = outcomes.pop("PaymentPageUnavailable", 0)  # its key is in use just then
    order = Order.objects.get()
    payment = Payment.objects.get()
    assert set(outcomes) == {(order.public_id, payment.page_url)}
    assert sum(outcomes.values()) + refused == 50
    assert payment.status == "needs_action"
    variant.refresh_from_db()
    assert variant.reserved == 2
    pages = [
        line
        for line in sandbox_control.journal()
        if line["path"] == "/v1/checkout/sessions" and line["outcome"] == "executed"
    ]
    assert len(pages) == 1


def test_without_the_condition_the_last_units_are_taken_until_the_net_holds(
    market_day, at_once, settings
):
    """The harm: only the CHECK below the service stands between 20 buyers and 10 cups,
    and it answers with an error instead of a word.
    """
    all_have_looked = threading.Barrier(20, timeout=60)

    def take_without_asking(variant_id: int, quantity: int):
        """The conditional UPDATE with its condition off: whoever comes, takes."""
        all_have_looked.wait()
        return Variant.objects.filter(pk=variant_id)

    settings.SCARCE_BELOW = 0
    variant = market.variant(market.shop(), price_amount=1995, stock=10)
    carts = [market.cart((variant, 1)) for _ in range(20)]
    buyers = [market.buyer(email=f"b{n}@example.com") for n in range(20)]

    with mock.patch.object(stock, "_free", take_without_asking):
        outcomes = at_once(
            20, lambda n: bool(market.place(carts[n], buyers[n])), times=20
        )

    assert outcomes == {True: 10, "IntegrityError": 10}


def test_two_hundred_buyers_of_the_last_ten_units_make_ten_paid_orders(
    market_day, at_once, settings
):
    settings.SCARCE_BELOW = 0
    variant = market.variant(market.shop(), price_amount=1995, stock=10)
    carts = [market.cart((variant, 1)) for _ in range(200)]
    buyers = [market.buyer(email=f"b{n}@example.com") for n in range(200)]
    at = clock.now()
    shown = quotes.quote(cart=carts[0], country="NL", at=at).fingerprint

    def buy(number):
        order = checkout.place(
            cart=carts[number], buyer=buyers[number], shown=shown, at=at
        )
        payment = payments.open(payment_id=order.payments.get().pk, at=at)
        market.pay(payment)
        settlement.refresh(payment_id=payment.pk, at=clock.now())
        return Order.objects.get(pk=order.pk).status

    outcomes = at_once(THREADS, buy, times=200)

    variant.refresh_from_db()
    assert outcomes == {"paid": 10, "OrderChanged": 190}
    assert Order.objects.filter(status=OrderStatus.PAID).count() == 10
    assert Order.objects.count() == 10
    assert (variant.on_hand, variant.reserved) == (0, 0)
    assert StockMove.objects.filter(kind="sale").count() == 10
    assert Entry.objects.filter(kind="capture").count() == 10


def test_placing_and_giving_up_with_one_discount_do_not_deadlock(market_day, at_once):
    variant = market.variant(market.shop(), price_amount=1995, stock=30)
    market.code("TEN")
    given_up = market.place(market.cart((variant, 1), code="TEN"))
    cart, at = market.cart((variant, 1), code="TEN"), clock.now()
    other = market.buyer(email="other@example.com")
    shown = quotes.quote(cart=cart, country="NL", at=at).fingerprint
    middle = threading.Barrier(2)
    reserve, release = stock.reserve, stock.release

    def meet():
        with contextlib.suppress(threading.BrokenBarrierError):
            middle.wait(timeout=2)

    def reserve_after_meeting(**asked):
        meet()
        reserve(**asked)

    def release_and_meet(**asked):
        released = release(**asked)
        meet()
        return released

    def work(number):
        if number:
            return checkout.cancel(order_id=given_up.pk, at=at)
        return checkout.place(cart=cart, buyer=other, shown=shown, at=at).status

    with (
        mock.patch.object(stock, "reserve", reserve_after_meeting),
        mock.patch.object(stock, "release", release_and_meet),
    ):
        outcomes = at_once(2, work)

    assert outcomes == {None: 1, "awaiting_payment": 1}
    variant.refresh_from_db()
    assert variant.reserved == 1
    assert Discount.objects.get().redeemed == 1
