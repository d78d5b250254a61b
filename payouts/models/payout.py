"""Paying creators on a schedule: a run for each currency and cut-off is computed, looked
at, approved and executed; each payee it pays is an item, the others are told why not.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from marketplace.kit import ids, states
from payouts.models.account import ConnectedAccount

# Who asks for the runs that the calendar makes.
SYSTEM = "system"


class Schedule(models.TextChoices):
    """Weekly runs are on Fridays, monthly ones on the first; a run by hand is for every
    payee, whatever their schedule.
    """

    DAILY = "daily", _l("every day")
    WEEKLY = "weekly", _l("every Friday")
    MONTHLY = "monthly", _l("on the first of the month")
    MANUAL = "manual", _l("by hand")


class PayoutTerms(models.Model):
    """What differs for one payee from what the marketplace does by default.

    An empty schedule and a currency that is not in `minimum_amounts` (minor units by
    currency) mean the marketplace's. Schedule and minimum are of creators, who are paid
    by runs; a seller is paid order by order. `extra_hold_days` are frozen on what is
    sold from then on.
    """

    account = models.OneToOneField(
        ConnectedAccount, on_delete=models.PROTECT, related_name="terms"
    )
    schedule = models.CharField(max_length=10, choices=Schedule.choices, blank=True)
    minimum_amounts = models.JSONField(default=dict, blank=True)
    reserve_bps = models.PositiveIntegerField()
    reserve_days = models.PositiveSmallIntegerField()
    extra_hold_days = models.PositiveSmallIntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "payout terms"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(schedule__in=["", "daily", "weekly", "monthly"]),
                name="payout_terms_schedule",
            ),
            models.CheckConstraint(
                condition=Q(reserve_bps=0, reserve_days=0)
                | Q(reserve_bps__gt=0, reserve_bps__lte=9_000, reserve_days__gt=0),
                name="payout_terms_reserve_whole",
            ),
        ]

    def __str__(self) -> str:
        return str(self.account)


class PayoutRunStatus(models.TextChoices):
    COMPUTED = "computed"
    APPROVED = "approved"
    EXECUTING = "executing"
    DONE = "done"
    DONE_WITH_FAILURES = "done_with_failures"
    CANCELLED = "cancelled"


class PayoutRun(states.Stateful):
    """All payouts of one currency and schedule up to a cut-off: unique, so two
    schedulers make one run.

    A computed run has taken nothing: `previewed_amount` is what it would send. Above the
    limit (`needs_approval`) nobody approves what they asked for themselves.
    """

    MOVES: ClassVar = {
        PayoutRunStatus.COMPUTED: frozenset(
            {PayoutRunStatus.APPROVED, PayoutRunStatus.CANCELLED}
        ),
        PayoutRunStatus.APPROVED: frozenset(
            {PayoutRunStatus.EXECUTING, PayoutRunStatus.COMPUTED}
        ),
        PayoutRunStatus.EXECUTING: frozenset(
            {PayoutRunStatus.DONE, PayoutRunStatus.DONE_WITH_FAILURES}
        ),
        # Paying again those who were not paid.
        PayoutRunStatus.DONE_WITH_FAILURES: frozenset({PayoutRunStatus.EXECUTING}),
    }

    public_id = ids.field("run")
    currency = models.CharField(max_length=3)
    cut_off_at = models.DateTimeField()
    schedule = models.CharField(max_length=10, choices=Schedule.choices)
    status = models.CharField(
        max_length=20, choices=PayoutRunStatus.choices, default=PayoutRunStatus.COMPUTED
    )
    minimum_amount = models.PositiveBigIntegerField()
    previewed_amount = models.PositiveBigIntegerField()
    previewed_number = models.PositiveIntegerField()
    needs_approval = models.BooleanField()
    requested_by = models.CharField(max_length=40)
    reason = models.TextField(blank=True)
    approved_by = models.CharField(max_length=40, blank=True)
    computed_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(
        null=True, help_text="since when the rest waits for the platform's balance"
    )

    class Meta:
        constraints: ClassVar = [
            states.one_of("status", PayoutRunStatus, name="payout_run_status"),
            states.one_of("schedule", Schedule, name="payout_run_schedule"),
            models.UniqueConstraint(
                fields=["cut_off_at", "currency", "schedule"], name="payout_run_once"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["computed", "cancelled"])
                | ~Q(approved_by="") & Q(approved_at__isnull=False),
                name="payout_run_approved",
            ),
            models.CheckConstraint(
                condition=Q(needs_approval=False)
                | Q(approved_by="")
                | ~Q(approved_by=F("requested_by")),
                name="payout_run_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class SkipReason(models.TextChoices):
    """Why a payee is passed over, in the sentence they read."""

    BELOW_MINIMUM = (
        "below_minimum",
        _l("Below the payout minimum; it waits for the next run."),
    )
    ACCOUNT_NOT_ACTIVE = (
        "account_not_active",
        _l("Your payout account is not active; it waits until it is."),
    )
    RESTRICTED = (
        "restricted",
        _l("Your payout account is restricted; it waits until that is solved."),
    )
    HELD = ("held", _l("Held by the marketplace; it waits until the hold is lifted."))
    ACCOUNT_CHANGED = (
        "account_changed",
        _l("Your sign-in or payout account was changed; it waits for some days."),
    )
    DESTINATION_CHANGED = (
        "destination_changed",
        _l("Your payout account was replaced meanwhile; it waits for the next run."),
    )
    OWES = ("owes", _l("Earlier payouts came back; new earnings make that good first."))
    DISPUTED = (
        "disputed",
        _l("A buyer's bank disputes a payment in it; it waits until that is decided."),
    )
    STOPPED = (
        "stopped",
        _l("The marketplace has stopped all payouts; it waits until they go on."),
    )


class PayoutPreview(models.Model):
    """What a computed run would do for a payee: kept beside what it then did.

    `destination` is the account that was looked at; a reason means a skip.
    """

    run = models.ForeignKey(
        PayoutRun, on_delete=models.PROTECT, related_name="previews"
    )
    account = models.ForeignKey(
        ConnectedAccount, on_delete=models.PROTECT, related_name="payout_previews"
    )
    amount = models.PositiveBigIntegerField()
    destination = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=20, choices=SkipReason.choices, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["run", "account"], name="payout_preview_once_per_payee"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.amount} {self.reason}"


class PayoutItem(models.Model):
    """A payee's whole payable balance in a run, taken under the account's lock.

    `last_posting_id` is the watermark: the item is the sum of the postings on the
    payable account since the previous item's. Trying again after a refusal is a new
    item of the run, `number` 2 and on.
    """

    public_id = ids.field("item")
    run = models.ForeignKey(PayoutRun, on_delete=models.PROTECT, related_name="items")
    account = models.ForeignKey(
        ConnectedAccount, on_delete=models.PROTECT, related_name="payout_items"
    )
    number = models.PositiveSmallIntegerField(default=1)
    amount = models.PositiveBigIntegerField()
    last_posting_id = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="payout_item_positive"
            ),
            models.UniqueConstraint(
                fields=["run", "account", "number"], name="payout_item_once_per_payee"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


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
