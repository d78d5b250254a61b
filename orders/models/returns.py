"""Goods on their way back: a withdrawal or a return the buyer asked for."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from marketplace.kit import ids, states
from orders.models.order import OrderLine, SellerOrder


class ReturnKind(models.TextChoices):
    """A WITHDRAWAL is the buyer's right and needs no reason; a RETURN has one."""

    WITHDRAWAL = "withdrawal"
    RETURN = "return"


class ReturnStatus(models.TextChoices):
    OPEN = "open"
    RECEIVED = "received"
    REFUNDED = "refunded"
    DECLINED = "declined"


class Return(states.Stateful):
    """Units of one seller order that a buyer sends back; refunded once received."""

    MOVES: ClassVar = {
        ReturnStatus.OPEN: frozenset(
            {ReturnStatus.RECEIVED, ReturnStatus.DECLINED, ReturnStatus.REFUNDED}
        ),
        ReturnStatus.RECEIVED: frozenset({ReturnStatus.REFUNDED}),
    }

    public_id = ids.field("ret")
    seller_order = models.ForeignKey(
        SellerOrder, on_delete=models.PROTECT, related_name="returns"
    )
    kind = models.CharField(max_length=12, choices=ReturnKind.choices)
    status = models.CharField(
        max_length=20, choices=ReturnStatus.choices, default=ReturnStatus.OPEN
    )
    note = models.TextField(blank=True)
    requested_at = models.DateTimeField()
    # Its seller refunds or declines it by then; else it is staff's, from then on.
    answer_by = models.DateTimeField()
    taken_over_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            states.one_of("kind", ReturnKind, name="return_kind"),
            states.one_of("status", ReturnStatus, name="return_status"),
            models.UniqueConstraint(
                fields=["seller_order"],
                condition=Q(status__in=["open", "received"]),
                name="return_one_open",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["answer_by"],
                condition=Q(status__in=["open", "received"]),
                name="return_unanswered",
            )
        ]

    def __str__(self) -> str:
        return self.public_id


class ReturnLine(models.Model):
    """How many units of a line come back."""

    parcel = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, related_name="return_lines"
    )
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["parcel", "line"], name="return_line_once"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="return_line_quantity_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.line_id}"
