"""A refund on its way to the buyer: asked for outside any transaction with a key of its
own, found out about when in doubt, and followed to its end, which may be days later.
"""

import contextlib
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from marketplace import gateway
from marketplace.kit import jobs, states
from marketplace.kit.errors import MarketplaceError
from orders.models import PaymentMethod, Refund, RefundStatus
from payouts.models import AccountKind, Entry, EntryKind
from payouts.services import ledger
from payouts.services.ledger import Move, Name

logger = logging.getLogger(__name__)

K = AccountKind
CLEARING_REFUND = Name(K.CLEARING_REFUND)
STRIPE = Name(K.STRIPE_BALANCE)
STALE_AFTER = timedelta(minutes=2)
# Stripe may forget a key after 24 hours: past this, look before asking again.
KEYS_KEPT = timedelta(hours=20)
BATCH = 200
REACHED = {
    "pending": RefundStatus.SUBMITTED,
    "waits_for_buyer": RefundStatus.WAITS_FOR_BUYER,
    "sent": RefundStatus.SENT,
    "failed": RefundStatus.FAILED,
    "cancelled": RefundStatus.FAILED,
}
# How far each state is: an answer that is older than what we know changes nothing.
TOLD = (RefundStatus.WAITS_FOR_BUYER, RefundStatus.SENT, RefundStatus.FAILED)
RANK = {
    RefundStatus.REQUESTED: 0,
    RefundStatus.UNKNOWN: 1,
    RefundStatus.SUBMITTED: 2,
    RefundStatus.WAITS_FOR_BUYER: 3,
    RefundStatus.SENT: 4,
    RefundStatus.FAILED: 5,
}


class NotThisRefund(MarketplaceError):
    """What the provider tells of is another refund than this one; nothing was changed."""

    status_code = 409


def send(*, refund_id: int, at: datetime) -> Refund:
    """Ask the provider for a requested refund. Whoever claims it asks; a second caller
    does nothing.

    No answer makes it `unknown`, never failed; a definite no closes it, and what it was
    for is owed to the buyer (`buyer_refund_due`) until staff decide.
    """
    refund = _with_payment().get(pk=refund_id)
    if _claim(refund, at=at):
        _ask(refund, at=at, is_in_doubt=False)
    return refund


def resolve(*, at: datetime) -> None:
    """Bring every refund on: send what no nudge reached, find out about lost answers,
    and look at those that wait at the provider or whose money has not moved yet.
    """
    requested = Refund.objects.filter(status=RefundStatus.REQUESTED).order_by("pk")
    for refund in requested[:BATCH]:
        with _one_by_one(refund):
            send(refund_id=refund.pk, at=at)
    lost = _with_payment().filter(
        Q(status=RefundStatus.UNKNOWN)
        | Q(status=RefundStatus.SUBMITTED, submitted_at__lte=at - STALE_AFTER),
        provider_id=None,
    )
    for refund in lost.order_by("pk")[:BATCH]:
        with _one_by_one(refund):
            _resolve(refund, at=at)
    # In any order: those that wait for weeks must not hide the others.
    for refund in _unfinished().order_by("?")[:BATCH]:
        assert refund.provider_id is not None
        with _one_by_one(refund):
            facts = gateway.fetch_refund(refund_id=refund.provider_id)
            record(refund=refund, facts=facts, at=at)


@contextlib.contextmanager
def _one_by_one(refund: Refund) -> Iterator[None]:
    """Let no refund that cannot be brought on stop the others."""
    try:
        yield
    except MarketplaceError as problem:
        logger.warning("refund %s not brought on: %s", refund, problem)


def record(*, refund: Refund, facts: gateway.RefundFacts, at: datetime) -> Refund:
    """Bring a refund up to what the provider says of it, and book what moved.

    Safe to call again, with facts of any age and in any order: it only goes forward,
    and each entry is posted once.

    :raises NotThisRefund: they name another refund, amount or currency, or one that was
        refused for good.
    """
    with transaction.atomic(durable=True):
        row = _lock(refund)
        if (row.amount, row.currency) != (facts.amount, facts.currency) or (
            row.provider_id not in (None, facts.refund_id)
        ):
            raise NotThisRefund
        if row.provider_id is None and row.status == RefundStatus.FAILED:
            # Closed as refused, and owed since: `refund_adoption` takes it from there.
            raise NotThisRefund
        if row.provider_id is None:
            row.provider_id = facts.refund_id
        row.pending_reason = facts.pending_reason or ""
        row.save(update_fields=["provider_id", "pending_reason"])
        _advance(row, facts, at=at)
        _book(row, facts, at=at)
    refund.refresh_from_db()
    return refund


def close_refused(*, refund: Refund, code: str, at: datetime) -> None:
    """Close a refund the provider has refused for good; nothing reached the buyer, who
    is owed it now. One that somebody else has asked for meanwhile, or that has got an
    answer, is left alone.
    """
    with transaction.atomic(durable=True):
        row = _lock(refund)
        if _is_still_asked_by(refund, row):
            row.move_to(
                RefundStatus.FAILED, at=at, failed_at=at, failure_reason=code[:60]
            )
            _post_failed(row, reference=row.public_id, came_back=False, at=at)
            _tell(row)
            logger.error("refund %s was refused: %s", row, code)
    refund.refresh_from_db()


def _resolve(refund: Refund, *, at: datetime) -> None:
    assert refund.submitted_at is not None
    # Counted from the beginning: asking again does not renew Stripe's memory of a key.
    looks_first = refund.requested_at <= at - KEYS_KEPT
    # A look-up sees nothing of a call that is still under way.
    if looks_first and refund.submitted_at > at - STALE_AFTER:
        return
    if not _claim_again(refund, at=at):
        return
    if looks_first and not _look_up(refund, at=at):
        return
    if refund.status == RefundStatus.SUBMITTED and refund.provider_id is None:
        _ask(refund, at=at, is_in_doubt=True)


def _claim(refund: Refund, *, at: datetime) -> bool:
    if refund.status != RefundStatus.REQUESTED:
        return False
    try:
        refund.move_to(RefundStatus.SUBMITTED, at=at, submitted_at=at)
    except states.Raced:
        return False
    return True


def _claim_again(refund: Refund, *, at: datetime) -> bool:
    """Take one in doubt, by compare-and-set on when it was last submitted."""
    claimed = Refund.objects.filter(
        pk=refund.pk,
        status=refund.status,
        submitted_at=refund.submitted_at,
        provider_id=None,
    ).update(status=RefundStatus.SUBMITTED, submitted_at=at)
    refund.refresh_from_db()
    return claimed == 1


def _ask(refund: Refund, *, at: datetime, is_in_doubt: bool) -> None:
    """Ask the provider for a submitted refund, and record its answer.

    One in doubt may have been executed by an earlier call, so a call that was not
    taken leaves it in doubt.
    """
    request = gateway.RefundRequest(
        reference=refund.public_id,
        payment_intent_id=refund.payment.payment_intent_id or "",
        amount=refund.amount,
        currency=refund.currency,
        # Cash goes to a bank account that the buyer is asked for first.
        instructions_email=(
            refund.order.email
            if refund.payment.method == PaymentMethod.KONBINI
            else None
        ),
    )
    try:
        facts = gateway.send_refund(request=request, key=refund.key)
    except gateway.OutcomeUnknown as problem:
        if problem.replayed:
            _look_up(refund, at=at)
        _leave(refund, RefundStatus.UNKNOWN, at=at)
    except gateway.KeyInUse:
        _leave(refund, RefundStatus.UNKNOWN, at=at)
    except (gateway.RateLimited, gateway.NotAuthorised):
        _leave(
            refund,
            RefundStatus.UNKNOWN if is_in_doubt else RefundStatus.REQUESTED,
            at=at,
        )
    except gateway.AlreadyRefunded as problem:
        _find_who_refunded(refund, problem.code, at=at)
    except gateway.Refused as problem:
        close_refused(refund=refund, code=problem.code, at=at)
    else:
        record(refund=refund, facts=facts, at=at)


def _leave(refund: Refund, status: str, *, at: datetime) -> None:
    """Put a refund whose call brought no answer back, unless a notice brought one."""
    with transaction.atomic():
        row = _lock(refund)
        if _is_still_asked_by(refund, row):
            row.move_to(status, at=at)
    refund.refresh_from_db()


def _is_still_asked_by(refund: Refund, row: Refund) -> bool:
    """Say whether the row is as its asker claimed it: one that was stopped and woke up
    late finds that it is no longer its own.
    """
    return (
        row.status == RefundStatus.SUBMITTED
        and row.provider_id is None
        and row.submitted_at == refund.submitted_at
    )


def _look_up(refund: Refund, *, at: datetime) -> bool:
    """Look the refund up: take its answer, or note that a new key is needed.

    Returns whether the provider could be asked at all.
    """
    try:
        facts = _find(refund)
    except gateway.GatewayError:
        _leave(refund, RefundStatus.UNKNOWN, at=at)
        return False
    if facts is not None:
        record(refund=refund, facts=facts, at=at)
    else:
        Refund.objects.filter(pk=refund.pk, attempt=refund.attempt).update(
            attempt=refund.attempt + 1
        )
        refund.refresh_from_db()
    return True


def _find_who_refunded(refund: Refund, code: str, *, at: datetime) -> None:
    """Less than that is left of the payment: it was this very refund, or one made by
    hand that we have not heard of. The latter is adopted after ours is closed, out of
    what the buyer is owed by then: he is not paid twice, and owed no more.
    """
    try:
        facts = _find(refund)
    except gateway.GatewayError:
        _leave(refund, RefundStatus.UNKNOWN, at=at)
        return
    if facts is not None:
        record(refund=refund, facts=facts, at=at)
        return
    close_refused(refund=refund, code=code, at=at)
    with transaction.atomic():
        jobs.enqueue("payouts.tasks.adopt_refunds", payment_id=refund.payment_id)


def _find(refund: Refund) -> gateway.RefundFacts | None:
    return gateway.find_refund(
        payment_intent_id=refund.payment.payment_intent_id or "",
        reference=refund.public_id,
    )


def _lock(refund: Refund) -> Refund:
    row: Refund = (
        Refund.objects.select_for_update(no_key=True, of=("self",))
        .select_related("order")
        .get(pk=refund.pk)
    )
    return row


def _with_payment() -> "QuerySet[Refund]":
    return Refund.objects.select_related("payment", "order")


def _unfinished() -> "QuerySet[Refund]":
    """Keep what waits at the provider, or is over without its money being booked."""
    booked = Entry.objects.filter(
        order_reference=OuterRef("order__public_id"),
        provider_id=OuterRef("provider_id"),
    )
    settled = booked.filter(kind=EntryKind.REFUND_SETTLED)
    failed = booked.filter(kind=EntryKind.REFUND_FAILED)
    known: QuerySet[Refund] = _with_payment().exclude(provider_id=None)
    return known.filter(
        Q(status__in=[RefundStatus.SUBMITTED, RefundStatus.UNKNOWN])
        | Q(status=RefundStatus.WAITS_FOR_BUYER)
        | (Q(status=RefundStatus.SENT) & ~Exists(settled))
        | (Q(status=RefundStatus.FAILED) & ~Exists(failed))
    )


def _advance(row: Refund, facts: gateway.RefundFacts, *, at: datetime) -> None:
    target = REACHED[facts.status]
    if RANK[target] <= RANK[RefundStatus(row.status)]:
        return
    if row.status == RefundStatus.REQUESTED:
        row.move_to(RefundStatus.SUBMITTED, at=at, submitted_at=at)
    if target == RefundStatus.SENT:
        row.move_to(target, at=at, sent_at=at)
    elif target == RefundStatus.FAILED:
        reason = facts.failure_reason or facts.status
        row.move_to(target, at=at, failed_at=at, failure_reason=reason[:60])
        logger.error("refund %s failed at the provider: %s", row, reason)
    elif target != row.status:
        row.move_to(target, at=at)
    _tell(row)


def _tell(row: Refund) -> None:
    """Promise the buyer a word when it concerns him."""
    if row.status in TOLD:
        jobs.enqueue(
            "orders.tasks.send_refund_reached", refund_id=row.pk, status=row.status
        )


def _book(row: Refund, facts: gateway.RefundFacts, *, at: datetime) -> None:
    """Post what left the balance, and what came back. A failure whose money has left
    and is not back yet is booked when it is.
    """
    if facts.balance_line_id is not None:
        with contextlib.suppress(ledger.AlreadyPosted):
            ledger.post(
                kind=EntryKind.REFUND_SETTLED,
                reference=facts.balance_line_id,
                currency=row.currency,
                moves=[Move(CLEARING_REFUND, STRIPE, row.amount)],
                at=at,
                order_reference=row.order.public_id,
                provider_id=facts.refund_id,
            )
    if row.status != RefundStatus.FAILED:
        return
    if facts.failure_balance_line_id is not None:
        reference = facts.failure_balance_line_id
        _post_failed(row, reference=reference, came_back=True, at=at)
    elif facts.balance_line_id is None:
        _post_failed(row, reference=row.public_id, came_back=False, at=at)


def _post_failed(row: Refund, *, reference: str, came_back: bool, at: datetime) -> None:
    moves = [Move(CLEARING_REFUND, Name(K.BUYER_REFUND_DUE), row.amount)]
    if came_back:
        moves.insert(0, Move(STRIPE, CLEARING_REFUND, row.amount))
    with contextlib.suppress(ledger.AlreadyPosted):
        ledger.post(
            kind=EntryKind.REFUND_FAILED,
            reference=reference,
            currency=row.currency,
            moves=moves,
            at=at,
            order_reference=row.order.public_id,
            provider_id=row.provider_id or "",
        )
