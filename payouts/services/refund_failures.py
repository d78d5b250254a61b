"""What is done about a refund that failed: its buyer is owed the money, which is sent
again, or the refund is taken back with all it did.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from marketplace.kit import jobs
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.models import AuditEvent
from orders.models import (
    Order,
    Refund,
    RefundDoor,
    RefundFunding,
    RefundLine,
    RefundReason,
    RefundStatus,
)
from orders.services import refunding
from payouts.models import AccountKind, Entry, EntryKind
from payouts.services import ledger, refund_parts, refunds, restorations, takebacks
from payouts.services.ledger import Move, Name
from payouts.services.refund_parts import NothingToRefund
from payouts.services.refunds import CLEARING, CLEARING_REFUND, DUE

K = AccountKind


class NotFailed(MarketplaceError):
    """Only a refund that failed, and whose money is back, can be sent again or taken
    back. Nothing was changed.
    """

    status_code = 409


class CannotWithdraw(MarketplaceError):
    """Goods of this refund were given up or came back, with it or after it: the buyer
    stays owed it. Nothing was changed; send it again.
    """

    status_code = 409


def retry(*, refund: Refund, actor: str, at: datetime) -> Refund:
    """Send what a failed refund owes the buyer once more, by a new row: as much of it
    as he is still owed.

    :raises NotFailed: it has not failed, was taken back, or was sent again before.
    :raises NothingToRefund: the buyer got it another way.
    :raises OrderDisputed: the buyer's bank is deciding about the money.
    """
    with transaction.atomic(durable=True):
        order = refunds.lock_order(refund.order)
        failed = Refund.objects.select_related("payment").get(pk=refund.pk)
        if not is_owed(failed):
            raise NotFailed
        refunds.refuse_disputed(order)
        amount = min(failed.amount, refund_parts.due_amount(order=order))
        if amount <= 0:
            raise NothingToRefund
        made = Refund.objects.create(
            order=order,
            payment=failed.payment,
            amount=amount,
            currency=failed.currency,
            door=RefundDoor.STAFF,
            reason=RefundReason.RETRY,
            funded_by=RefundFunding.DUE,
            due_amount=amount,
            actor=actor,
            request_key=f"retry:{failed.public_id}",
            replaces=failed,
            requested_at=at,
        )
        refunds.post(
            made, order=order, moves=[Move(DUE, CLEARING_REFUND, amount)], at=at
        )
        _audit(actor, "retry_refund", failed, "", at)
        jobs.enqueue("payouts.tasks.send_refund", refund_id=made.pk)
    return made


def withdraw(*, refund: Refund, actor: str, reason: str, at: datetime) -> Refund:
    """Take a failed refund back: the buyer is not owed it any more, and who bore it has
    it again. Gives the refund that was asked for first, with all its retries.

    :raises NotFailed: its last try has not failed, or the buyer got some of it.
    :raises CannotWithdraw: its goods were cancelled or came back, with it or after it,
        or it was the buyer's own money.
    """
    with transaction.atomic(durable=True):
        order = refunds.lock_order(refund.order)
        tries = _tries(Refund.objects.get(pk=refund.pk))
        first = tries[0]
        due = refund_parts.due_amount(order=order)
        if not is_owed(tries[-1]) or due < first.amount:
            raise NotFailed
        if (
            _units_went(first)
            or first.due_amount
            or first.funded_by not in (RefundFunding.PARTIES, RefundFunding.PLATFORM)
        ):
            raise CannotWithdraw
        _take_back(first, order, at=at)
        Refund.objects.filter(pk__in=[one.pk for one in tries]).update(withdrawn_at=at)
        refunding.undo(refund=first, order=order, at=at)
        _audit(actor, "withdraw_refund", first, reason, at)
    first.refresh_from_db()
    return first


def is_owed(refund: Refund) -> bool:
    """Say whether a refund failed, its money is back, and nothing was done about it."""
    booked = Entry.objects.filter(
        Q(reference=refund.public_id) | Q(provider_id=refund.provider_id),
        kind=EntryKind.REFUND_FAILED,
        order_reference=refund.order.public_id,
    )
    return (
        refund.status == RefundStatus.FAILED
        and refund.withdrawn_at is None
        and booked.exists()
        and not Refund.objects.filter(replaces=refund).exists()
    )


def _units_went(refund: Refund) -> bool:
    """Say whether units went with a refund or, from the same parts, after it, or some
    of the buyer's money made good what the platform had given: he was given only what
    it had left of their price.
    """
    gone = RefundLine.objects.filter(quantity__gt=0, refund__withdrawn_at=None)
    after = Q(refund__pk__gt=refund.pk, refund__order=refund.order)
    return gone.filter(
        Q(refund=refund)
        | after & Q(seller_order__in=refund.lines.values("seller_order"))
        | after & Q(goodwill_amount__gt=0)
    ).exists()


def _tries(refund: Refund) -> list[Refund]:
    """Give a refund that was sent again with its tries, the first first."""
    while refund.replaces is not None:
        refund = refund.replaces
    found = [refund]
    while (again := Refund.objects.filter(replaces=found[-1]).first()) is not None:
        found.append(again)
    return found


def _take_back(first: Refund, order: Order, *, at: datetime) -> None:
    of = takebacks.sale(order)
    is_parties = first.funded_by == RefundFunding.PARTIES
    given = (
        restorations.restore(of=of, refund=first, at=at)
        if is_parties
        else [Move(CLEARING, Name(K.GOODWILL), first.amount)]
    )
    Refund.objects.filter(pk=first.pk).update(withdrawn_at=at)
    ledger.post(
        kind=EntryKind.REFUND_WITHDRAWN,
        reference=first.public_id,
        currency=first.currency,
        moves=[Move(DUE, CLEARING, first.amount), *given],
        at=at,
        order_reference=order.public_id,
    )
    if is_parties:
        takebacks.settle(of=of, refund=first, at=at)


def _audit(actor: str, action: str, refund: Refund, reason: str, at: datetime) -> None:
    AuditEvent.objects.create(
        actor=actor, action=action, reference=refund.public_id, reason=reason, at=at
    )
