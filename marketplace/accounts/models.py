from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from marketplace.kit import states


class UserManager(BaseUserManager["User"]):
    def create_user(
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        """Create someone who signs in by e-mail; without a password, by code."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str, **fields: Any) -> "User":
        return self.create_user(
            email, password, is_staff=True, is_superuser=True, **fields
        )

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person: buyer, seller, creator or staff, known by an e-mail address."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120, blank=True)
    # What the person chose; empty as long as nothing was chosen.
    language = models.CharField(max_length=5, blank=True, default="")
    country = models.CharField(max_length=2, blank=True, default="")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique")
        ]

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name or self.email.partition("@")[0]


class HandleKind(models.TextChoices):
    SHOP = "shop"
    CREATOR = "creator"


class Handle(models.Model):
    """A name under `/@`, unique over shops and creators.

    `reference` is the public id of the shop or creator that bears it.
    """

    handle = models.CharField(max_length=30, unique=True)
    kind = models.CharField(max_length=10, choices=HandleKind.choices)
    reference = models.CharField(max_length=24, unique=True)

    class Meta:
        constraints: ClassVar = [
            states.one_of("kind", HandleKind, name="handle_kind"),
            models.CheckConstraint(
                condition=models.Q(
                    handle__regex=r"^[a-z0-9][a-z0-9._-]{1,28}[a-z0-9]$"
                ),
                name="handle_form",
            ),
        ]

    def __str__(self) -> str:
        return f"@{self.handle}"
