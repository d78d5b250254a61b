"""Stock under threads: the harm first, then the protection against it."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import F

from sellers.models import Reservation, Variant
from sellers.services import stock
from tests.factories import sellers as make

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
AT = make.AT
LATER = AT + timedelta(minutes=30)


def at_once(threads, work):
    """Run `work(number)` in so many threads that start together; give the outcomes."""
    barrier = threading.Barrier(threads)
    outcomes = []

    def run(number):
        try:
            connection.ensure_connection()
            barrier.wait(timeout=20)
            outcomes.append(work(number))
        except Exception as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    running = [threading.Thread(target=run, args=(n,)) for n in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(timeout=60)
    return Counter(outcomes)


def test_looking_before_taking_oversells_and_the_conditional_update_does_not():
    cup, bowl = make.variant(stock=10), make.variant(stock=10)
    looked = threading.Barrier(20)
    sold_by_looking = []

    def look_then_take(number):
        with transaction.atomic():
            free = Variant.objects.get(pk=cup.pk).available
            looked.wait(timeout=20)
            if free < 1:
                return "sold out"
            sold_by_looking.append(number)
            return "taken"

    assert at_once(20, look_then_take) == {"taken": 20}
    assert len(sold_by_looking) == 20  # of 10

    def reserve(number):
        with transaction.atomic():
            stock.reserve(
                demands=[stock.Demand(bowl.pk, 1, f"line{number}")],
                order_reference=f"ord_{number}",
                expires_at=LATER,
            )
        return "taken"

    assert at_once(20, reserve) == {"taken": 10, "SoldOut": 10}
    bowl.refresh_from_db()
    assert (bowl.on_hand, bowl.reserved) == (10, 10)
    assert Reservation.objects.filter(variant=bowl).count() == 10


def test_orders_of_the_same_things_in_another_sequence_do_not_deadlock():
    cup, bowl = make.variant(stock=100), make.variant(stock=100)
    both_hold_one = threading.Barrier(2)

    def take_in_cart_order(number):
        cart = [cup, bowl] if number else [bowl, cup]
        with transaction.atomic():
            first = Variant.objects.filter(pk=cart[0].pk)
            first.update(reserved=F("reserved") + 1)
            both_hold_one.wait(timeout=20)
            second = Variant.objects.filter(pk=cart[1].pk)
            second.update(reserved=F("reserved") + 1)
        return "taken"

    assert at_once(2, take_in_cart_order) == {
        "taken": 1,
        OperationalError.__name__: 1,
    }

    def reserve(number):
        cart = [cup, bowl] if number % 2 else [bowl, cup]
        with transaction.atomic():
            stock.reserve(
                demands=[
                    stock.Demand(variant.pk, 1, f"line{number}-{variant.pk}")
                    for variant in cart
                ],
                order_reference=f"ord_{number}",
                expires_at=LATER,
            )
        return "taken"

    assert at_once(20, reserve) == {"taken": 20}
    cup.refresh_from_db()
    bowl.refresh_from_db()
    assert (cup.reserved, bowl.reserved) == (21, 21)


@pytest.mark.parametrize("turn", range(5))
def test_expiry_and_payment_at_once_either_sell_or_release(turn):
    cup = make.variant(stock=10)
    with transaction.atomic():
        stock.reserve(
            demands=[
                stock.Demand(cup.pk, 4, "line1"),
                stock.Demand(cup.pk, 1, "line2"),
            ],
            order_reference="ord_one",
            expires_at=LATER,
        )

    def race(number):
        with transaction.atomic():
            if number % 2:
                stock.consume(order_reference="ord_one", at=AT)
                return "sold"
            return f"released {stock.release(order_reference='ord_one', at=AT)}"

    outcome = at_once(4, race)
    cup.refresh_from_db()
    if outcome["sold"]:
        assert outcome == {"sold": 1, "NothingHeld": 1, "released 0": 2}
        assert (cup.on_hand, cup.reserved) == (5, 0)
    else:
        assert outcome == {"released 2": 1, "released 0": 1, "NothingHeld": 2}
        assert (cup.on_hand, cup.reserved) == (10, 0)


def test_a_seller_who_lowers_stock_meets_a_reservation_in_one_order_or_the_other():
    cup = make.variant(stock=10)

    def race(number):
        if number:
            with transaction.atomic():
                stock.reserve(
                    demands=[stock.Demand(cup.pk, 8, "line1")],
                    order_reference="ord_one",
                    expires_at=LATER,
                )
            return "reserved"
        stock.correct(variant=cup, on_hand=5, at=AT)
        return "lowered"

    outcome = at_once(2, race)
    cup.refresh_from_db()
    if outcome["reserved"]:
        assert outcome == {"reserved": 1, "StockHeld": 1}
        assert (cup.on_hand, cup.reserved) == (10, 8)
    else:
        assert outcome == {"lowered": 1, "SoldOut": 1}
        assert (cup.on_hand, cup.reserved) == (5, 0)
