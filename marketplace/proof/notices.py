"""Notices that come a thousand times, in any order, from a stranger, or that nobody can
handle."""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from typing import Any
from unittest import mock

from django.db import connection
from django.test import Client
from django.urls import reverse

from marketplace.gateway import sandbox_control
from marketplace.kit import jobs
from marketplace.kit.errors import MarketplaceError
from marketplace.proof import people
from marketplace.proof.frame import Fault, at_once
from marketplace.simulator import clockwork
from marketplace.simulator.world import World
from marketplace.webhooks import handlers
from marketplace.webhooks.models import EventStatus, StripeEvent
from marketplace.webhooks.services import inbox, processing
from orders.models import Order
from payouts.models import Entry, Posting
from payouts.services import refund_adoption
from sellers.services import stock

COPIES, THREADS = 1_000, 10
FIVE = (
    "checkout.session.completed",
    "payment_intent.succeeded",
    "charge.succeeded",
    "refund.created",
    "charge.refunded",
)
WRONG = ("bad", "old", "none", "wrong_secret")


def comes_a_thousand_times(here: World) -> Iterator[str]:
    """F13."""
    payment = people.paid(here)
    notice = next(n for n in sandbox_control.pending() if n["type"] == FIVE[0])

    def deliver(_number: int) -> bool:
        return inbox.receive(
            endpoint=notice["endpoint"],
            body=notice["body"].encode(),
            header=notice["signature"],
            at=here.now(),
        )

    outcomes = at_once(THREADS, deliver, times=COPIES)
    if outcomes != {True: 1, False: COPIES - 1}:
        yield f"outcomes {dict(outcomes)}"
    kept = StripeEvent.objects.count()
    if kept != 1:
        yield f"kept {kept} times"
        return
    jobs.drain()
    captures = Entry.objects.filter(kind="capture").count()
    if captures != 1:
        yield f"payment {payment.pk} was booked {captures} times"


def comes_in_every_order(here: World) -> Iterator[str]:
    """F14, P6: five notices of a sale and its refund, in all 120 orders."""
    yield from _one_state(here, list(itertools.permutations(range(len(FIVE)))))


def comes_in_some_orders(here: World) -> Iterator[str]:
    """The first and the last of them, which is where the harm is seen."""
    every = list(itertools.permutations(range(len(FIVE))))
    yield from _one_state(here, [*every[:2], *every[-4:]])


def _one_state(here: World, orders: list[tuple[int, ...]]) -> Iterator[str]:
    states: dict[tuple[Any, ...], list[int]] = {}
    for number, order in enumerate(orders):
        state = _state_after(here, order)
        states.setdefault(state, []).append(number)
    if len(states) != 1:
        for state, numbers in states.items():
            yield f"{len(numbers)} orders of notices ended as {state}"


def comes_from_a_stranger(here: World) -> Iterator[str]:
    """F16: forged, unsigned, old, signed with another secret, or of another endpoint."""
    people.paid(here, creator=False)
    client = Client(SERVER_NAME="127.0.0.1")
    for sign in WRONG:
        for notice in sandbox_control.pending(sign=sign)[:3]:
            yield from _refused(client, notice, notice["endpoint"], sign)
    for notice in sandbox_control.pending():
        if notice["endpoint"] != "connect":
            yield from _refused(client, notice, "connect", "of another endpoint")
    if StripeEvent.objects.exists():
        yield f"{StripeEvent.objects.count()} notices of strangers were kept"


def cannot_be_handled(here: World) -> Iterator[str]:
    """F17: one notice nobody can handle; the others flow, and it ends as dead."""
    payment = people.paid(here, creator=False)
    clockwork.hear(here, is_faithful=True)
    poison = StripeEvent.objects.order_by("pk").first()
    assert poison is not None
    handle = processing._claim

    def claim(stripe_event_id: int, at: Any) -> Any:
        event = handle(stripe_event_id, at)
        if event is not None and event.pk == poison.pk:
            event.type = "poison"
        return event

    def raises(**_asked: Any) -> None:
        raise PoisonError

    known: dict[str, Any] = {**handlers.HANDLERS, "poison": raises}
    with (
        mock.patch.object(processing, "_claim", claim),
        mock.patch.object(handlers, "HANDLERS", known),
    ):
        for _ in range(processing.ATTEMPTS + 2):
            here.pass_time(people.DAY)
            clockwork.attempt(here, lambda: processing.retry_due(at=here.now()))
            clockwork.attempt(here, jobs.drain)
    poison.refresh_from_db()
    if poison.status != EventStatus.DEAD:
        yield f"the poison is {poison.status} after {poison.attempts} attempts"
    for event in StripeEvent.objects.exclude(pk=poison.pk):
        if event.status not in (EventStatus.DONE, EventStatus.IGNORED):
            yield f"{event.type} is {event.status}"
    payment.refresh_from_db()
    if payment.status != "paid":
        yield f"the payment is {payment.status}"


class PoisonError(MarketplaceError):
    """A notice that nobody can handle."""


def _state_after(here: World, order: tuple[int, ...]) -> tuple[Any, ...]:
    """Buy, refund a part by hand, deliver in this order, and give what it came to."""
    # As many as are bought, so that the last of the orders finds goods too.
    stock.receive(variant=people.variants(here)[0], quantity=2, at=here.now())
    payment = people.paid(here, units=2, creator=False)
    payment.refresh_from_db()
    intent = _intent_of(here, payment.session_id or "")
    sandbox_control.refund_from_dashboard(intent, 50)
    by_type = {n["type"]: n for n in sandbox_control.pending()}
    for notice in sandbox_control.pending():
        sandbox_control.answered(notice["id"], HTTPStatus.OK)
    for place in order:
        notice = by_type[FIVE[place]]
        inbox.receive(
            endpoint=notice["endpoint"],
            body=notice["body"].encode(),
            header=notice["signature"],
            at=here.now(),
        )
        jobs.drain()
    here.pass_time(people.DAY / 24)
    processing.retry_due(at=here.now())
    jobs.drain()
    return _state(Order.objects.get(pk=payment.order_id))


def _state(order: Order) -> tuple[Any, ...]:
    """What an order came to: its words, and per kind of entry how much was moved."""
    payment = order.payments.get()
    entries = Entry.objects.filter(order_reference=order.public_id)
    posted = sorted(
        (kind, entries.filter(kind=kind).count())
        for kind in set(entries.values_list("kind", flat=True))
    )
    back = sum(
        Posting.objects.filter(
            entry__in=entries.filter(kind="refund"), credit__kind="clearing_refund"
        ).values_list("amount", flat=True)
    )
    return (
        order.status,
        payment.status,
        tuple(sorted(order.refunds.values_list("amount", "status", "door"))),
        tuple(posted),
        back,
    )


def _intent_of(here: World, session_id: str) -> str:
    record = here.provider.sandbox.store.any_kind(session_id, "")
    assert record is not None
    return str(record.body["payment_intent"])


def _refused(
    client: Client, notice: dict[str, Any], endpoint: str, how: str
) -> Iterator[str]:
    answer = client.post(
        reverse("webhooks:receive", args=[endpoint]),
        data=notice["body"],
        content_type="application/json",
        headers={"Stripe-Signature": notice["signature"]},
    )
    if answer.status_code != HTTPStatus.BAD_REQUEST:
        yield f"a notice signed {how} was answered {answer.status_code}"


@contextmanager
def _kept_without_a_net() -> Iterator[None]:
    """No look and no unique row: every copy is kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'u'"
            " AND conrelid = 'webhooks_stripeevent'::regclass"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE webhooks_stripeevent DROP CONSTRAINT "{name}"')
    none = mock.Mock()
    none.exists.return_value = False
    found = StripeEvent.objects.filter

    def finds_none(*args: Any, **asked: Any) -> Any:
        return none if "event_id" in asked else found(*args, **asked)

    with mock.patch.object(StripeEvent.objects, "filter", finds_none):
        yield


@contextmanager
def _refunds_are_not_waited_for() -> Iterator[None]:
    """A refund does not bring its payment with it; one that cannot be placed yet is let
    go, and nobody asks later.
    """

    def alone(handle: handlers.Handler) -> handlers.Handler:
        def without_its_payment(**asked: Any) -> handlers.Outcome:
            unsettled = mock.Mock(return_value=handlers.Outcome.NOT_OURS)
            with mock.patch.object(handlers, "_settle", unsettled):
                return handle(**asked)

        return without_its_payment

    of_refunds = (handlers.charge_refunded, handlers.refund_changed)
    known = {
        name: alone(handle) if handle in of_refunds else handle
        for name, handle in handlers.HANDLERS.items()
    }

    def lets_go(*, facts: Any, at: Any) -> Any:
        try:
            return take_in(facts=facts, at=at)
        except MarketplaceError:
            return None

    take_in: Any = refund_adoption.take_in
    adopt = refund_adoption.adopt

    def unless_unpaid(*, facts: Any, at: Any) -> Any:
        if not Entry.objects.filter(
            kind="capture", provider_id=facts.charge_id or "-"
        ).exists():
            raise refund_adoption.AdoptLater
        return adopt(facts=facts, at=at)

    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(refund_adoption, "take_in", lets_go))
        stack.enter_context(mock.patch.object(refund_adoption, "adopt", unless_unpaid))
        stack.enter_context(mock.patch.object(handlers, "HANDLERS", known))
        yield


def _anybody_is_believed() -> Any:
    return mock.patch("stripe.WebhookSignature.verify_header", return_value=True)


def _stops_at_the_poison() -> Any:
    def raises(_event: Any, reason: Exception, _at: Any) -> None:
        raise reason

    return mock.patch.object(processing, "_put_off", raises)


FAULTS = (
    Fault(
        id="F13",
        says="one notice a thousand times at once",
        scenario=comes_a_thousand_times,
        off=_kept_without_a_net,
    ),
    Fault(
        id="F14",
        says="five notices in all 120 orders end in one state",
        scenario=comes_in_every_order,
        control=comes_in_some_orders,
        off=_refunds_are_not_waited_for,
    ),
    Fault(
        id="F16",
        says="forged, unsigned, old, of another secret or endpoint",
        scenario=comes_from_a_stranger,
        off=_anybody_is_believed,
    ),
    Fault(
        id="F17",
        says="a notice nobody can handle",
        scenario=cannot_be_handled,
        off=_stops_at_the_poison,
    ),
)
