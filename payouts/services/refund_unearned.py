"""Money that cannot become a sale goes back by itself: it came too late for its goods,
or does not fit its order.
"""

import contextlib
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from marketplace.kit import jobs
from orders.models import (
    OrderStatus,
    Payment,
    PaymentStatus,
    Refund,
    RefundDoor,
    RefundFunding,
    RefundReason,
)
from orders.services import refunding
from payouts.models import AccountKind, EntryKind, Posting
from payouts.services import refund_parts, refunds
from payouts.services.ledger import Move, Name
from payouts.services.refund_parts import NothingToRefund

K = AccountKind
BATCH = 200
NOTHING = (0, "")


def return_unearned(*, payment: Payment, at: datetime) -> Refund:
    """Refund what a buyer is owed for a payment that its order could not keep.

    :raises AlreadyRequested: it is on its way, or staff deal with its failure.
    :raises NothingToRefund: nothing of it is owed.
    :raises OrderDisputed: the buyer's bank is deciding about the money.
    """
    return _return(payment, K.BUYER_REFUND_DUE, actor="", note="", at=at)


def return_set_aside(
    *, payment: Payment, actor: str, note: str, at: datetime
) -> Refund:
    """Refund what was paid and did not fit its order, at the word of staff.

    :raises AlreadyRequested: it was asked for before.
    :raises NothingToRefund: nothing of it is in suspense.
    """
    return _return(payment, K.SUSPENSE, actor=actor, note=note, at=at)


def return_all(*, at: datetime, limit: int = BATCH) -> int:
    """Refund every payment that its order could not keep and nobody has refunded yet;
    returns how many.
    """
    waiting = (
        Payment.objects.filter(
            status=PaymentStatus.PAID, order__status=OrderStatus.PROBLEM, amount__gt=0
        )
        .exclude(refunds__reason=RefundReason.UNEARNED)
        .order_by("pk")
    )
    done = 0
    for payment in waiting[:limit]:
        with contextlib.suppress(
            refunds.AlreadyRequested, NothingToRefund, refunds.OrderDisputed
        ):
            return_unearned(payment=payment, at=at)
            done += 1
    return done


def _return(
    payment: Payment, source: AccountKind, *, actor: str, note: str, at: datetime
) -> Refund:
    request_key = _request_key(payment)
    is_due = source == K.BUYER_REFUND_DUE
    try:
        with transaction.atomic(durable=True):
            order = refunds.lock_order(payment.order)
            refunds.refuse_repeated(request_key)
            refunds.refuse_disputed(order)
            if payment.payment_intent_id is None:
                raise NothingToRefund
            amount, currency = (
                (refund_parts.due_amount(order=order), payment.currency)
                if is_due
                else waits_for_staff([payment]).get(payment.pk, NOTHING)
            )
            if amount <= 0:
                raise NothingToRefund
            made = Refund.objects.create(
                order=order,
                payment=payment,
                amount=amount,
                currency=currency,
                door=RefundDoor.PLATFORM if is_due else RefundDoor.STAFF,
                reason=RefundReason.UNEARNED,
                funded_by=RefundFunding.DUE if is_due else RefundFunding.SUSPENSE,
                due_amount=amount if is_due else 0,
                note=note,
                actor=actor,
                request_key=request_key,
                requested_at=at,
            )
            move = Move(Name(source), refunds.CLEARING_REFUND, amount)
            refunds.post(made, order=order, moves=[move], at=at)
            refunding.close_unearned(order=order, at=at)
            if actor:
                refunds.audit(made, at=at)
            jobs.enqueue("orders.tasks.send_refund_started", refund_id=made.pk)
            jobs.enqueue("payouts.tasks.send_refund", refund_id=made.pk)
    except IntegrityError:
        refunds.refuse_repeated(request_key)
        raise
    return made


def waits_for_staff(payments: Sequence[Payment]) -> dict[int, tuple[int, str]]:
    """Give what each of these payments brought that does not fit its order and was not
    asked back yet: amount and currency by the payment's key. Two statements.
    """
    paid = {
        payment.charge_id or payment.payment_intent_id: payment.pk
        for payment in payments
    }
    paid.pop(None, None)
    set_aside = Posting.objects.filter(
        entry__kind=EntryKind.MISMATCH,
        entry__reference__in=list(paid),
        credit__kind=K.SUSPENSE,
    ).values_list("entry__reference", "amount", "currency")
    asked = set(
        Refund.objects.filter(
            request_key__in=[_request_key(payment) for payment in payments]
        ).values_list("payment_id", flat=True)
    )
    return {
        paid[reference]: (amount, currency)
        for reference, amount, currency in set_aside
        if paid[reference] not in asked
    }


def _request_key(payment: Payment) -> str:
    return f"unearned:{payment.public_id}"
