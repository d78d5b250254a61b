"""Whom a buyer follows."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models

from marketplace.accounts.models import Handle


class FollowQuerySet(models.QuerySet["Follow"]):
    def visible_to(self, user: Any) -> Self:
        """Keep this person's own."""
        return self.filter(user=user)


class Follow(models.Model):
    """A person who wants to see what a creator or shop shows next."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="follows"
    )
    handle = models.ForeignKey(
        Handle, on_delete=models.CASCADE, related_name="followers"
    )
    followed_at = models.DateTimeField()

    objects = FollowQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "handle"], name="follow_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "-followed_at"], name="follow_of_user")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} follows {self.handle}"
