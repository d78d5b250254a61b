"""The last units, carts that name the same goods in another sequence, and the sweep."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest import mock

from django.db import connection
from django.test import override_settings

from marketplace.proof import people
from marketplace.proof.frame import Fault, at_once
from marketplace.simulator import laws
from marketplace.simulator.world import World
from orders.models import Order, OrderStatus
from orders.services import checkout, payments, quotes
from orders.tasks import expire_unpaid
from payouts.services import settlement
from sellers.models import Variant
from sellers.services import stock

BUYERS, UNITS, THREADS = 200, 10, 10


def sells_the_last_units(here: World) -> Iterator[str]:
    """F19: two hundred buyers, ten units."""
    yield from _sell(here, buyers=BUYERS, units=UNITS)


def sells_the_last_four(here: World) -> Iterator[str]:
    """Fewer units than threads, so that all look before one has taken."""
    yield from _sell(here, buyers=2 * THREADS, units=4)


def _sell(here: World, *, buyers: int, units: int) -> Iterator[str]:
    variant = people.variants(here)[0]
    stock.correct(variant=variant, on_hand=units, at=here.now())
    here.received[variant.pk] = units
    with override_settings(SCARCE_BELOW=0):
        carts = [people.fill(here, (variant, 1)) for _ in range(buyers)]
        by = [people.buyer(f"b{number}@example.com") for number in range(buyers)]
        shown = quotes.quote(
            cart=carts[0], country=people.COUNTRY, at=here.now()
        ).fingerprint

        def buy(number: int) -> str:
            order = checkout.place(
                cart=carts[number], buyer=by[number], shown=shown, at=here.now()
            )
            payment = people.pay(here, order)
            settlement.refresh(payment_id=payment.pk, at=here.now())
            return Order.objects.get(pk=order.pk).status

        outcomes = at_once(THREADS, buy, times=buyers)
    if outcomes != {"paid": units, "OrderChanged": buyers - units}:
        yield f"outcomes {dict(outcomes)}"
    paid = Order.objects.exclude(paid_at=None).count()
    if paid != units:
        yield f"{paid} orders of {units} units"
    yield from laws.agreement(here)


def names_goods_in_another_sequence(here: World) -> Iterator[str]:
    """F20: A, B against B, A; and the same goods in two carts at once."""
    first, second = people.variants(here)[:2]
    carts = [
        people.fill(here, (first, 1), (second, 1)),
        people.fill(here, (second, 1), (first, 1)),
    ]
    by = [people.buyer(f"b{number}@example.com") for number in range(2)]
    middle = threading.Barrier(2)
    free = stock._free

    def meet_after_the_first(variant_id: int, quantity: int) -> Any:
        return _Meeting(free(variant_id, quantity), middle)

    with mock.patch.object(stock, "_free", meet_after_the_first):
        outcomes = at_once(2, lambda n: people.place(here, carts[n], by[n]).status)
    if outcomes != {"awaiting_payment": 2}:
        yield f"outcomes {dict(outcomes)}"
    yield from laws.agreement(here)


def sweeps_while_it_is_paid(here: World) -> Iterator[str]:
    """F22: the sweep and the payment at once; either sold or given up, never both."""
    for _ in range(3):
        payment = people.paid(here, creator=False)
        late = payment.order.expires_at + timedelta(minutes=1)

        def either(number: int, late: Any = late, payment_id: int = payment.pk) -> str:
            if number % 2:
                expire_unpaid(at=late)
            else:
                settlement.refresh(payment_id=payment_id, at=here.now())
            return "done"

        expire_unpaid(at=late)
        order = Order.objects.get(pk=payment.order_id)
        if order.status == OrderStatus.CANCELLED:
            yield f"order {order.pk} was given up though it is paid"
        outcomes = at_once(4, either)
        if outcomes != {"done": 4}:
            yield f"outcomes {dict(outcomes)}"
        order.refresh_from_db()
        if order.status != OrderStatus.PAID:
            yield f"order {order.pk} is {order.status}"
    yield from laws.agreement(here)


class _Meeting:
    """Rows whose update lets the other thread come as far, so that each holds one."""

    def __init__(self, rows: Any, middle: threading.Barrier) -> None:
        self._rows, self._middle = rows, middle

    def update(self, **values: Any) -> int:
        changed: int = self._rows.update(**values)
        try:
            self._middle.wait(timeout=1.5)
        except threading.BrokenBarrierError:
            return changed
        return changed


@contextmanager
def _sells_without_looking() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'c'"
            " AND conrelid = 'sellers_variant'::regclass"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE sellers_variant DROP CONSTRAINT "{name}"')

    def anybody(variant_id: int, quantity: int) -> Any:
        _wait_for_the_others()
        return Variant.objects.filter(pk=variant_id)

    together = threading.Barrier(THREADS)

    def _wait_for_the_others() -> None:
        try:
            together.wait(timeout=2)
        except threading.BrokenBarrierError:
            return

    with mock.patch.object(stock, "_free", anybody):
        yield


@contextmanager
def _locks_as_they_come() -> Iterator[None]:
    def unsorted(lines: Any) -> dict[int, int]:
        wanted: dict[int, int] = {}
        for line in lines:
            wanted[line.variant_id] = wanted.get(line.variant_id, 0) + line.quantity
        return wanted

    with mock.patch.object(stock, "_sum", unsorted):
        yield


FAULTS = (
    Fault(
        id="F19",
        says="two hundred buyers of the last ten units",
        scenario=sells_the_last_units,
        control=sells_the_last_four,
        off=_sells_without_looking,
    ),
    Fault(
        id="F20",
        says="the same goods in another sequence",
        scenario=names_goods_in_another_sequence,
        off=_locks_as_they_come,
        runs=3,
    ),
    Fault(
        id="F22",
        says="the sweep while it is being paid",
        scenario=sweeps_while_it_is_paid,
        off=lambda: mock.patch.object(payments, "close_session", return_value=None),
    ),
)
