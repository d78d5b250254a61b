"""Who is owed: a seller or creator, and their account at the provider."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from creators.models import Creator
from marketplace.kit import states
from sellers.models import MembershipRole, Shop


class AccountStatus(models.TextChoices):
    """Where a payout account stands, in the words its owner reads."""

    NOT_STARTED = "not_started"
    NEEDS_INFORMATION = "needs_information"
    IN_REVIEW = "in_review"
    ACTIVE = "active"
    PAYOUTS_PAUSED = "payouts_paused"
    CLOSED = "closed"


class ConnectedAccountQuerySet(models.QuerySet["ConnectedAccount"]):
    def visible_to(self, user: Any) -> Self:
        """Keep the accounts whose money this person may see: owners and creators."""
        return self.filter(
            Q(
                shop__memberships__user=user,
                shop__memberships__role=MembershipRole.OWNER,
            )
            | Q(creator__user=user)
        ).distinct()


class ConnectedAccount(models.Model):
    """The money side of one shop or one creator.

    It exists from the first sale on; `provider_id` only once payouts were set up.
    Money of a party without an active account waits in its payable account.
    """

    shop = models.OneToOneField(
        Shop,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="connected_account",
    )
    creator = models.OneToOneField(
        Creator,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="connected_account",
    )
    status = models.CharField(
        max_length=20, choices=AccountStatus.choices, default=AccountStatus.NOT_STARTED
    )
    provider_id = models.CharField(max_length=80, unique=True, null=True, blank=True)
    requirements = models.JSONField(default=list, blank=True)
    payouts_active = models.BooleanField(default=False)
    # The bank account behind it, as the provider names it; empty until it is known.
    external_account = models.CharField(max_length=80, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    objects = ConnectedAccountQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            states.one_of("status", AccountStatus, name="connected_account_status"),
            models.CheckConstraint(
                condition=Q(shop=None, creator__isnull=False)
                | Q(shop__isnull=False, creator=None),
                name="connected_account_one_party",
            ),
            models.CheckConstraint(
                condition=~Q(status="active") | Q(provider_id__isnull=False),
                name="connected_account_active_at_provider",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def party(self) -> Shop | Creator:
        party = self.shop or self.creator
        assert party is not None
        return party

    @property
    def reference(self) -> str:
        """The party's one public id, the same in lines, splits and transfers."""
        return self.party.public_id

    @property
    def is_active(self) -> bool:
        return self.status == AccountStatus.ACTIVE
