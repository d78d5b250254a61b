"""A party's own payouts from their balance at the provider to their bank."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from marketplace.kit import states
from payouts.models.account import ConnectedAccount


class PartyPayoutStatus(models.TextChoices):
    PENDING = "pending"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"


class PartyPayout(models.Model):
    """A copy of what the provider says, for the party to read; nothing of it is in the
    ledger. `paid` may still become `failed`: the money is then back in their balance
    at the provider, never with us.
    """

    account = models.ForeignKey(
        ConnectedAccount, on_delete=models.PROTECT, related_name="party_payouts"
    )
    provider_id = models.CharField(max_length=80, unique=True)
    status = models.CharField(max_length=12, choices=PartyPayoutStatus.choices)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    arrival_at = models.DateTimeField()
    failure_code = models.CharField(max_length=60, blank=True)
    failure_message = models.TextField(blank=True)
    started_at = models.DateTimeField()
    checked_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            states.one_of("status", PartyPayoutStatus, name="party_payout_status"),
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="party_payout_positive"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "-started_at"])]

    def __str__(self) -> str:
        return self.provider_id
