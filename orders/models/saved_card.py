"""Cards a buyer keeps for the next time. The number never comes here: Stripe keeps the
card with a customer of ours, and we keep what its owner may see of it.
"""

from datetime import datetime
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.kit import ids


class PaymentCustomer(models.Model):
    """Who a person is to Stripe. The row is written before Stripe is asked, and its key
    is made of `public_id` and `attempt`. Its cards are forgotten before the person is.
    """

    public_id = ids.field("cust")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="payment_customer",
    )
    customer_id = models.CharField(max_length=80, unique=True, null=True)  # noqa: DJ001
    attempt = models.PositiveSmallIntegerField(default=1)

    def __str__(self) -> str:
        return self.public_id

    @property
    def key(self) -> str:
        """The idempotency key of making it."""
        return f"customer:{self.public_id}:{self.attempt}"


class SavedCardQuerySet(models.QuerySet["SavedCard"]):
    def visible_to(self, user: Any) -> Self:
        """Keep this person's own cards that were not removed."""
        return self.filter(customer__user=user, removed_at=None)

    def valid(self, *, at: datetime) -> Self:
        """Leave out the cards whose last month is over."""
        return self.filter(
            Q(expires_year__gt=at.year)
            | Q(expires_year=at.year, expires_month__gte=at.month)
        )


class SavedCard(models.Model):
    """One card that can be charged again while its owner is there."""

    public_id = ids.field("card")
    customer = models.ForeignKey(
        PaymentCustomer, on_delete=models.PROTECT, related_name="cards"
    )
    card_id = models.CharField(max_length=80, unique=True)
    brand = models.CharField(max_length=20)
    last4 = models.CharField(max_length=4)
    fingerprint = models.CharField(max_length=40)
    expires_month = models.PositiveSmallIntegerField()
    expires_year = models.PositiveSmallIntegerField()
    saved_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    objects = SavedCardQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer", "fingerprint"],
                condition=Q(removed_at=None),
                name="saved_card_once",
            ),
            models.CheckConstraint(
                condition=Q(expires_month__gte=1, expires_month__lte=12),
                name="saved_card_month",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Name it as payments do: `Visa 4242`."""
        return f"{self.brand.title()} {self.last4}"

    @property
    def expires(self) -> str:
        """Write its last month as on the card: `08/31`."""
        return f"{self.expires_month:02}/{self.expires_year % 100:02}"
