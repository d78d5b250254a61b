"""What the provider tells of refunds: ours are brought up to date, one made in its
dashboard is adopted, and one we cannot place is set aside.
"""

import contextlib
import logging
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from marketplace import gateway
from marketplace.kit.errors import MarketplaceError
from orders.models import (
    Order,
    Payment,
    PaymentStatus,
    Refund,
    RefundDoor,
    RefundFunding,
    RefundReason,
    RefundStatus,
)
from orders.services import refunding
from payouts.models import AccountKind, EntryKind
from payouts.services import (
    ledger,
    refund_parts,
    refund_sending,
    refunds,
    takeback_shares,
    takebacks,
)
from payouts.services.ledger import Move, Name

logger = logging.getLogger(__name__)

K = AccountKind
SUSPENSE, STRIPE = Name(K.SUSPENSE), Name(K.STRIPE_BALANCE)


class AdoptLater(MarketplaceError):
    """A refund of ours for the same money is under way; which of the two went through
    is not known yet. Nothing was booked; look again.
    """

    status_code = 409


def take_in(*, facts: gateway.RefundFacts, at: datetime) -> Refund | None:
    """Apply what was fetched of a refund, whoever made it. Safe to call again.

    Returns its row; None when it was set aside in suspense.

    :raises AdoptLater: it cannot be told yet what it was for.
    """
    refund = _ours(facts) or adopt(facts=facts, at=at)
    if refund is not None:
        refund_sending.record(refund=refund, facts=facts, at=at)
    return refund


def take_in_all(*, payment_intent_id: str, at: datetime) -> None:
    """Apply every refund of a payment, the oldest first.

    :raises AdoptLater: one of them cannot be placed yet.
    """
    for facts in reversed(gateway.refunds_of(payment_intent_id=payment_intent_id)):
        take_in(facts=facts, at=at)


def adopt(*, facts: gateway.RefundFacts, at: datetime) -> Refund | None:
    """Make a row for a refund that was not asked for here, and take its money from
    whom it is: from what the buyer is owed already, the rest from the parties by the
    amount rule. More than remains, or a payment that is not ours, is set aside.

    :raises AdoptLater: a refund of ours for the same money is under way.
    """
    payment = _payment(facts)
    if payment is None or facts.status in ("failed", "cancelled"):
        _set_aside(facts, "", at=at)
        return None
    row = _place(facts, payment, waits=False, at=at)
    if row is None:
        # One of ours may have failed, or be under way, without our knowing it yet.
        _refresh_ours(payment, at=at)
        row = _place(facts, payment, waits=True, at=at)
    if row is None:
        _set_aside(facts, payment.order.public_id, at=at)
    return row


def _place(
    facts: gateway.RefundFacts, payment: Payment, *, waits: bool, at: datetime
) -> Refund | None:
    """Make the row where its money can be taken from somebody, else give None."""
    with transaction.atomic(durable=True):
        order = refunds.lock_order(payment.order)
        known = Refund.objects.filter(provider_id=facts.refund_id).first()
        if known is not None:
            return known
        due = refund_parts.due_amount(order=order)
        row = (
            _from_due(facts, payment, order, due=due, at=at)
            if due >= facts.amount
            else _from_parties(facts, payment, order, due=due, at=at)
        )
        if row is None and waits:
            _wait_for_ours(payment)
    if row is not None:
        logger.warning("refund %s adopted from the provider: %s", row, facts)
    return row


def _refresh_ours(payment: Payment, *, at: datetime) -> None:
    """Bring the refunds of a payment that we know up to date."""
    for facts in gateway.refunds_of(payment_intent_id=payment.payment_intent_id or ""):
        ours = _ours(facts)
        if ours is not None:
            refund_sending.record(refund=ours, facts=facts, at=at)


def _from_due(
    facts: gateway.RefundFacts,
    payment: Payment,
    order: Order,
    *,
    due: int,
    at: datetime,
) -> Refund:
    """Take it from what the buyer is owed, which covers it."""
    row = _row(
        facts,
        payment,
        RefundFunding.DUE,
        RefundReason.RETRY,
        due_amount=facts.amount,
        at=at,
    )
    move = Move(refunds.DUE, refunds.CLEARING_REFUND, row.amount)
    refunds.post(row, order=order, moves=[move], at=at)
    if due == facts.amount:
        refunding.close_unearned(order=order, at=at)
    return row


def _from_parties(
    facts: gateway.RefundFacts,
    payment: Payment,
    order: Order,
    *,
    due: int,
    at: datetime,
) -> Refund | None:
    """Take it from what the buyer is owed, and beyond that from the parties of the
    sale, where so much remains. All of it before anything was shipped cancels the order.
    """
    parts = refunding.lock_parts(order)
    of = takebacks.sale(order)
    left = sum(one.paid for one in of.components)
    wanted = facts.amount - due
    if wanted > min(left, refund_parts.refundable_amount(payment=payment)):
        return None
    cancels = wanted == left and not any(map(refunding.has_shipped, parts))
    taken = (
        [takeback_shares.take_all(one) for one in of.components if one.shared]
        if cancels
        else takeback_shares.spread(of.components, wanted)
    )
    reason = RefundReason.CANCELLED if cancels else RefundReason.ADJUSTMENT
    row = _row(facts, payment, RefundFunding.PARTIES, reason, due_amount=due, at=at)
    refunds.write(row, of=of, taken=taken, is_restocked=cancels, at=at)
    return row


def _ours(facts: gateway.RefundFacts) -> Refund | None:
    known = Refund.objects.filter(provider_id=facts.refund_id).first()
    if known is not None or facts.reference is None:
        return known
    asked = Refund.objects.filter(
        public_id=facts.reference,
        provider_id=None,
        amount=facts.amount,
        currency=facts.currency,
        payment__payment_intent_id=facts.payment_intent_id,
    )
    return asked.exclude(status=RefundStatus.FAILED).first()


def _payment(facts: gateway.RefundFacts) -> Payment | None:
    """Find the payment of ours that a refund goes back on."""
    same = Q(payment_intent_id=facts.payment_intent_id or "")
    if facts.charge_id:
        same |= Q(charge_id=facts.charge_id)
    return (
        Payment.objects.filter(same, status=PaymentStatus.PAID, currency=facts.currency)
        .select_related("order")
        .first()
    )


def _row(
    facts: gateway.RefundFacts,
    payment: Payment,
    funded_by: RefundFunding,
    reason: RefundReason,
    *,
    due_amount: int,
    at: datetime,
) -> Refund:
    return Refund.objects.create(
        order_id=payment.order_id,
        payment=payment,
        status=RefundStatus.SUBMITTED,
        amount=facts.amount,
        due_amount=due_amount,
        currency=facts.currency,
        door=RefundDoor.PROVIDER,
        reason=reason,
        funded_by=funded_by,
        request_key=facts.refund_id,
        provider_id=facts.refund_id,
        requested_at=facts.created_at,
        submitted_at=at,
    )


def _wait_for_ours(payment: Payment) -> None:
    """:raises AdoptLater: one of ours may turn out to be refused because of this."""
    under_way = Refund.objects.filter(
        payment=payment,
        provider_id=None,
        status__in=[
            RefundStatus.REQUESTED,
            RefundStatus.SUBMITTED,
            RefundStatus.UNKNOWN,
        ],
    )
    if under_way.exists():
        raise AdoptLater


def _set_aside(
    facts: gateway.RefundFacts, order_reference: str, *, at: datetime
) -> None:
    """Book what left the balance, and what came back, against suspense, for staff."""
    lines = [
        (facts.balance_line_id, Move(SUSPENSE, STRIPE, facts.amount)),
        (facts.failure_balance_line_id, Move(STRIPE, SUSPENSE, facts.amount)),
    ]
    for reference, move in lines:
        if reference is None:
            continue
        with (
            contextlib.suppress(ledger.AlreadyPosted),
            transaction.atomic(durable=True),
        ):
            ledger.post(
                kind=EntryKind.STRAY,
                reference=reference,
                currency=facts.currency,
                moves=[move],
                at=at,
                order_reference=order_reference,
                provider_id=facts.refund_id,
            )
            logger.error("refund %s cannot be placed, in suspense", facts.refund_id)
