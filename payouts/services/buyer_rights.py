"""What a buyer got back of an order, and what he may still do with each part of it, as
his pages show it. Decides nothing: the doors (`refund_doors`) do.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from orders.models import (
    Order,
    OrderLine,
    OrderStatus,
    Refund,
    RefundDoor,
    RefundLine,
    RefundReason,
    RefundStatus,
    Return,
    ReturnKind,
    SellerOrder,
)
from orders.services import fulfilment, returns
from payouts.models import Dispute
from payouts.services import freezes, refunds
from payouts.services.refunds import Units

HAS_RIGHTS = (OrderStatus.TO_SHIP, OrderStatus.SHIPPED, OrderStatus.DELIVERED)


@dataclass(frozen=True, kw_only=True, slots=True)
class MoneyBack:
    """One refund as its buyer sees it: the first row with its lines, and how far the
    last try of it has come.
    """

    refund: Refund
    last: Refund
    lines: tuple[RefundLine, ...]

    @property
    def amount(self) -> int:
        return self.refund.amount

    @property
    def state(self) -> str:
        """The state word for a buyer: how the provider was asked is not his matter."""
        if self.last.status in (RefundStatus.SUBMITTED, RefundStatus.UNKNOWN):
            return RefundStatus.REQUESTED
        return str(self.last.status)

    @property
    def is_goodwill(self) -> bool:
        return self.refund.reason == RefundReason.ADJUSTMENT


@dataclass(frozen=True, kw_only=True, slots=True)
class Rights:
    """What may be done with one part, until when, and what was done with it. `kept` are
    the lines there is no right to withdraw from.
    """

    part: SellerOrder
    to_ship: Mapping[int, int]
    with_buyer: Mapping[int, int]
    kept: tuple[OrderLine, ...]
    parcel: Return | None
    declined: Return | None
    can_cancel: bool
    can_withdraw: bool
    can_return: bool
    cancel_ends_at: datetime | None
    withdraw_ends_at: datetime | None
    return_ends_at: datetime | None
    is_disputed: bool

    @property
    def units(self) -> dict[int, int]:
        """The units a withdrawal may be about, by line pk."""
        both = (set(self.to_ship) | set(self.with_buyer)) - {
            line.pk for line in self.kept
        }
        return {pk: self.to_ship.get(pk, 0) + self.with_buyer.get(pk, 0) for pk in both}


@dataclass(frozen=True, kw_only=True, slots=True)
class Back:
    """What of an order went back to its buyer, or is on its way."""

    refunds: tuple[MoneyBack, ...]
    disputes: tuple[Dispute, ...]

    @property
    def dispute(self) -> Dispute | None:
        """The newest dispute of the order's payment."""
        return self.disputes[0] if self.disputes else None

    @property
    def is_disputed(self) -> bool:
        """Say whether a bank holds the money, as `freezes.blocks_refund` does."""
        return any(
            one.closed_at is None and one.status not in freezes.INQUIRIES
            for one in self.disputes
        )

    @property
    def amount(self) -> int:
        """What is given back in all, minor units."""
        return sum(one.amount for one in self.refunds)

    @property
    def sent_amount(self) -> int:
        """What of it has been sent, minor units."""
        return sum(
            one.amount for one in self.refunds if one.last.status == RefundStatus.SENT
        )

    @property
    def waiting_amount(self) -> int:
        """What of it is still to be sent, minor units."""
        return self.amount - self.sent_amount

    @property
    def taken_amount(self) -> int:
        """What a bank gave back to the buyer and no appeal undid, minor units."""
        return sum(
            one.amount
            for one in self.disputes
            if one.lost_at is not None and one.restored_at is None
        )

    def of_part(self, part: SellerOrder) -> list[tuple[MoneyBack, list[RefundLine]]]:
        """Give the refunds that concern a part, each with what it is of."""
        found = []
        for one in self.refunds:
            lines = [row for row in one.lines if row.seller_order_id == part.pk]
            if lines:
                found.append((one, lines))
        return found

    @property
    def of_the_order(self) -> list[MoneyBack]:
        """Give the refunds of no line: money that came for what could not be kept."""
        return [one for one in self.refunds if not one.lines]


def back(*, order: Order) -> Back:
    """Read what went back of an order; 4 queries. Refunds that staff took back are left
    out, and a refund that was sent again is one.
    """
    rows = list(
        order.refunds.filter(withdrawn_at=None)
        .prefetch_related("lines__line")
        .order_by("pk")
    )
    again = {row.replaces_id: row for row in rows if row.replaces_id}
    shown = []
    for row in rows:
        if row.replaces_id:
            continue
        last = row
        while last.pk in again:
            last = again[last.pk]
        shown.append(MoneyBack(refund=row, last=last, lines=tuple(row.lines.all())))
    disputes = Dispute.objects.filter(payment__order=order).order_by("-pk")
    return Back(refunds=tuple(shown), disputes=tuple(disputes))


def rights(
    *, parts: Sequence[SellerOrder], back: Back, at: datetime
) -> dict[int, Rights]:
    """Say what the buyer may do now with each part of an order, by its pk; 3 queries.

    The parts come with order, shop, lines and shipments with their lines loaded.
    """
    parcels: dict[int, list[Return]] = {}
    for row in (
        Return.objects.filter(seller_order__in=parts)
        .prefetch_related("lines__line")
        .order_by("-pk")
    ):
        parcels.setdefault(row.seller_order_id, []).append(row)
    return {
        part.pk: _rights(part, back, parcels.get(part.pk, []), at=at) for part in parts
    }


def _rights(
    part: SellerOrder, back: Back, parcels: Sequence[Return], *, at: datetime
) -> Rights:
    to_ship, has = _units(part, back) if part.order.paid_at else ({}, {})
    units, kept = returns.withdrawable(part=part, units={**has, **to_ship})
    is_open = [row for row in parcels if row.status in returns.OPEN]
    is_free = part.status in HAS_RIGHTS and not is_open and not back.is_disputed
    ends_at = returns.withdrawal_ends_at(part)
    cancel_ends_at = _cancel_ends_at(part)
    return_ends_at = _return_ends_at(part)
    return Rights(
        part=part,
        to_ship=to_ship,
        with_buyer=has,
        kept=kept,
        parcel=is_open[0] if is_open else None,
        declined=next((row for row in parcels if row.status == "declined"), None),
        can_cancel=is_free
        and part.status == OrderStatus.TO_SHIP
        and not part.shipments.all()
        and cancel_ends_at is not None
        and at <= cancel_ends_at,
        can_withdraw=is_free and bool(units) and _is_before(at, ends_at),
        can_return=is_free and bool(has) and _is_before(at, return_ends_at),
        cancel_ends_at=cancel_ends_at,
        withdraw_ends_at=ends_at,
        return_ends_at=return_ends_at,
        is_disputed=back.is_disputed,
    )


def _units(part: SellerOrder, back: Back) -> tuple[dict[int, int], dict[int, int]]:
    """Give the units still to ship and those the buyer has, by line pk, none left out:
    what `fulfilment.units_to_ship` and `refunding.units_with_buyer` say, of rows that
    are loaded.
    """
    shipped, cancelled, gone = Counter[int](), Counter[int](), Counter[int]()
    for shipment in part.shipments.all():
        for row in shipment.lines.all():
            shipped[row.line_id] += row.quantity
    for one in back.refunds:
        for given in one.lines:
            if given.line_id is not None:
                gone[given.line_id] += given.quantity
                if one.refund.reason == RefundReason.CANCELLED:
                    cancelled[given.line_id] += given.quantity
    to_ship, has = {}, {}
    for line in part.lines.all():
        waits = line.quantity - shipped[line.pk] - cancelled[line.pk]
        to_ship[line.pk] = waits
        has[line.pk] = line.quantity - gone[line.pk] - waits
    return (
        {pk: units for pk, units in to_ship.items() if units > 0},
        {pk: units for pk, units in has.items() if units > 0},
    )


def amount_back(
    *, part: SellerOrder, quantities: Mapping[int, int], kind: str, at: datetime
) -> int:
    """Give what the buyer would get back for units by line pk: at once for what was not
    shipped, the rest when it has come back. Minor units; 0 for none.

    :raises MarketplaceError: what `refunds.preview` raises.
    """
    waiting = fulfilment.units_to_ship(seller_order=part)
    if kind == ReturnKind.RETURN:
        waiting = {}
    now = {pk: min(units, waiting.get(pk, 0)) for pk, units in quantities.items()}
    later = {pk: units - now[pk] for pk, units in quantities.items()}
    reason = (
        RefundReason.RETURNED if kind == ReturnKind.RETURN else RefundReason.WITHDRAWN
    )
    total = 0
    for units, why in ((now, RefundReason.CANCELLED), (later, reason)):
        if any(units.values()):
            total += refunds.preview(
                order=part.order, wanted=Units(lines=units), reason=why, at=at
            ).amount
    return total


def is_receipt(refund: Refund) -> bool:
    """Say whether a refund answers a buyer's own declaration, which he has a right to
    see confirmed.
    """
    return refund.door == RefundDoor.BUYER and refund.reason == RefundReason.CANCELLED


def _is_before(at: datetime, ends_at: datetime | None) -> bool:
    return ends_at is None or at <= ends_at


def _cancel_ends_at(part: SellerOrder) -> datetime | None:
    paid_at = part.order.paid_at
    return paid_at and paid_at + timedelta(minutes=settings.BUYER_CANCEL_MINUTES)


def _return_ends_at(part: SellerOrder) -> datetime | None:
    if part.delivered_at is None:
        return None
    days = max(part.shop.return_days, settings.WITHDRAWAL_DAYS)
    return part.delivered_at + timedelta(days=days)
