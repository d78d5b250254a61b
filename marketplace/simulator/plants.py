"""Mistakes we know from others and fear of ourselves, planted one at a time.

Each patches a service of ours while a run lasts; a simulator that lives through one
without a word would be worth nothing. The code of the services knows nothing of this.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from django.core.management.base import CommandError
from django.db.models import Exists, F

from marketplace import gateway
from marketplace.kit import clock
from orders.services import discounts
from payouts.models import AccountKind, ConnectedAccount, EntryKind, Transfer
from payouts.services import (
    captures,
    clawbacks,
    fees,
    freezes,
    ledger,
    refund_unearned,
    releases,
    splits,
    takebacks,
)
from payouts.services.ledger import Move, Name
from payouts.services.takeback_shares import Taken
from sellers.models import Variant
from sellers.services import stock

Plant = Callable[[], AbstractContextManager[object]]
K = AccountKind
_DAY = timedelta(days=1)


def second_transfer() -> AbstractContextManager[object]:
    """Ask twice for one transfer, each time with a key of its own."""
    send = gateway.send_transfer

    def twice(*, request: gateway.TransferRequest, key: str) -> gateway.TransferFacts:
        facts = send(request=request, key=key)
        try:
            send(request=request, key=f"{key}:again")
        except gateway.GatewayError:
            return facts
        return facts

    return mock.patch.object(gateway, "send_transfer", twice)


def new_key_for_each_try() -> AbstractContextManager[object]:
    """Make the idempotency key at the call, so that a repeated call is another one."""
    numbers = itertools.count()
    key = property(lambda self: f"{self.public_id}:{next(numbers)}")
    return mock.patch.object(Transfer, "key", key)


def lost_answer_is_failure() -> AbstractContextManager[object]:
    """Take a timeout for a no: the transfer failed, its money may be sent again."""
    send = gateway.send_transfer

    def sure(**asked: Any) -> gateway.TransferFacts:
        try:
            return send(**asked)
        except gateway.OutcomeUnknown as problem:
            raise gateway.Refused("no answer", code="timeout") from problem

    return mock.patch.object(gateway, "send_transfer", sure)


def oversell() -> AbstractContextManager[object]:
    """Take a unit for an order without counting it, so that another may have it too."""
    reserve = stock.reserve

    def uncounted(*, demands: Any, order_reference: str, expires_at: datetime) -> None:
        reserve(demands=demands, order_reference=order_reference, expires_at=expires_at)
        for demand in demands:
            Variant.objects.filter(pk=demand.variant_id).update(
                reserved=F("reserved") - demand.quantity
            )

    return mock.patch.object(stock, "reserve", uncounted)


def cent_lost_in_a_split() -> AbstractContextManager[object]:
    """Round the platform's commission up instead of down."""
    split = splits.split_line

    def rounded(terms: splits.LineTerms) -> list[splits.Share]:
        shares = split(terms)
        kinds = {share.kind for share in shares}
        if not {"goods", "commission"} <= kinds:
            return shares
        more = {"goods": -1, "commission": 1}
        return [
            replace(share, amount=share.amount + more.get(share.kind, 0))
            for share in shares
        ]

    return mock.patch.object(splits, "split_line", rounded)


def released_before_the_hold_is_over() -> AbstractContextManager[object]:
    """Count the days of a hold wrongly, five too few."""
    due = releases._due
    return mock.patch.object(
        releases, "_due", lambda waits_for, at: due(waits_for, at + 5 * _DAY)
    )


def capture_booked_twice() -> AbstractContextManager[object]:
    """Let a repeated notice book the payment again, under another reference."""
    capture = captures.capture

    def again(*, payment: Any, order: Any, at: Any) -> None:
        capture(payment=payment, order=order, at=at)
        if payment.amount:
            ledger.post(
                kind=EntryKind.CAPTURE,
                reference=f"{captures.reference_of(payment)}:again",
                currency=order.currency,
                moves=[
                    Move(captures.STRIPE, captures.CLEARING, payment.amount),
                    Move(
                        captures.CLEARING, Name(K.PLATFORM_COMMISSION), payment.amount
                    ),
                ],
                at=at,
                order_reference=order.public_id,
            )

    return mock.patch.object(captures, "capture", again)


def fee_booked_twice() -> AbstractContextManager[object]:
    """Book a fee when the payment settles, and again when its notice comes."""
    book = fees.book_fee

    def again(*, payment: Any, line: gateway.BalanceLine, at: Any) -> None:
        book(payment=payment, line=line, at=at)
        book(payment=payment, line=replace(line, id=f"{line.id}:again"), at=at)

    return mock.patch.object(fees, "book_fee", again)


def goods_never_given_back() -> AbstractContextManager[object]:
    """Keep the goods of an order that was given up."""
    return mock.patch.object(stock, "release", return_value=0)


def code_never_given_back() -> AbstractContextManager[object]:
    """Count the use of a discount whose order was given up."""
    return mock.patch.object(discounts, "release", return_value=False)


def transfer_not_booked() -> AbstractContextManager[object]:
    """Send a transfer and leave the money in payable, to be sent again."""
    return without(EntryKind.TRANSFER)


def fee_forgotten() -> AbstractContextManager[object]:
    """Leave out what the provider took."""
    return mock.patch.object(fees, "book_fee", return_value=None)


def lost_refund() -> AbstractContextManager[object]:
    """Believe that a refund was made which nobody asked the provider for."""
    numbers = itertools.count()

    def believed(*, request: gateway.RefundRequest, key: str) -> gateway.RefundFacts:
        return gateway.RefundFacts(
            refund_id=f"re_believed_{next(numbers)}",
            reference=request.reference,
            status="sent",
            pending_reason=None,
            failure_reason=None,
            amount=request.amount,
            currency=request.currency,
            charge_id=None,
            payment_intent_id=request.payment_intent_id,
            balance_line_id=None,
            failure_balance_line_id=None,
            created_at=clock.now(),
        )

    return mock.patch.object(gateway, "send_refund", believed)


def second_refund() -> AbstractContextManager[object]:
    """Ask twice for one refund, each time with a key of its own."""
    send = gateway.send_refund

    def twice(*, request: gateway.RefundRequest, key: str) -> gateway.RefundFacts:
        facts = send(request=request, key=key)
        try:
            send(request=request, key=f"{key}:again")
        except gateway.GatewayError:
            return facts
        return facts

    return mock.patch.object(gateway, "send_refund", twice)


def refund_without_taking_the_shares_back() -> AbstractContextManager[object]:
    """Let the marketplace bear what was the parties' to give back."""

    def nobodys(*, taken: Sequence[Taken], **_asked: Any) -> list[Move]:
        return [
            Move(Name(K.GOODWILL), captures.CLEARING, sum(one.buyer for one in taken))
        ]

    return mock.patch.object(takebacks, "take", nobodys)


def debt_recovered_twice() -> AbstractContextManager[object]:
    """Set a debt off against earnings twice."""
    net = clawbacks._net

    def twice(*asked: Any, at: datetime) -> None:
        net(*asked, at=at)
        net(*asked, at=at)

    return mock.patch.object(clawbacks, "_net", twice)


def netting_not_posted() -> AbstractContextManager[object]:
    """Note that a debt was set off, and post nothing."""
    return without(EntryKind.NETTING)


def dispute_money_not_booked() -> AbstractContextManager[object]:
    """Leave out what a bank took until the dispute is decided."""
    return without(EntryKind.DISPUTE)


@contextmanager
def frozen_order_paid_out() -> Iterator[None]:
    """Release and send what a bank is asking about."""
    with (
        mock.patch.object(freezes, "is_frozen", return_value=False),
        mock.patch.object(freezes, "of_order", return_value=Exists(_nothing())),
    ):
        yield


def paid_to_another_account() -> AbstractContextManager[object]:
    """Send to the account that was named last, whoever's it is."""
    send = gateway.send_transfer

    def astray(*, request: gateway.TransferRequest, key: str) -> gateway.TransferFacts:
        other = (
            ConnectedAccount.objects.filter(status="active")
            .exclude(provider_id=request.destination)
            .order_by("pk")
            .first()
        )
        if other is not None and other.provider_id:
            request = replace(request, destination=other.provider_id)
        return send(request=request, key=key)

    return mock.patch.object(gateway, "send_transfer", astray)


@contextmanager
def late_event_overwrites_a_newer_state() -> Iterator[None]:
    """Believe what an object was when it was first heard of, however old that is."""
    first: dict[str, Any] = {}
    fetch, every = gateway.fetch_dispute, gateway.list_disputes

    def old(facts: gateway.DisputeFacts) -> gateway.DisputeFacts:
        known: gateway.DisputeFacts = first.setdefault(facts.dispute_id, facts)
        return known

    with (
        mock.patch.object(
            gateway, "fetch_dispute", lambda **asked: old(fetch(**asked))
        ),
        mock.patch.object(
            gateway, "list_disputes", lambda **asked: [old(f) for f in every(**asked)]
        ),
    ):
        yield


def goods_not_put_back() -> AbstractContextManager[object]:
    """Forget the units that were cancelled or came back."""
    return mock.patch.object(stock, "take_back", return_value=0)


@contextmanager
def money_of_nobody_kept() -> Iterator[None]:
    """Keep what was paid for an order that could not be kept."""
    with (
        mock.patch.object(refund_unearned, "return_all", return_value=None),
        mock.patch.object(refund_unearned, "return_unearned", return_value=None),
    ):
        yield


def _nothing() -> Any:
    return ConnectedAccount.objects.none()


@contextmanager
def without(*kinds: EntryKind) -> Iterator[None]:
    """Let entries of these kinds be forgotten."""
    post = ledger.post

    def forgetful(*, kind: EntryKind, **asked: Any) -> Any:
        return None if kind in kinds else post(kind=kind, **asked)

    with mock.patch.object(ledger, "post", forgetful):
        yield


PLANTS: dict[str, Plant] = {
    plant.__name__: plant
    for plant in (
        second_transfer,
        new_key_for_each_try,
        lost_answer_is_failure,
        oversell,
        cent_lost_in_a_split,
        released_before_the_hold_is_over,
        capture_booked_twice,
        fee_booked_twice,
        fee_forgotten,
        transfer_not_booked,
        goods_never_given_back,
        code_never_given_back,
        lost_refund,
        second_refund,
        refund_without_taking_the_shares_back,
        debt_recovered_twice,
        netting_not_posted,
        dispute_money_not_booked,
        frozen_order_paid_out,
        paid_to_another_account,
        late_event_overwrites_a_newer_state,
        goods_not_put_back,
        money_of_nobody_kept,
    )
}
NAMES = tuple(PLANTS)


def planted(name: str | None) -> AbstractContextManager[object]:
    """Give what plants the mistake of that name, or nothing.

    :raises CommandError: there is no such mistake.
    """
    if name is None:
        return nullcontext()
    try:
        return PLANTS[name]()
    except KeyError:
        raise CommandError(
            f"There is no plant '{name}': --plants lists them."
        ) from None
