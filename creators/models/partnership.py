"""On what terms: a shop's open collaborations, and the creators who joined them."""

from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q

from creators.models.profile import Creator
from marketplace.kit import ids, states
from sellers.models import Shop


class FundedBy(models.TextChoices):
    SELLER = "seller"
    PLATFORM = "platform"


class CollaborationQuerySet(models.QuerySet["Collaboration"]):
    def running(self, at: datetime) -> Self:
        """Keep what is open at this moment."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=at), starts_at__lte=at)

    def visible_to(self, user: Any) -> Self:
        """Keep the collaborations of the shops this person runs."""
        return self.filter(shop__memberships__user=user)


class Collaboration(models.Model):
    """An open collaboration: any creator may join and promote the shop's products at
    this rate, in basis points of the commission base.

    A share funded by the platform comes out of its commission, so its rate may not
    exceed the commission's (money.md); `partnerships.open` refuses that.
    """

    public_id = ids.field("collab")
    shop = models.ForeignKey(
        Shop, on_delete=models.PROTECT, related_name="collaborations"
    )
    rate_bps = models.PositiveIntegerField()
    funded_by = models.CharField(max_length=10, choices=FundedBy.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    objects = CollaborationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            states.one_of("funded_by", FundedBy, name="collaboration_funded_by"),
            models.CheckConstraint(
                condition=Q(rate_bps__gt=0) & Q(rate_bps__lte=8000),
                name="collaboration_rate",
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="collaboration_dates_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shop}: {self.rate_bps} bps"


class PartnershipQuerySet(models.QuerySet["Partnership"]):
    def running(self, at: datetime) -> Self:
        """Keep the partnerships that earn at this moment."""
        return self.filter(
            Q(ended_at=None) | Q(ended_at__gt=at),
            Q(collaboration__ends_at=None) | Q(collaboration__ends_at__gt=at),
            joined_at__lte=at,
            collaboration__starts_at__lte=at,
        )


class Partnership(models.Model):
    """A creator's consent to a collaboration: from then on tagged sales earn."""

    public_id = ids.field("part")
    collaboration = models.ForeignKey(
        Collaboration, on_delete=models.PROTECT, related_name="partnerships"
    )
    creator = models.ForeignKey(
        Creator, on_delete=models.PROTECT, related_name="partnerships"
    )
    joined_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = PartnershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # One consent at a time; one that was withdrawn stays as it was.
            models.UniqueConstraint(
                fields=["collaboration", "creator"],
                condition=Q(ended_at=None),
                name="partnership_one_running",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("joined_at")),
                name="partnership_dates_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.creator} with {self.collaboration}"
