"""Paying creators on a schedule: one run per currency and cut-off, one item a payee."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from marketplace.kit import ids, states
from payouts.models.account import ConnectedAccount


class PayoutRunStatus(models.TextChoices):
    COMPUTED = "computed"
    APPROVED = "approved"
    EXECUTING = "executing"
    DONE = "done"
    DONE_WITH_FAILURES = "done_with_failures"


class PayoutRun(states.Stateful):
    """All creators' payouts of one currency up to a cut-off: unique, so two schedulers
    make one run.
    """

    MOVES: ClassVar = {
        PayoutRunStatus.COMPUTED: frozenset({PayoutRunStatus.APPROVED}),
        PayoutRunStatus.APPROVED: frozenset({PayoutRunStatus.EXECUTING}),
        PayoutRunStatus.EXECUTING: frozenset(
            {PayoutRunStatus.DONE, PayoutRunStatus.DONE_WITH_FAILURES}
        ),
    }

    public_id = ids.field("run")
    currency = models.CharField(max_length=3)
    cut_off_at = models.DateTimeField()
    status = models.CharField(
        max_length=20, choices=PayoutRunStatus.choices, default=PayoutRunStatus.COMPUTED
    )
    minimum_amount = models.PositiveBigIntegerField()
    computed_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            states.one_of("status", PayoutRunStatus, name="payout_run_status"),
            models.UniqueConstraint(
                fields=["cut_off_at", "currency"], name="payout_run_once"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class PayoutItem(models.Model):
    """A payee's whole payable balance in a run, taken under the account's lock.

    `last_posting_id` is the watermark: the item is the sum of the postings on the
    payable account since the previous item's.
    """

    public_id = ids.field("item")
    run = models.ForeignKey(PayoutRun, on_delete=models.PROTECT, related_name="items")
    account = models.ForeignKey(
        ConnectedAccount, on_delete=models.PROTECT, related_name="payout_items"
    )
    amount = models.PositiveBigIntegerField()
    last_posting_id = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="payout_item_positive"
            ),
            models.UniqueConstraint(
                fields=["run", "account"], name="payout_item_once_per_payee"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class SkipReason(models.TextChoices):
    BELOW_MINIMUM = "below_minimum"
    ACCOUNT_NOT_ACTIVE = "account_not_active"


class PayoutSkip(models.Model):
    """A payee a run passed over, with the balance that waits and why."""

    run = models.ForeignKey(PayoutRun, on_delete=models.PROTECT, related_name="skips")
    account = models.ForeignKey(
        ConnectedAccount, on_delete=models.PROTECT, related_name="payout_skips"
    )
    amount = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=20, choices=SkipReason.choices)

    class Meta:
        constraints: ClassVar = [
            states.one_of("reason", SkipReason, name="payout_skip_reason"),
            models.UniqueConstraint(
                fields=["run", "account"], name="payout_skip_once_per_payee"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.reason}"
