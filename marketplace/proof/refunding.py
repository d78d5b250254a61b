"""Money going back: asked for twice at once, failing later, meeting a payout on its way,
and taken by a bank."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.db import transaction

from marketplace.gateway import sandbox_control
from marketplace.kit import jobs
from marketplace.proof import people
from marketplace.proof.frame import Fault, at_once
from marketplace.simulator.world import World
from orders.models import Order, Refund, RefundDoor, RefundReason, RefundStatus
from orders.services import refunding
from payouts.models import Dispute, PayoutItem, Transfer, TransferStatus
from payouts.services import (
    disputes,
    ledger,
    refund_sending,
    refunds,
    takebacks,
)

STAFF = "user:staff"


def refund(
    here: World, order: Order, amount: int, key: str, door: str = RefundDoor.STAFF
) -> Refund:
    """Refund an amount of an order."""
    return refunds.refund(
        order=order,
        wanted=refunds.Amount(amount=amount, currency=order.currency),
        door=door,
        reason=RefundReason.ADJUSTMENT,
        actor=STAFF,
        note="",
        request_key=key,
        at=here.now(),
    )


def is_refunded_by_two(here: World) -> Iterator[str]:
    """F24: one refunds all, another a part, in the same moment."""
    for number in range(4):
        order = people.bought(here, creator=bool(number % 2))
        amounts = (order.total_amount, order.total_amount // 2)
        wishes = [f"wish {number} {n}" for n in range(2)]

        def ask(
            n: int,
            order: Order = order,
            amounts: tuple[int, ...] = amounts,
            wishes: list[str] = wishes,
        ) -> str:
            return refund(here, order, amounts[n], wishes[n]).status

        outcomes = at_once(2, ask)
        jobs.drain()
        asked = sum(order.refunds.values_list("amount", flat=True))
        if asked > order.total_amount:
            yield f"{asked} of {order.total_amount} were refunded: {dict(outcomes)}"
    yield from people.healed(here)


def fails_days_later(here: World) -> Iterator[str]:
    """F25: a refund comes back five days after it was sent."""
    order = people.bought(here)
    made = refund(here, order, order.total_amount // 2, "wish")
    jobs.drain()
    people.days(here, 5)
    made.refresh_from_db()
    sandbox_control.fail_refund(made.provider_id or "")
    yield from people.healed(here)
    made.refresh_from_db()
    if made.status != RefundStatus.FAILED:
        yield f"the refund is {made.status}"
    due = ledger.balances().get(f"buyer_refund_due:{order.currency}", 0)
    if due != made.amount:
        yield f"the buyer is owed {due} of {made.amount}"
    if not made.shares.exists():
        yield "the parties have their shares back"


def meets_a_payout_on_its_way(here: World) -> Iterator[str]:
    """F26: refunded while the creator's payout is at the provider."""
    order = people.bought(here)
    people.deliver(here, order)
    sandbox_control.arm_fault(
        match="POST /v1/transfers", do="timeout_after_commit", times=3
    )
    here.faults_run = False
    for leap in (8, 8, 5, 3):
        here.pass_time(leap * people.DAY)
        _run_all_but_the_resolver(here)
        if PayoutItem.objects.exists():
            break
    if not Transfer.objects.filter(status=TransferStatus.UNKNOWN).exists():
        yield "no transfer is in doubt"
    items = dict(PayoutItem.objects.values_list("pk", "amount"))
    refund(here, order, order.total_amount, "wish")
    yield from people.paid_out(here)
    if items != dict(
        PayoutItem.objects.filter(pk__in=items).values_list("pk", "amount")
    ):
        yield "the payout was edited"


def is_taken_by_a_bank(here: World) -> Iterator[str]:
    """F27: disputed after the payout, lost, and won on appeal."""
    order = people.bought(here)
    people.deliver(here, order)
    yield from people.paid_out(here)
    before = _party_balances()
    payment = order.payments.get()
    sandbox_control.open_dispute(payment.payment_intent_id or "")
    people.periods(here)
    found = Dispute.objects.get()
    sandbox_control.close_dispute(found.provider_id, outcome="lost")
    yield from people.healed(here)
    if _party_balances() == before:
        yield "nobody bore the lost dispute"
    sandbox_control.appeal_dispute(found.provider_id)
    sandbox_control.close_dispute(found.provider_id, outcome="won")
    yield from people.paid_out(here)
    found.refresh_from_db()
    if found.restored_at is None:
        yield f"the dispute is {found.status} and not restored"
    rest = {code: amount for code, amount in _party_balances().items() if amount}
    if rest:
        yield f"after the appeal {rest}"


def _party_balances() -> dict[str, int]:
    kinds = ("receivable", "seller_payable", "creator_payable")
    return {
        code: amount
        for code, amount in ledger.balances().items()
        if code.startswith(kinds)
    }


def _run_all_but_the_resolver(here: World) -> None:
    from_ = "payouts.tasks."
    for name in (
        "release_due",
        "send_transfers",
        "run_payouts",
        "send_transfers",
    ):
        jobs.run_periodic(name=from_ + name, at=here.now())
    jobs.drain()


@contextmanager
def _both_look_before_one_takes() -> Iterator[None]:
    looked = threading.Barrier(2)
    decide = refunds._decide

    def unlocked(order: Order) -> Order:
        return Order.objects.get(pk=order.pk)

    def decides_with_the_other(*asked: Any) -> Any:
        decided = decide(*asked)
        if threading.current_thread() is not threading.main_thread():
            try:
                looked.wait(timeout=5)
            except threading.BrokenBarrierError:
                return decided
        return decided

    with (
        mock.patch.object(refunds, "lock_order", unlocked),
        mock.patch.object(refunds, "_decide", decides_with_the_other),
        mock.patch.object(refunding, "lock_parts", return_value=None),
    ):
        yield


def _does_not_hear_of_failures() -> Any:
    record = refund_sending.record

    def deaf(*, refund: Refund, facts: Any, at: Any) -> Refund:
        if facts.status == "failed":
            return refund
        return record(refund=refund, facts=facts, at=at)

    return mock.patch.object(refund_sending, "record", deaf)


def _draws_what_is_not_there() -> Any:
    return mock.patch.object(
        takebacks._Pockets, "draw", lambda _self, _key, amount, _find: amount
    )


def _keeps_what_an_appeal_brought() -> Any:
    def forgets(dispute: Dispute, _order: Order, *, at: Any) -> None:
        with transaction.atomic():
            dispute.restored_at = at
            dispute.save()

    return mock.patch.object(disputes, "_restore", forgets)


FAULTS = (
    Fault(
        id="F24",
        says="two refund one order at once",
        scenario=is_refunded_by_two,
        off=_both_look_before_one_takes,
    ),
    Fault(
        id="F25",
        says="a refund comes back five days later",
        scenario=fails_days_later,
        off=_does_not_hear_of_failures,
    ),
    Fault(
        id="F26",
        says="refunded while the payout is on its way",
        scenario=meets_a_payout_on_its_way,
        off=_draws_what_is_not_there,
    ),
    Fault(
        id="F27",
        says="disputed after the payout, lost, won on appeal",
        scenario=is_taken_by_a_bank,
        off=_keeps_what_an_appeal_brought,
    ),
)
