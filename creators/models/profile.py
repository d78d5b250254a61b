"""Who recommends."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.urls import reverse

from marketplace.kit import ids


class CreatorQuerySet(models.QuerySet["Creator"]):
    def visible_to(self, user: Any) -> Self:
        """Keep this person's own profile."""
        return self.filter(user=user)


class Creator(models.Model):
    """A person with a public page of picks and posts, who earns a share of the sales
    these cause.
    """

    public_id = ids.field("cre")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="creator"
    )
    handle = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=80)
    bio = models.TextField(max_length=400, blank=True)
    country = models.CharField(max_length=2)
    # Renditions as of sellers.Photo; [] for none.
    portrait = models.JSONField(default=list, blank=True)
    is_payable = models.BooleanField(default=False)
    joined_at = models.DateTimeField()

    objects = CreatorQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(name=""), name="creator_name")
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("creators:profile", args=[self.handle])
