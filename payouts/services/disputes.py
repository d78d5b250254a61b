"""A buyer's bank takes a payment back. The money leaves when Stripe takes it and comes
back when Stripe gives it back: from balance transactions, fees included. The parties
bear it once it is lost, each his part of what is left of the sale, and get it back to
the last cent if an appeal is won.

Whatever tells of a dispute only makes us fetch it again, so notices may come in any
order, twice or never.
"""

import contextlib
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from marketplace import gateway
from marketplace.kit import jobs
from marketplace.kit.errors import MarketplaceError
from orders.models import Order, Payment, Refund, RefundStatus
from payouts.models import (
    AccountKind,
    Dispute,
    DisputeStatus,
    Entry,
    EntryKind,
    LedgerAccount,
    Posting,
)
from payouts.services import freezes, ledger, restorations, takeback_shares, takebacks
from payouts.services.ledger import Move, Name

logger = logging.getLogger(__name__)

K = AccountKind
STRIPE, CLEARING = Name(K.STRIPE_BALANCE), Name(K.ORDER_CLEARING)
BANK_HAS = Name(K.DISPUTE_CLEARING)
BUYERS_OWN = (Name(K.BUYER_REFUND_DUE), Name(K.SUSPENSE))
ANSWERABLE = [
    DisputeStatus.WARNING_NEEDS_RESPONSE,
    DisputeStatus.NEEDS_RESPONSE,
    DisputeStatus.APPEAL_NEEDS_RESPONSE,
]
# The bank keeps what it took; anything else it has to give back before we are done.
KEPT = [DisputeStatus.LOST, DisputeStatus.PREVENTED]
GIVEN_BACK = [DisputeStatus.WON, DisputeStatus.WARNING_CLOSED]
# A refund that may be at the provider already: who bears what waits for its answer.
REFUNDS_IN_DOUBT = [
    RefundStatus.REQUESTED,
    RefundStatus.SUBMITTED,
    RefundStatus.UNKNOWN,
]
NEW_SINCE = timedelta(days=3)
APPEALABLE_FOR = timedelta(days=120)
BATCH = 100


class UnknownPayment(MarketplaceError):
    """No payment of ours is disputed here."""

    status_code = 404


def is_frozen(order: Order) -> bool:
    """Say whether an open dispute holds an order's releases and transfers back."""
    return freezes.is_frozen(order)


def refresh(*, provider_id: str, at: datetime) -> Dispute:
    """Fetch a dispute and apply what it has become. `at` is before the fetch.

    :raises UnknownPayment: it disputes no payment of ours.
    :raises gateway.GatewayError: the provider did not answer; nothing was changed.
    """
    return apply(facts=gateway.fetch_dispute(dispute_id=provider_id), at=at)


def apply(*, facts: gateway.DisputeFacts, at: datetime) -> Dispute:
    """Bring a dispute up to date with what was fetched at a moment, and book what that
    means: each balance line once, the parties' loss once, its restoring once.

    Facts older than what is known change nothing.

    :raises UnknownPayment: it disputes no payment of ours.
    """
    payment = _payment(facts)
    with transaction.atomic(durable=True):
        order = _lock_order(payment)
        dispute = _dispute(payment, facts, at=at)
        if not _is_stale(dispute, facts, at=at):
            _book_lines(dispute, order, facts.balance_lines)
            _note(dispute, facts, at=at)
            _conclude(dispute, order, at=at)
            dispute.save()
    return dispute


def poll(*, at: datetime) -> None:
    """Fetch what is open, what may have been appealed, and disputes nobody told us of.

    :raises gateway.GatewayError: the provider does not answer.
    """
    for facts in gateway.list_disputes(since=at - NEW_SINCE):
        with contextlib.suppress(UnknownPayment):
            apply(facts=facts, at=at)
    open_ones = Dispute.objects.filter(closed_at=None).exclude(checked_at__gte=at)
    for dispute in open_ones.order_by("checked_at", "pk")[:BATCH]:
        refresh(provider_id=dispute.provider_id, at=at)


def poll_lost(*, at: datetime) -> None:
    """Fetch the disputes that were lost and may still be won on appeal.

    :raises gateway.GatewayError: the provider does not answer.
    """
    lost = Dispute.objects.filter(
        status=DisputeStatus.LOST, lost_at__gte=at - APPEALABLE_FOR
    )
    for dispute in lost.order_by("checked_at", "pk")[:BATCH]:
        refresh(provider_id=dispute.provider_id, at=at)


def taken_amount(dispute: Dispute) -> int:
    """Give what the bank took for a dispute and has not given back, minor units."""
    return _moved(dispute, EntryKind.DISPUTE, debit=True) - _moved(
        dispute, EntryKind.DISPUTE_REINSTATED, debit=False
    )


def _payment(facts: gateway.DisputeFacts) -> Payment:
    found = Payment.objects.filter(charge_id=facts.charge_id).first()
    if found is None and facts.payment_intent_id:
        found = Payment.objects.filter(
            payment_intent_id=facts.payment_intent_id
        ).first()
    if found is None:
        raise UnknownPayment
    return found


def _lock_order(payment: Payment) -> Order:
    """Lock a payment's order: refunds of it wait, and so does a second notice."""
    return Order.objects.select_for_update(no_key=True).get(pk=payment.order_id)


def _dispute(payment: Payment, facts: gateway.DisputeFacts, *, at: datetime) -> Dispute:
    """Find the row of a dispute, or make it. Assumes the order's lock."""
    made, is_new = Dispute.objects.get_or_create(
        provider_id=facts.dispute_id,
        defaults={
            "payment": payment,
            "status": facts.status,
            "reason": facts.reason,
            "amount": facts.amount,
            "currency": facts.currency,
            "evidence_due_at": facts.evidence_due_at,
            "submissions": facts.submissions,
            "opened_at": facts.created_at,
            "checked_at": at,
        },
    )
    if is_new and made.status in ANSWERABLE:
        jobs.enqueue("payouts.tasks.tell_of_dispute", dispute_id=made.pk)
    return made


def _is_stale(dispute: Dispute, facts: gateway.DisputeFacts, *, at: datetime) -> bool:
    """Say whether these facts were fetched before what is known already: a worker that
    was slow must not put an older state over a newer one.
    """
    fewer = len(facts.balance_lines) < _entries(dispute).count()
    return fewer or at < dispute.checked_at


def _entries(dispute: Dispute) -> "QuerySet[Entry]":
    return Entry.objects.filter(
        kind__in=[EntryKind.DISPUTE, EntryKind.DISPUTE_REINSTATED],
        provider_id=dispute.provider_id,
    )


def _book_lines(
    dispute: Dispute, order: Order, lines: Sequence[gateway.BalanceLine]
) -> None:
    """Post what Stripe took and gave back, once each: the amount and its fee."""
    for line in sorted(lines, key=lambda line: (line.created_at, line.amount)):
        is_fee = line.type == "stripe_fee"
        amount = 0 if is_fee else line.amount
        fee = -line.net_amount if is_fee else line.fee_amount
        moves = [
            _either_way(STRIPE, BANK_HAS, amount),
            _either_way(Name(K.DISPUTE_FEE), STRIPE, fee),
        ]
        is_back = amount > 0
        with contextlib.suppress(ledger.AlreadyPosted):
            ledger.post(
                kind=EntryKind.DISPUTE_REINSTATED if is_back else EntryKind.DISPUTE,
                reference=line.id,
                currency=line.currency,
                moves=moves,
                at=line.created_at,
                order_reference=order.public_id,
                provider_id=dispute.provider_id,
            )


def _either_way(debit: Name, credit: Name, amount: int) -> Move:
    """Make a move of a signed amount."""
    return Move(debit, credit, amount) if amount >= 0 else Move(credit, debit, -amount)


def _note(dispute: Dispute, facts: gateway.DisputeFacts, *, at: datetime) -> None:
    dispute.status = facts.status
    dispute.reason = facts.reason
    dispute.evidence_due_at = facts.evidence_due_at
    dispute.submissions = facts.submissions
    dispute.checked_at = at


def _conclude(dispute: Dispute, order: Order, *, at: datetime) -> None:
    """Do what the present state means for the parties. Over is a dispute only when the
    money is where it belongs.
    """
    taken = taken_amount(dispute)
    is_over = False
    if dispute.status in KEPT:
        is_over = _lose(dispute, order, taken, at=at)
    elif dispute.status in GIVEN_BACK:
        is_over = taken <= 0
        if is_over and dispute.lost_at and dispute.restored_at is None:
            _restore(dispute, order, at=at)
    if is_over:
        dispute.closed_at = dispute.closed_at or at
    else:
        dispute.closed_at = None


def _lose(dispute: Dispute, order: Order, taken: int, *, at: datetime) -> bool:
    """Let the parties bear what the bank kept, once; says whether that is done."""
    if dispute.restored_at is not None and taken > 0:
        return _lose_again(dispute, order, taken, at=at)
    if dispute.lost_at is not None or taken <= 0:
        # Borne already, or there was nothing (yet): an amount that was not even taken
        # leaves nobody worse off.
        return dispute.lost_at is not None or dispute.status == DisputeStatus.PREVENTED
    in_doubt = Refund.objects.filter(
        order=order, status__in=REFUNDS_IN_DOUBT, provider_id=None
    )
    if in_doubt.exists():
        return False
    of = takebacks.sale(order)
    remaining = sum(component.paid for component in of.components)
    borne = min(taken, remaining)
    parts = takeback_shares.spread(of.components, borne) if borne else []
    moves = takebacks.take(of=of, taken=parts, dispute=dispute, at=at)
    due = _owed_to_buyer(order, taken - borne)
    ledger.post(
        kind=EntryKind.DISPUTE_LOST,
        reference=dispute.public_id,
        currency=order.currency,
        moves=[
            *moves,
            Move(CLEARING, BANK_HAS, borne),
            # The bank paid the buyer what was still owed to him.
            *(Move(name, BANK_HAS, amount) for name, amount in due.items()),
            Move(Name(K.DISPUTE_LOSS), BANK_HAS, taken - borne - sum(due.values())),
        ],
        at=at,
        order_reference=order.public_id,
        provider_id=dispute.provider_id,
    )
    dispute.lost_at = at
    dispute.save()
    takebacks.settle(of=of, dispute=dispute, at=at)
    return True


def _lose_again(dispute: Dispute, order: Order, taken: int, *, at: datetime) -> bool:
    """Bear what a bank took once more after an appeal was won: rare, and the parties
    were told it was over, so the platform does.
    """
    logger.error("dispute %s was lost again after an appeal", dispute)
    with contextlib.suppress(ledger.AlreadyPosted):
        ledger.post(
            kind=EntryKind.DISPUTE_LOST,
            reference=f"{dispute.public_id}:again",
            currency=order.currency,
            moves=[Move(Name(K.DISPUTE_LOSS), BANK_HAS, taken)],
            at=at,
            order_reference=order.public_id,
            provider_id=dispute.provider_id,
        )
    return True


def _restore(dispute: Dispute, order: Order, *, at: datetime) -> None:
    """Give the parties back what they bore, out of what the bank gave back."""
    of = takebacks.sale(order)
    moves = restorations.restore(of=of, dispute=dispute, at=at)
    back = _moved(dispute, EntryKind.DISPUTE_REINSTATED, debit=False)
    due = {name: _posted(dispute, name.kind) for name in BUYERS_OWN}
    borne = sum(
        move.amount * ((move.debit == CLEARING) - (move.credit == CLEARING))
        for move in moves
    )
    dispute.restored_at = at
    dispute.save()
    ledger.post(
        kind=EntryKind.DISPUTE_RESTORED,
        reference=dispute.public_id,
        currency=order.currency,
        moves=[
            *moves,
            Move(BANK_HAS, CLEARING, borne),
            *(Move(BANK_HAS, name, amount) for name, amount in due.items()),
            # What was nobody's but the platform's loss; or, should the bank give back
            # less than it took, what becomes it.
            _either_way(
                BANK_HAS, Name(K.DISPUTE_LOSS), back - borne - sum(due.values())
            ),
        ],
        at=at,
        order_reference=order.public_id,
        provider_id=dispute.provider_id,
    )
    takebacks.settle(of=of, dispute=dispute, at=at)


def _owed_to_buyer(order: Order, at_most: int) -> dict[Name, int]:
    """Find what of an order's money is the buyer's anyway: a refund that failed, money
    that was never kept. Minor units by account, together at most so much.
    """
    found: dict[Name, int] = {}
    for name in BUYERS_OWN:
        code = name.code(order.currency)
        account = LedgerAccount.objects.filter(code=code).first()
        if account is not None:
            owed = ledger.balance(account, order_reference=order.public_id)
            found[name] = max(min(owed, at_most - sum(found.values())), 0)
    return found


def _moved(dispute: Dispute, kind: EntryKind, *, debit: bool) -> int:
    """Sum what entries of a kind moved into (`debit`) or out of the bank's hands."""
    side = (
        {"debit__kind": K.DISPUTE_CLEARING}
        if debit
        else {"credit__kind": K.DISPUTE_CLEARING}
    )
    rows = Posting.objects.filter(
        entry__kind=kind, entry__provider_id=dispute.provider_id, **side
    )
    return sum(rows.values_list("amount", flat=True))


def _posted(dispute: Dispute, kind: AccountKind) -> int:
    """Give what the loss of a dispute took out of an account of the platform."""
    rows = Posting.objects.filter(
        entry__kind=EntryKind.DISPUTE_LOST,
        entry__reference=dispute.public_id,
        debit__kind=kind,
    )
    return sum(rows.values_list("amount", flat=True))
