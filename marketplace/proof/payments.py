"""Getting paid, while processes die, answers are lost and clicks come fifty at once."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from unittest import mock

from django.db import connection, models

from marketplace import gateway
from marketplace.gateway import sandbox_control
from marketplace.kit import jobs
from marketplace.kit.models import Outbox
from marketplace.proof import people
from marketplace.proof.frame import Fault, at_once
from marketplace.simulator import clockwork, laws, plants, witness
from marketplace.simulator.provider import Side
from marketplace.simulator.world import World
from marketplace.webhooks.services import inbox, processing
from orders import tasks as order_tasks
from orders.models import Order, OrderStatus, Payment
from orders.services import checkout, payments, quotes
from payouts.models import Entry, EntryKind, Transfer
from payouts.services import catching_up, settlement

CLICKS, THREADS = 50, 10
CONFIRMATION = "orders.tasks.send_confirmation"
MONEY_CALLS = ("POST /v1/checkout/sessions", "POST /v1/transfers", "POST /v1/refunds")


def dies_after_the_charge(here: World) -> Iterator[str]:
    """F01."""
    payment = people.paid(here)
    _die(here, "after", lambda: people.tell(here, payment))
    yield from people.healed(here)
    yield from _is_paid_once(payment)


def dies_before_the_charge(here: World) -> Iterator[str]:
    """F02."""
    order = people.place(here, people.fill(here, (people.variants(here)[0], 2)))
    payment = order.payments.get()
    _die(here, "before", lambda: payments.open(payment_id=payment.pk, at=here.now()))
    here.pass_time(timedelta(minutes=55))
    yield from people.healed(here)
    order.refresh_from_db()
    if order.status != OrderStatus.CANCELLED:
        yield f"the order nobody could pay is {order.status}"
    if witness.objects(here, "charge"):
        yield "something was charged"


def dies_before_the_nudge(here: World) -> Iterator[str]:
    """F03."""
    order = people.bought(here)
    jobs.drain()
    promised = Outbox.objects.filter(function=CONFIRMATION)
    done = promised.exclude(done_at=None).count()
    if (promised.count(), done) != (1, 1):
        yield f"{promised.count()} confirmations promised, {done} sent for {order.pk}"


def clicks_fifty_times(here: World) -> Iterator[str]:
    """F04."""
    cart = people.fill(here, (people.variants(here)[0], 1))
    by, at = people.buyer(), here.now()
    shown = quotes.quote(cart=cart, country=by.country, at=at).fingerprint

    def submit(_number: int) -> str:
        order = checkout.place(cart=cart, buyer=by, shown=shown, at=at)
        payments.open(payment_id=order.payments.get().pk, at=at)
        return order.public_id

    outcomes = at_once(THREADS, submit, times=CLICKS)
    outcomes.pop("PaymentPageUnavailable", None)  # its key was in use just then
    yield from (f"{n} clicks ended as {said}" for said, n in list(outcomes.items())[1:])
    yield from (f"order {order.pk} too many" for order in Order.objects.all()[1:])
    pages = witness.objects(here, "checkout.session")
    yield from (f"page {page['id']} too many" for page in pages[1:])


def loses_every_answer(here: World) -> Iterator[str]:
    """F05: executed, and the connection cut, at each call that moves money."""
    yield from _with_trouble(here, ("timeout_after_commit",))


def stores_a_failure(here: World) -> Iterator[str]:
    """F06: a 500 kept under the key, with and without the work done."""
    yield from _with_trouble(here, ("500_before", "500_after"))


def is_too_busy(here: World) -> Iterator[str]:
    """F07: 429 and 409 five times: no compensation is written."""
    yield from _with_trouble(here, ("429", "lock_timeout"), times=5)
    for kind in (EntryKind.TRANSFER_FAILED, EntryKind.REFUND_FAILED):
        for entry in Entry.objects.filter(kind=kind):
            yield f"{entry} was written for a call that was merely put off"


def tells_twice_at_once(here: World) -> Iterator[str]:
    """F11: the buyer comes back in the moment the notices arrive."""
    for number in range(5):
        payment = people.paid(here, creator=False)
        facts = gateway.fetch_payment(
            payment_intent_id=gateway.fetch_checkout(
                session_id=payment.session_id or ""
            ).payment_intent_id
            or ""
        )

        def settle(_n: int, payment: Payment = payment, facts: Any = facts) -> str:
            try:
                settlement.settle(payment_id=payment.pk, facts=facts, at=here.now())
            except settlement.AlreadySettled:
                return "again"
            return "settled"

        outcomes = at_once(6, settle)
        if outcomes != {"settled": 1, "again": 5}:
            yield f"round {number}: {dict(outcomes)}"
        yield from _is_paid_once(payment)


def pays_another_amount(here: World) -> Iterator[str]:
    """F12: what was paid is not what the order costs."""
    payment = people.paid(here)
    fetch = gateway.fetch_payment

    def more(**asked: str) -> gateway.PaymentFacts:
        facts = fetch(**asked)
        return replace(facts, amount=facts.amount + 1)

    with mock.patch.object(gateway, "fetch_payment", more):
        order = people.tell(here, payment)
    if order.status != OrderStatus.PROBLEM or order.paid_at is not None:
        yield f"the order is {order.status}"
    if Entry.objects.filter(kind=EntryKind.CAPTURE).exists():
        yield "a capture was booked"
    if not Entry.objects.filter(kind=EntryKind.MISMATCH).exists():
        yield "the money was not set aside"


def hears_nothing(here: World) -> Iterator[str]:
    """P2: every notice is lost; two rounds of the beat later the books are equal."""
    sandbox_control.set_deliveries(mode="drop")
    pages = [people.paid(here, units=n) for n in (1, 2, 1)]
    people.periods(here)
    orders = [Order.objects.get(pk=page.order_id) for page in pages]
    yield from (
        f"order {order.pk} is {order.status}" for order in orders if not order.paid_at
    )
    intents = [str(made["id"]) for made in witness.objects(here, "payment_intent")]
    sandbox_control.refund_from_dashboard(intents[0], 100)
    sandbox_control.open_dispute(intents[1])
    people.periods(here)
    yield from laws.agreement(here)


@contextmanager
def asks_nobody() -> Iterator[None]:
    """Without whatever finds out by asking: the harm of relying on notices."""
    with ExitStack() as stack:
        for module, name in (
            (settlement, "resolve_open"),
            (inbox, "poll"),
            (catching_up, "catch_up"),
            (catching_up, "follow_lines"),
            (processing, "retry_due"),
        ):
            stack.enter_context(mock.patch.object(module, name, return_value=None))
        yield


def _with_trouble(
    here: World, kinds: tuple[str, ...], *, times: int = 1
) -> Iterator[str]:
    """Sell, send and refund with every call of money going wrong in each way."""
    for kind in kinds:
        for call in MONEY_CALLS:
            sandbox_control.arm_fault(match=call, do=kind, times=times)
        order = people.place(here, people.fill(here, (people.variants(here)[0], 2)))
        payment = order.payments.get()
        while not clockwork.attempt(here, partial(_open, here, payment)):
            here.pass_time(timedelta(minutes=1))
        payment.refresh_from_db()
        sandbox_control.pay(page_url=payment.page_url)
        people.deliver(here, people.tell(here, payment))
        people.days(here, 8)
        people.periods(here, 4)
    for part, rows in _by_part().items():
        if rows != 1:
            yield f"{rows} transfers were planned for part {part}"
    yield from people.healed(here, after=4)


def _open(here: World, payment: Payment) -> None:
    payments.open(payment_id=payment.pk, at=here.now())


def _by_part() -> dict[int, int]:
    found: dict[int, int] = {}
    for part_id in Transfer.objects.filter(kind="seller").values_list(
        "seller_order_id", flat=True
    ):
        found[part_id] = found.get(part_id, 0) + 1
    return found


def _die(here: World, side: Side, work: Any) -> None:
    here.provider.kill(in_calls=1, side=side)
    clockwork.attempt(here, work)
    if not here.provider.kills:
        raise AssertionError("the process did not die")


def _is_paid_once(payment: Payment) -> Iterator[str]:
    payment.refresh_from_db()
    order = Order.objects.get(pk=payment.order_id)
    captures = Entry.objects.filter(
        kind=EntryKind.CAPTURE, order_reference=order.public_id
    ).count()
    if order.paid_at is None or payment.status != "paid" or captures != 1:
        yield f"payment {payment.pk} is {payment.status}, booked {captures} times"


@contextmanager
def _nobody_locks() -> Iterator[None]:
    """No lock of the cart, no net of one live order: everybody looks, then places."""
    looked = threading.Barrier(THREADS)
    price = quotes.quote

    def unlocked(manager: Any, **_options: Any) -> Any:
        return manager.all()

    def price_after_all_looked(**asked: Any) -> Any:
        found = price(**asked)
        if threading.current_thread() is not threading.main_thread():
            _meet(looked)
        return found

    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX IF EXISTS order_one_live_per_cart")
    with (
        mock.patch.object(models.Manager, "select_for_update", unlocked),
        mock.patch.object(quotes, "quote", price_after_all_looked),
    ):
        yield


def _meet(barrier: threading.Barrier) -> None:
    try:
        barrier.wait(timeout=10)
    except threading.BrokenBarrierError:
        return


@contextmanager
def _settles_without_a_lock() -> Iterator[None]:
    def lock_nothing(payment_id: int) -> tuple[Payment, Order]:
        found = Payment.objects.select_related("order").get(pk=payment_id)
        if threading.current_thread() is not threading.main_thread():
            _meet(read)
        return found, found.order

    read = threading.Barrier(6)
    with mock.patch.object(settlement, "_lock", lock_nothing):
        yield


def _promises_nothing() -> Any:
    """Tell the broker alone, which is where the process dies."""
    return mock.patch.object(jobs, "enqueue", return_value=None)


def _calls_it_a_no() -> Any:
    send = gateway.send_transfer

    def impatient(**asked: Any) -> gateway.TransferFacts:
        try:
            return send(**asked)
        except (gateway.RateLimited, gateway.KeyInUse) as problem:
            raise gateway.Refused("busy", code="busy") from problem

    return mock.patch.object(gateway, "send_transfer", impatient)


FAULTS = (
    Fault(
        id="F01",
        says="killed after the charge, before the commit",
        scenario=dies_after_the_charge,
        off=asks_nobody,
    ),
    Fault(
        id="F02",
        says="killed after the order, before the charge",
        scenario=dies_before_the_charge,
        off=lambda: mock.patch.object(order_tasks, "expire_unpaid"),
    ),
    Fault(
        id="F03",
        says="killed after the commit, before the job was told",
        scenario=dies_before_the_nudge,
        off=_promises_nothing,
    ),
    Fault(
        id="F04",
        says="fifty clicks on one checkout",
        scenario=clicks_fifty_times,
        off=_nobody_locks,
    ),
    Fault(
        id="F05",
        says="executed, and every answer lost",
        scenario=loses_every_answer,
        off=plants.lost_answer_is_failure,
    ),
    Fault(
        id="F06",
        says="a failure stored under the key",
        scenario=stores_a_failure,
        off=lambda: mock.patch.object(gateway, "find_transfer", return_value=None),
    ),
    Fault(
        id="F07",
        says="too busy, five times",
        scenario=is_too_busy,
        off=_calls_it_a_no,
    ),
    Fault(
        id="F11",
        says="the buyer and the notices at the same instant",
        scenario=tells_twice_at_once,
        off=_settles_without_a_lock,
    ),
    Fault(
        id="F12",
        says="paid is not what it costs",
        scenario=pays_another_amount,
        off=lambda: mock.patch.object(settlement, "_matches", return_value=True),
    ),
    Fault(
        id="P2",
        says="all notices lost, books equal within two periods",
        scenario=hears_nothing,
        off=asks_nobody,
    ),
)
