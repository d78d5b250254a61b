"""Goods on their way back: asked for by the buyer, declined or received by the seller.
The money follows when they are received (payouts' `refund_doors`).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from marketplace.kit import jobs
from marketplace.kit.errors import MarketplaceError
from orders.models import (
    OrderLine,
    OrderStatus,
    RefundLine,
    Return,
    ReturnKind,
    ReturnLine,
    ReturnStatus,
    SellerOrder,
)
from orders.services import refunding

# Its refund is mailed of at once; a mail of the arrival alone waits for that so long.
TOLD_AFTER = timedelta(minutes=15)
OPEN = [ReturnStatus.OPEN, ReturnStatus.RECEIVED]
PART_STATUS = {
    ReturnKind.WITHDRAWAL: OrderStatus.WITHDRAWN,
    ReturnKind.RETURN: OrderStatus.RETURN_OPEN,
}


class TooLateToReturn(MarketplaceError):
    """The time for this is over."""

    status_code = 409

    def __init__(self, days: int) -> None:
        super().__init__(
            _(
                "Goods can be sent back until %(days)d days after they arrived. Nothing"
                " was changed; write to us if something is wrong with them."
            )
            % {"days": days}
        )


class ReturnOpen(MarketplaceError):
    """A return of this part is open already. Nothing was changed."""

    status_code = 409


class NothingToReturn(MarketplaceError):
    """The buyer has not so many of these units. Nothing was changed; look at the
    quantities.
    """

    status_code = 409


class NotWithdrawable(MarketplaceError):
    """The law gives no right to withdraw from this, as was said before it was bought.
    Nothing was changed; goods that are faulty can still be returned.
    """

    status_code = 409


class NotDeclined(MarketplaceError):
    """A withdrawal is the buyer's right: it cannot be declined, but for goods whose
    seal was broken, once all else of it is refunded. Nothing was changed.
    """

    status_code = 409


def withdrawal_ends_at(part: SellerOrder) -> datetime | None:
    """Give when the buyer's right to withdraw from a part ends; None while it has not
    arrived.
    """
    if part.delivered_at is None:
        return None
    return part.delivered_at + timedelta(days=settings.WITHDRAWAL_DAYS)


def answer_by(*, at: datetime) -> datetime:
    """Give until when a seller answers for a return that is asked for now."""
    return at + timedelta(days=settings.RETURN_ANSWER_DAYS)


def withdrawable(
    *, part: SellerOrder, units: Mapping[int, int]
) -> tuple[dict[int, int], tuple[OrderLine, ...]]:
    """Part units (by line pk) into those that may be withdrawn from, and the lines that
    may not, as their terms were frozen. The lines of the part may be loaded.
    """
    kept = tuple(
        line
        for line in sorted(part.lines.all(), key=lambda one: (one.position, one.pk))
        if units.get(line.pk) and not line.is_withdrawable
    )
    left_out = {line.pk for line in kept}
    return {pk: n for pk, n in units.items() if pk not in left_out}, kept


def request(
    *,
    seller_order: SellerOrder,
    kind: str,
    quantities: Mapping[int, int] | None,
    note: str,
    at: datetime,
) -> Return:
    """Note that a buyer sends units of a part back: `quantities` by line pk, None for
    all he has. A withdrawal needs no reason and ends after WITHDRAWAL_DAYS; a return is
    taken for as long as its shop says (at least as many).

    :raises TooLateToReturn: its time is over.
    :raises ReturnOpen: one is open.
    :raises NothingToReturn: he has not so many units.
    :raises NotWithdrawable: there is no right to withdraw from one of them.
    """
    with transaction.atomic():
        part = (
            SellerOrder.objects.select_for_update(no_key=True, of=("self",))
            .select_related("shop")
            .get(pk=seller_order.pk)
        )
        _check_time(part, kind, at)
        if part.returns.filter(status__in=OPEN).exists():
            raise ReturnOpen
        units = _units(refunding.units_with_buyer(part=part), quantities)
        if kind == ReturnKind.WITHDRAWAL and withdrawable(part=part, units=units)[1]:
            raise NotWithdrawable
        parcel = Return.objects.create(
            seller_order=part,
            kind=kind,
            note=note,
            requested_at=at,
            answer_by=answer_by(at=at),
        )
        ReturnLine.objects.bulk_create(
            ReturnLine(parcel=parcel, line_id=line_id, quantity=quantity)
            for line_id, quantity in units.items()
        )
        # A part that is still being shipped goes on; its return waits beside it.
        if part.can_move_to(PART_STATUS[ReturnKind(kind)]):
            part.move_to(PART_STATUS[ReturnKind(kind)], at=at)
        jobs.enqueue("orders.tasks.send_return_noted", parcel_id=parcel.pk)
        jobs.enqueue("orders.tasks.send_return_to_seller", parcel_id=parcel.pk)
    return parcel


def decline(*, parcel: Return, note: str, at: datetime) -> Return:
    """Refuse a return that has not come; the part is what it was before. A withdrawal
    is the buyer's right and is not declined, but for what he has unsealed: then all
    else of it is refunded before.

    :raises NotDeclined: it is a withdrawal.
    :raises NotAllowed: it was received, refunded or declined.
    """
    with transaction.atomic():
        row = lock(parcel)
        if row.kind == ReturnKind.WITHDRAWAL and not is_unsealed_rest(parcel=row):
            raise NotDeclined
        row.move_to(
            ReturnStatus.DECLINED,
            at=at,
            closed_at=at,
            note=f"{row.note}\n{note}".strip(),
        )
        refunding.end_return(part=row.seller_order, at=at)
        jobs.enqueue("orders.tasks.send_return_declined", parcel_id=row.pk)
    return row


def is_unsealed_rest(*, parcel: Return) -> bool:
    """Say whether nothing of a return is left but goods that were sold under a seal:
    units without one were refunded since it was asked for. Two queries at least.
    """
    rows = list(parcel.lines.select_related("line"))
    whole = [row for row in rows if not row.line.is_sealed]
    return len(whole) < len(rows) and all(_given_since(row) for row in whole)


def _given_since(row: ReturnLine) -> bool:
    given = RefundLine.objects.filter(
        line=row.line_id,
        refund__withdrawn_at=None,
        refund__requested_at__gte=row.parcel.requested_at,
    ).aggregate(units=Sum("quantity"))["units"]
    return (given or 0) >= row.quantity


def receive(*, parcel: Return, at: datetime) -> Return:
    """Note that the goods have come back; what has come before is left as it is. The
    buyer is told of it by their refund, or alone if that does not follow soon.

    :raises NotAllowed: it was declined or refunded.
    """
    with transaction.atomic():
        row = lock(parcel)
        if row.status != ReturnStatus.RECEIVED:
            row.move_to(ReturnStatus.RECEIVED, at=at, received_at=at)
            jobs.enqueue(
                "orders.tasks.send_return_received",
                run_at=at + TOLD_AFTER,
                parcel_id=row.pk,
            )
    return row


def close(*, parcel: Return, at: datetime) -> None:
    """Note that a return is refunded. Assumes the transaction of its refund."""
    row = lock(parcel)
    row.move_to(ReturnStatus.REFUNDED, at=at, closed_at=at)


def lock(parcel: Return) -> Return:
    """Lock a return and give it as it is now. Assumes a transaction."""
    row: Return = (
        Return.objects.select_for_update(no_key=True, of=("self",))
        .select_related("seller_order")
        .get(pk=parcel.pk)
    )
    return row


def _check_time(part: SellerOrder, kind: str, at: datetime) -> None:
    days = settings.WITHDRAWAL_DAYS
    if kind == ReturnKind.RETURN:
        days = max(part.shop.return_days, days)
    if part.delivered_at is not None and at > part.delivered_at + timedelta(days=days):
        raise TooLateToReturn(days)


def _units(
    has: Mapping[int, int], quantities: Mapping[int, int] | None
) -> dict[int, int]:
    wanted = (
        dict(has)
        if quantities is None
        else {line_id: units for line_id, units in quantities.items() if units}
    )
    if not wanted or any(
        not 0 < units <= has.get(line_id, 0) for line_id, units in wanted.items()
    ):
        raise NothingToReturn
    return wanted
