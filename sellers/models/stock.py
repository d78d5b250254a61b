"""How stock moves: an append-only journal, and what orders hold for a while."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from marketplace.kit import states
from sellers.models.product import Variant


class StockMoveKind(models.TextChoices):
    RECEIVED = "received"
    CORRECTION = "correction"
    SALE = "sale"
    RETURN = "return"


class StockMove(models.Model):
    """A change of what is on hand. Rows are never changed or deleted (a trigger).

    `reference` names the cause: a public order line id for a sale, unique with the
    kind, so that a line leaves the stock once.
    """

    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="stock_moves"
    )
    kind = models.CharField(max_length=12, choices=StockMoveKind.choices)
    delta = models.IntegerField()
    reference = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            states.one_of("kind", StockMoveKind, name="stock_move_kind"),
            models.CheckConstraint(condition=~Q(delta=0), name="stock_move_moves"),
            models.UniqueConstraint(
                fields=["kind", "reference"],
                condition=Q(kind__in=["sale", "return"]),
                name="stock_move_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.delta:+d}"


class ReservationStatus(models.TextChoices):
    ACTIVE = "active"
    CONSUMED = "consumed"
    RELEASED = "released"


class ReservationQuerySet(models.QuerySet["Reservation"]):
    def active(self) -> Self:
        return self.filter(status=ReservationStatus.ACTIVE)

    def expired(self, at: datetime) -> Self:
        return self.active().filter(expires_at__lte=at)


class Reservation(states.Stateful):
    """Units that an unpaid order holds until it is paid, cancelled or expired.

    `reference` is the public id of the order line; `order_reference` of its order.
    """

    MOVES: ClassVar = {
        ReservationStatus.ACTIVE: frozenset(
            {ReservationStatus.CONSUMED, ReservationStatus.RELEASED}
        ),
        # A payment that came after the release is honoured while there is stock.
        ReservationStatus.RELEASED: frozenset({ReservationStatus.CONSUMED}),
    }

    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="reservations"
    )
    quantity = models.PositiveIntegerField()
    status = models.CharField(
        max_length=10,
        choices=ReservationStatus.choices,
        default=ReservationStatus.ACTIVE,
    )
    reference = models.CharField(max_length=40, unique=True)
    order_reference = models.CharField(max_length=40)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = ReservationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            states.one_of("status", ReservationStatus, name="reservation_status"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="reservation_quantity_positive"
            ),
            models.CheckConstraint(
                condition=Q(status="active", ended_at=None)
                | (~Q(status="active") & Q(ended_at__isnull=False)),
                name="reservation_ended",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["order_reference"]),
            models.Index(
                fields=["expires_at"],
                condition=Q(status="active"),
                name="reservation_expiring",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.variant_id} for {self.order_reference}"
