"""Money back to a buyer: one service for every door. The buyer first, the parties'
part second: the refund's row, its lines, whose share it was and the one entry are
written together; the provider is asked after the commit (`refund_sending`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from marketplace.kit import jobs
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.models import AuditEvent
from orders.models import (
    Order,
    OrderLine,
    Payment,
    Refund,
    RefundDoor,
    RefundFunding,
    RefundLine,
    RefundReason,
    RefundStatus,
    Return,
    SellerOrder,
)
from orders.services import refunding, returns
from payouts.models import (
    AccountKind,
    ConnectedAccount,
    EntryKind,
    ShareRole,
)
from payouts.services import freezes, ledger, refund_parts, takeback_shares, takebacks
from payouts.services.ledger import Move, Name
from payouts.services.refund_parts import (
    Amount,
    NothingToRefund,
    RefundExceeds,
    Units,
    Wanted,
)
from payouts.services.takeback_shares import Taken

__all__ = ["Amount", "NothingToRefund", "RefundExceeds", "Units", "Wanted"]

K = AccountKind
CLEARING = Name(K.ORDER_CLEARING)
CLEARING_REFUND = Name(K.CLEARING_REFUND)
DUE = Name(K.BUYER_REFUND_DUE)
# Whose the part of a preview is that makes the platform's earlier gifts good.
GOODWILL = "goodwill"


class AlreadyRequested(MarketplaceError):
    """This very refund was asked for before; it was not made twice. `refund` is it."""

    status_code = 409

    def __init__(self, refund: Refund) -> None:
        super().__init__(
            _("This refund was asked for a moment ago. It was not made a second time.")
        )
        self.refund = refund


class OrderDisputed(MarketplaceError):
    """The buyer's bank is taking the money back: it cannot be refunded as well."""

    status_code = 409

    def __init__(self) -> None:
        super().__init__(
            _(
                "The buyer's bank disputes this payment, so its money cannot be"
                " refunded as well. Nothing was refunded; answer the dispute."
            )
        )


class FundingRefused(MarketplaceError):
    """The marketplace bears an amount; units that are cancelled or come back are the
    parties'. Nothing was refunded.
    """


@dataclass(frozen=True, kw_only=True, slots=True)
class Bearer:
    """What one party bears of a refund: minor units, and out of which of his pots.

    What comes back to the platform is negative: its own discount (`subsidy`), and what
    it gave the buyer before (`goodwill`).
    """

    role: str
    account: ConnectedAccount | None
    name: str
    amount: int
    from_held_amount: int
    from_payable_amount: int
    from_receivable_amount: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PreviewLine:
    """What a refund gives back of a line, or (without one) of a delivery."""

    seller_order: SellerOrder
    line: OrderLine | None
    quantity: int
    amount: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """What a refund would do: the buyer gets `amount`, and the bearers sum to it."""

    amount: int
    currency: str
    remaining_amount: int
    bearers: tuple[Bearer, ...]
    lines: tuple[PreviewLine, ...]


def preview(
    *,
    order: Order,
    wanted: Wanted,
    reason: str,
    at: datetime,
    funded_by: str = RefundFunding.PARTIES,
) -> Preview:
    """Compute what `refund` would do now, without writing or locking anything.

    :raises MarketplaceError: what `refund` would raise.
    """
    payment, of, taken = _decide(order, wanted, reason, funded_by)
    amount = sum(one.buyer for one in taken)
    return Preview(
        amount=amount,
        currency=order.currency,
        remaining_amount=refund_parts.refundable_amount(payment=payment) - amount,
        bearers=_bearers(of, taken, amount, funded_by, at=at),
        lines=tuple(
            PreviewLine(
                seller_order=of.parts[one.seller_order],
                line=of.lines[one.line] if one.line else None,
                quantity=one.units,
                amount=one.buyer,
            )
            for one in taken
        ),
    )


def refund(
    *,
    order: Order,
    wanted: Wanted,
    door: str,
    reason: str,
    actor: str,
    note: str,
    request_key: str,
    at: datetime,
    funded_by: str = RefundFunding.PARTIES,
    is_restocked: bool = True,
    parcel: Return | None = None,
) -> Refund:
    """Decide a refund, write it with all it does, and promise to send it.

    `request_key` names the wish: the same one is carried out once. `reason` CANCELLED
    takes units that were not shipped, WITHDRAWN and RETURNED units the buyer has, and
    ADJUSTMENT an amount. `is_restocked`: units that came back go into the stock, as
    cancelled ones always do. `parcel`: the return it pays for, closed with it.

    :raises AlreadyRequested: this wish was carried out before.
    :raises RefundExceeds: more than remains; it names what does.
    :raises OrderDisputed: the buyer's bank is deciding about the money.
    :raises NothingToRefund: it was not paid, or nothing is left.
    :raises FundingRefused: the platform is to bear units that are taken back.
    :raises MarketplaceError: what `refund_parts.choose` refuses.
    """
    try:
        with transaction.atomic(durable=True):
            order = lock_order(order)
            refuse_repeated(request_key)
            refunding.lock_parts(order)
            payment, of, taken = _decide(order, wanted, reason, funded_by)
            amount = sum(one.buyer for one in taken)
            made = Refund.objects.create(
                order=order,
                payment=payment,
                **_first_state(amount, at=at),
                amount=amount,
                due_amount=0,
                currency=order.currency,
                door=door,
                reason=reason,
                funded_by=funded_by,
                note=note,
                actor=actor,
                request_key=request_key,
                requested_at=at,
            )
            write(made, of=of, taken=taken, is_restocked=is_restocked, at=at)
            if parcel is not None:
                returns.close(parcel=parcel, at=at)
            if door == RefundDoor.STAFF:
                audit(made, at=at)
            if made.status == RefundStatus.REQUESTED:
                jobs.enqueue("payouts.tasks.send_refund", refund_id=made.pk)
    except IntegrityError:
        refuse_repeated(request_key)
        raise
    return made


def lock_order(order: Order) -> Order:
    """Lock an order and read it anew: whoever refunds it second sees the first."""
    found: Order = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
    return found


def refuse_repeated(request_key: str) -> None:
    """:raises AlreadyRequested: this wish was carried out before."""
    before = Refund.objects.filter(request_key=request_key).first()
    if before is not None:
        raise AlreadyRequested(before)


def was_requested(request_key: str) -> bool:
    """Say whether this wish was carried out before."""
    return Refund.objects.filter(request_key=request_key).exists()


def refuse_disputed(order: Order) -> None:
    """:raises OrderDisputed: the buyer's bank is deciding about the money."""
    if freezes.blocks_refund(order):
        raise OrderDisputed


def write(
    row: Refund,
    *,
    of: takebacks.Sale,
    taken: Sequence[Taken],
    is_restocked: bool,
    at: datetime,
) -> None:
    """Write what a refund does: its lines, the parties' shares, the entry, what it
    changes of the order. Assumes a transaction that holds the order's lock.
    """
    RefundLine.objects.bulk_create(
        RefundLine(
            refund=row,
            seller_order=of.parts[one.seller_order],
            line=of.lines[one.line] if one.line else None,
            quantity=one.units,
            amount=one.buyer,
            subsidy_amount=one.subsidy,
            goodwill_amount=one.goodwill,
        )
        for one in taken
        if one.buyer or one.goodwill or one.units
    )
    is_parties = row.funded_by == RefundFunding.PARTIES
    given = (
        takebacks.take(of=of, taken=taken, refund=row, at=at)
        if is_parties
        else [Move(Name(K.GOODWILL), CLEARING, row.amount)]
    )
    moves = [
        *given,
        Move(CLEARING, CLEARING_REFUND, row.amount - row.due_amount),
        Move(DUE, CLEARING_REFUND, row.due_amount),
        Move(CLEARING, Name(K.GOODWILL), sum(one.goodwill for one in taken)),
    ]
    post(row, order=of.order, moves=moves, at=at)
    if is_parties:
        takebacks.settle(of=of, refund=row, at=at)
    jobs.enqueue("orders.tasks.send_refund_started", refund_id=row.pk)
    refunding.apply(
        refund=row,
        order=of.order,
        # What never left is still there.
        is_restocked=is_restocked or row.reason == RefundReason.CANCELLED,
        is_nothing_left=refund_parts.refundable_amount(payment=row.payment) == 0,
        at=at,
    )


def post(row: Refund, *, order: Order, moves: Sequence[Move], at: datetime) -> None:
    """Post the one entry of a refund."""
    ledger.post(
        kind=EntryKind.REFUND,
        reference=row.public_id,
        currency=row.currency,
        moves=moves,
        at=at,
        order_reference=order.public_id,
    )


def _first_state(amount: int, *, at: datetime) -> dict[str, Any]:
    """A buyer who was given all of it before is sent nothing now."""
    if amount:
        return {"status": RefundStatus.REQUESTED}
    return {"status": RefundStatus.SENT, "sent_at": at}


def _decide(
    order: Order, wanted: Wanted, reason: str, funded_by: str
) -> tuple[Payment, takebacks.Sale, list[Taken]]:
    """Say what of which payment is given back, or refuse it."""
    payment = refund_parts.paid_payment(order=order)
    refuse_disputed(order)
    if funded_by not in (RefundFunding.PARTIES, RefundFunding.PLATFORM) or (
        funded_by == RefundFunding.PLATFORM and reason in refund_parts.OF_UNITS
    ):
        raise FundingRefused
    of = takebacks.sale(order)
    taken = refund_parts.choose(
        of=of, wanted=wanted, reason=reason, funded_by=funded_by
    )
    rest = refund_parts.refundable_amount(payment=payment)
    if sum(one.buyer for one in taken) > rest:
        if isinstance(wanted, Amount) or reason not in refund_parts.OF_UNITS:
            raise RefundExceeds(rest, order.currency)
        # The marketplace gave some of it before, out of goodwill.
        taken = takeback_shares.make_good(taken, rest)
    return payment, of, taken


def _bearers(
    of: takebacks.Sale,
    taken: Sequence[Taken],
    amount: int,
    funded_by: str,
    *,
    at: datetime,
) -> tuple[Bearer, ...]:
    if funded_by == RefundFunding.PLATFORM:
        return (_bearer(ShareRole.PLATFORM, None, amount),)
    sums: dict[tuple[str, ConnectedAccount | None], list[int]] = {}
    for row in takebacks.preview(of=of, taken=taken, at=at):
        sign = -1 if row.role == ShareRole.SUBSIDY else 1
        pots = sums.setdefault((row.role, row.account), [0, 0, 0, 0])
        pots[0] += sign * row.amount
        pots[1] += row.from_held_amount
        pots[2] += row.from_payable_amount
        pots[3] += row.from_receivable_amount
    goodwill = sum(one.goodwill for one in taken)
    if goodwill:
        sums[GOODWILL, None] = [-goodwill, 0, 0, 0]
    return tuple(
        _bearer(role, account, *pots) for (role, account), pots in sums.items()
    )


def _bearer(
    role: str,
    account: ConnectedAccount | None,
    amount: int,
    held: int = 0,
    payable: int = 0,
    receivable: int = 0,
) -> Bearer:
    return Bearer(
        role=role,
        account=account,
        name=account.party.name if account else "",
        amount=amount,
        from_held_amount=held,
        from_payable_amount=payable,
        from_receivable_amount=receivable,
    )


def audit(made: Refund, *, at: datetime) -> None:
    """Note that a member of staff asked for a refund, and why."""
    AuditEvent.objects.create(
        actor=made.actor,
        action="refund",
        reference=made.public_id,
        reason=made.note,
        details={"order": made.order.public_id, "amount": made.amount},
        at=at,
    )
