"""A refund on its way to the buyer: asked for outside any transaction with a key of its
own, found out about when in doubt, and followed to its end, which may be days later.
"""

import contextlib
import logging
from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from marketplace import gateway
from marketplace.kit import jobs
from marketplace.kit.errors import MarketplaceError
from orders.models import PaymentMethod, Refund, RefundStatus
from payouts.models import AccountKind, Entry, EntryKind
from payouts.services import asking, ledger
from payouts.services.ledger import Move, Name

logger = logging.getLogger(__name__)

K = AccountKind
CLEARING_REFUND = Name(K.CLEARING_REFUND)
STRIPE = Name(K.STRIPE_BALANCE)
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
    return SENDING.send(refund_id, at=at)


def resolve(*, at: datetime) -> None:
    """Bring every refund on: send what no nudge reached, find out about lost answers,
    and look at those that wait at the provider or whose money has not moved yet.
    """
    SENDING.send_planned(at=at)
    SENDING.resolve(at=at)
    # In any order: those that wait for weeks must not hide the others.
    for refund in _unfinished().order_by("?")[: asking.BATCH]:
        assert refund.provider_id is not None
        with SENDING.one_by_one(refund):
            facts = gateway.fetch_refund(refund_id=refund.provider_id)
            record(refund=refund, facts=facts, at=at)


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
        is_ours = row.status == RefundStatus.SUBMITTED and row.provider_id is None
        if is_ours and row.claim == refund.claim:
            row.move_to(
                RefundStatus.FAILED, at=at, failed_at=at, failure_reason=code[:60]
            )
            _post_failed(row, reference=row.public_id, came_back=False, at=at)
            _tell(row)
            logger.error("refund %s was refused: %s", row, code)
    refund.refresh_from_db()


class Sending(asking.Asking[Refund, gateway.RefundFacts]):
    """How a refund is asked for. The payouts switch does not stop it."""

    pace = "refunds"

    def rows(self) -> "QuerySet[Refund]":
        return Refund.objects.select_related("payment", "order")

    def begun_at(self, row: Refund) -> datetime:
        return row.requested_at

    @contextlib.contextmanager
    def one_by_one(self, row: Refund) -> Iterator[None]:
        """Let no refund that cannot be brought on stop the others."""
        try:
            yield
        except MarketplaceError as problem:
            logger.warning("refund %s not brought on: %s", row, problem)

    def ask(self, row: Refund) -> gateway.RefundFacts:
        request = gateway.RefundRequest(
            reference=row.public_id,
            payment_intent_id=row.payment.payment_intent_id or "",
            amount=row.amount,
            currency=row.currency,
            # Cash goes to a bank account that the buyer is asked for first.
            instructions_email=(
                row.order.email if row.payment.method == PaymentMethod.KONBINI else None
            ),
        )
        return gateway.send_refund(request=request, key=row.key)

    def find(self, row: Refund) -> gateway.RefundFacts | None:
        return gateway.find_refund(
            payment_intent_id=row.payment.payment_intent_id or "",
            reference=row.public_id,
        )

    def record(self, row: Refund, facts: gateway.RefundFacts, *, at: datetime) -> None:
        record(refund=row, facts=facts, at=at)

    def close(self, row: Refund, code: str, *, at: datetime) -> None:
        close_refused(refund=row, code=code, at=at)

    def refuse(self, row: Refund, problem: gateway.Refused, *, at: datetime) -> None:
        """Close it, unless less than that is left of the payment because of this very
        refund. If it is because of one made by hand that we have not heard of, that one
        is adopted after ours is closed, out of what the buyer is owed by then: he is
        not paid twice, and owed no more.
        """
        is_refunded = isinstance(problem, gateway.AlreadyRefunded)
        if is_refunded and not self.is_missing(row, at=at):
            return
        super().refuse(row, problem, at=at)
        if is_refunded:
            with transaction.atomic():
                jobs.enqueue("payouts.tasks.adopt_refunds", payment_id=row.payment_id)


SENDING = Sending()


def _lock(refund: Refund) -> Refund:
    row: Refund = (
        Refund.objects.select_for_update(no_key=True, of=("self",))
        .select_related("order")
        .get(pk=refund.pk)
    )
    return row


def _unfinished() -> "QuerySet[Refund]":
    """Keep what waits at the provider, or is over without its money being booked."""
    booked = Entry.objects.filter(
        order_reference=OuterRef("order__public_id"),
        provider_id=OuterRef("provider_id"),
    )
    settled = booked.filter(kind=EntryKind.REFUND_SETTLED)
    failed = booked.filter(kind=EntryKind.REFUND_FAILED)
    known = SENDING.rows().exclude(provider_id=None)
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
