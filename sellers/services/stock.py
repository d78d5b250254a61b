"""What is on hand, what unpaid orders hold of it, and every move between the two.

The one writer of `Variant.on_hand` and `Variant.reserved`. Variants are locked first
and in primary-key order, whatever else a function does, so that two orders of the same
things in another sequence wait for each other instead of deadlocking.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from marketplace.kit import states
from marketplace.kit.errors import MarketplaceError
from sellers.models import (
    Reservation,
    ReservationStatus,
    StockMove,
    StockMoveKind,
    Variant,
)
from sellers.models.product import VariantQuerySet

MOST_UNITS = 1_000_000


@dataclass(frozen=True, slots=True)
class Demand:
    """So many units of a variant for one order line (`reference`, its public id)."""

    variant_id: int
    quantity: int
    reference: str


class BadQuantity(MarketplaceError):
    """The quantity is not a whole number of units from 1 to a million."""

    def __init__(self) -> None:
        super().__init__(
            _("A quantity is a whole number of units, 1 to a million. Nothing changed.")
        )


class StockHeld(MarketplaceError):
    """Orders hold more than that. The stock was left as it is."""

    status_code = 409

    def __init__(self, reserved: int) -> None:
        super().__init__(
            _(
                "Orders that are being paid hold %(reserved)d. The stock was left as"
                " it is; enter %(reserved)d or more."
            )
            % {"reserved": reserved}
        )
        self.reserved = reserved


class SoldOut(MarketplaceError):
    """There are not enough units. Nothing was reserved.

    `shortages` names each variant that falls short, with what can still be bought.
    """

    status_code = 409

    def __init__(self, shortages: Sequence[tuple[int, int]]) -> None:
        super().__init__(
            _("Something in the cart has sold out meanwhile. Nothing was charged.")
        )
        self.shortages = list(shortages)


class NothingHeld(MarketplaceError):
    """This order holds no units that could be moved."""

    status_code = 409

    def __init__(self) -> None:
        super().__init__(_("This order holds no units; they were moved before."))


class TakenBack(MarketplaceError):
    """These units came back into the stock before; they were not counted again."""

    status_code = 409


def receive(*, variant: Variant, quantity: int, at: datetime) -> None:
    """Book units that arrived.

    :raises BadQuantity: for less than 1, or a stock past a million.
    """
    if not 1 <= quantity <= MOST_UNITS:
        raise BadQuantity
    with transaction.atomic():
        row = _lock([variant.pk])[variant.pk]
        if row.on_hand + quantity > MOST_UNITS:
            raise BadQuantity
        _move(row, quantity, StockMoveKind.RECEIVED, at=at)
    variant.on_hand, variant.reserved = row.on_hand, row.reserved


def correct(
    *, variant: Variant, on_hand: int, at: datetime, seen: int | None = None
) -> int:
    """Set the stock to what was counted, and return the difference (0 moves nothing).

    `seen` is the stock the person had on the screen; if a sale came between, their
    count is about another moment and is refused.

    :raises BadQuantity: for less than 0 or more than a million.
    :raises StockHeld: when unpaid orders hold more than that.
    :raises Raced: when the stock is no longer what was seen.
    """
    if not 0 <= on_hand <= MOST_UNITS:
        raise BadQuantity
    with transaction.atomic():
        row = _lock([variant.pk])[variant.pk]
        if seen is not None and row.on_hand != seen:
            raise states.Raced(
                _(
                    "The stock moved from %(seen)d to %(now)d while you were editing."
                    " It was left as it is; count again."
                )
                % {"seen": seen, "now": row.on_hand}
            )
        if on_hand < row.reserved:
            raise StockHeld(row.reserved)
        delta = on_hand - row.on_hand
        if delta:
            _move(row, delta, StockMoveKind.CORRECTION, at=at)
    variant.on_hand, variant.reserved = row.on_hand, row.reserved
    return delta


def reserve(
    *, demands: Sequence[Demand], order_reference: str, expires_at: datetime
) -> None:
    """Hold units for an unpaid order, all of them or none. Call it in a transaction,
    which a refusal rolls back.

    One conditional UPDATE per variant decides; it locks the row it takes from.

    :raises BadQuantity: for a line of less than 1 unit.
    :raises SoldOut: names every variant that falls short; nothing is held.
    """
    if not demands or any(demand.quantity < 1 for demand in demands):
        raise BadQuantity
    wanted = _sum(demands)
    # The caller's transaction is given up with it: no savepoint on the hot path.
    with transaction.atomic(savepoint=False):
        short = [
            variant_id
            for variant_id, quantity in wanted.items()
            if not _free(variant_id, quantity).update(reserved=F("reserved") + quantity)
        ]
        if short:
            raise SoldOut(_available(short))
        Reservation.objects.bulk_create(
            Reservation(
                variant_id=demand.variant_id,
                quantity=demand.quantity,
                reference=demand.reference,
                order_reference=order_reference,
                expires_at=expires_at,
            )
            for demand in demands
        )


def extend(*, order_reference: str, expires_at: datetime) -> None:
    """Hold what an order holds until then, never for a shorter time than before. Call
    it in a transaction that holds the order's lock.

    :raises NothingHeld: when the order holds nothing: it was sold or released before.
    """
    held = _lock_held(order_reference, ReservationStatus.ACTIVE)
    if not held:
        raise NothingHeld
    Reservation.objects.filter(
        pk__in=[reservation.pk for reservation in held], expires_at__lt=expires_at
    ).update(expires_at=expires_at)


def consume(*, order_reference: str, at: datetime) -> None:
    """Turn what an order holds into sales. Call it in a transaction.

    :raises NothingHeld: when the order holds nothing: it was sold or released before.
    """
    held = _lock_held(order_reference, ReservationStatus.ACTIVE)
    if not held:
        raise NothingHeld
    for variant_id, quantity in _sum(held).items():
        Variant.objects.filter(pk=variant_id).update(
            on_hand=F("on_hand") - quantity, reserved=F("reserved") - quantity
        )
    _sell(held, at=at)


def release(*, order_reference: str, at: datetime) -> int:
    """Let go of what an order holds, and return how many lines did. Call it in a
    transaction; an order that holds nothing releases 0.
    """
    held = _lock_held(order_reference, ReservationStatus.ACTIVE)
    for variant_id, quantity in _sum(held).items():
        Variant.objects.filter(pk=variant_id).update(reserved=F("reserved") - quantity)
    for reservation in held:
        reservation.move_to(ReservationStatus.RELEASED, at=at, ended_at=at)
    return len(held)


def take_again(*, order_reference: str, at: datetime) -> bool:
    """Sell what an order had let go, for a payment that came late: all or nothing.

    Says whether there was enough. Call it in a transaction.

    :raises NothingHeld: when the order never let anything go.
    """
    released = _lock_held(order_reference, ReservationStatus.RELEASED)
    if not released:
        raise NothingHeld
    wanted = _sum(released)
    try:
        with transaction.atomic():
            for variant_id, quantity in wanted.items():
                rows = _free(variant_id, quantity)
                if not rows.update(on_hand=F("on_hand") - quantity):
                    raise SoldOut([])
            _sell(released, at=at)
    except SoldOut:
        return False
    return True


def take_back(*, units: Sequence[Demand], at: datetime) -> None:
    """Put sold units back on hand: cancelled before they left, or returned. Call it in
    a transaction. A `reference` names the cause and is taken back once.

    :raises BadQuantity: for less than 1 unit.
    :raises TakenBack: a reference came back before; nothing was counted.
    """
    if not units:
        return
    if any(one.quantity < 1 for one in units):
        raise BadQuantity
    wanted = _sum(units)
    _lock(wanted)
    before = StockMove.objects.filter(
        kind=StockMoveKind.RETURN, reference__in=[one.reference for one in units]
    )
    if before.exists():
        raise TakenBack
    for variant_id, quantity in wanted.items():
        Variant.objects.filter(pk=variant_id).update(on_hand=F("on_hand") + quantity)
    StockMove.objects.bulk_create(
        StockMove(
            variant_id=one.variant_id,
            kind=StockMoveKind.RETURN,
            delta=one.quantity,
            reference=one.reference,
            at=at,
        )
        for one in units
    )


def _sum(lines: Iterable[Demand | Reservation]) -> dict[int, int]:
    """Add up what lines want of each variant, in primary-key order."""
    wanted: dict[int, int] = defaultdict(int)
    for line in lines:
        wanted[line.variant_id] += line.quantity
    return dict(sorted(wanted.items()))


def _free(variant_id: int, quantity: int) -> VariantQuerySet:
    """Keep the variant if so many of its units are free, judged by the database."""
    return Variant.objects.filter(pk=variant_id, on_hand__gte=F("reserved") + quantity)


def _available(variant_ids: Iterable[int]) -> list[tuple[int, int]]:
    found = {
        row.pk: row.available for row in Variant.objects.filter(pk__in=variant_ids)
    }
    return [(variant_id, found.get(variant_id, 0)) for variant_id in variant_ids]


def _lock(variant_ids: Iterable[int]) -> dict[int, Variant]:
    rows = Variant.objects.filter(pk__in=variant_ids).order_by("pk")
    return {row.pk: row for row in rows.select_for_update(no_key=True)}


def _lock_held(order_reference: str, status: ReservationStatus) -> list[Reservation]:
    """Lock an order's variants, then read its reservations: whoever moves one holds
    these locks, so what is read here stays true.
    """
    lines = Reservation.objects.filter(order_reference=order_reference)
    _lock(lines.values_list("variant_id", flat=True))
    return list(lines.filter(status=status).order_by("pk"))


def _sell(lines: Sequence[Reservation], *, at: datetime) -> None:
    for reservation in lines:
        reservation.move_to(ReservationStatus.CONSUMED, at=at, ended_at=at)
    StockMove.objects.bulk_create(
        StockMove(
            variant_id=reservation.variant_id,
            kind=StockMoveKind.SALE,
            delta=-reservation.quantity,
            reference=reservation.reference,
            at=at,
        )
        for reservation in lines
    )


def _move(row: Variant, delta: int, kind: StockMoveKind, *, at: datetime) -> None:
    """Change what is on hand of a locked row, with its line in the journal."""
    row.on_hand += delta
    row.save(update_fields=["on_hand"])
    StockMove.objects.create(variant=row, kind=kind, delta=delta, at=at)
