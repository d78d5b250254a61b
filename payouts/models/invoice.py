"""What the platform charged a seller: its commission, month by month."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from payouts.models.account import ConnectedAccount


class CommissionInvoice(models.Model):
    """The platform's commission on a shop's sales of one month, written once, when the
    month is over. Numbers of a year have no gap. Append-only (a trigger).

    `charged_amount` is the commission of that month's sales, and what an earlier
    invoice gave back and was charged again in this month (a refund withdrawn, a dispute
    won on appeal); `returned_amount` what refunds and lost disputes of the month gave
    back; both positive, minor units. The commission was kept back from the sales:
    nothing is left to pay.
    """

    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    account = models.ForeignKey(
        ConnectedAccount, on_delete=models.PROTECT, related_name="commission_invoices"
    )
    month_starts_at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    charged_amount = models.PositiveBigIntegerField()
    returned_amount = models.PositiveBigIntegerField()
    # Both parties as they were: name, legal name, address, registration.
    seller = models.JSONField()
    # [{order, title, base_amount, rate_bps, amount, at, kind}], as charged.
    lines = models.JSONField()
    issued_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["year", "number"], name="commission_invoice_number"
            ),
            models.UniqueConstraint(
                fields=["account", "month_starts_at", "currency"],
                name="commission_invoice_once",
            ),
            models.CheckConstraint(
                condition=Q(charged_amount__gt=0) | Q(returned_amount__gt=0),
                name="commission_invoice_of_something",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"C{self.year}-{self.number:05}"

    @property
    def total_amount(self) -> int:
        """What the month's commission came to; negative when more was given back."""
        return self.charged_amount - self.returned_amount
