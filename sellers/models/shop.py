"""Who sells: a shop, and the people who run it."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.urls import reverse

from marketplace.kit import ids, states


class ShopKind(models.TextChoices):
    PRIVATE = "private"
    BUSINESS = "business"


class ShopQuerySet(models.QuerySet["Shop"]):
    def visible_to(self, user: Any) -> Self:
        """Keep the shops this person runs."""
        return self.filter(memberships__user=user)

    def owned_by(self, user: Any) -> Self:
        """Keep the shops this person owns: only owners see a shop's money."""
        return self.filter(
            memberships__user=user, memberships__role=MembershipRole.OWNER
        )

    def open(self) -> Self:
        """Keep the shops the public may see."""
        return self.filter(is_open=True)


class Shop(models.Model):
    """A private person or a business that lists products and ships them.

    `is_payable` is pushed down by payouts when its payout account becomes active; a
    shop may sell before that, its money waits.
    """

    public_id = ids.field("shop")
    handle = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=80)
    about = models.TextField(max_length=1000, blank=True)
    kind = models.CharField(max_length=10, choices=ShopKind.choices)
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    contact_email = models.EmailField()
    legal_name = models.CharField(max_length=160, blank=True)
    legal_address = models.TextField(max_length=400, blank=True)
    registration_number = models.CharField(max_length=40, blank=True)
    return_days = models.PositiveSmallIntegerField(default=14)
    is_open = models.BooleanField(default=True)
    is_payable = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    # The name as it is searched, see `sellers.services.indexing`.
    folded_name = models.TextField(default=" ", editable=False)

    objects = ShopQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            states.one_of("kind", ShopKind, name="shop_kind"),
            models.CheckConstraint(
                condition=models.Q(return_days__gte=14), name="shop_return_days"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("creators:profile", args=[self.handle])

    @property
    def is_business(self) -> bool:
        return self.kind == ShopKind.BUSINESS


class MembershipRole(models.TextChoices):
    OWNER = "owner"
    STAFF = "staff"


class Membership(models.Model):
    """A person who runs a shop. Staff see products and orders, not money."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=10, choices=MembershipRole.choices)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["shop", "user"], name="membership_once"),
            states.one_of("role", MembershipRole, name="membership_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role} of {self.shop}"
