from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from marketplace.kit import ids, states


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
    currency = models.CharField(max_length=3, blank=True, default="")
    # When nothing was left of the person; the row stays, for what points to it.
    erased_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique"),
            models.CheckConstraint(
                condition=models.Q(erased_at=None)
                | models.Q(email__startswith="erased-", name="", is_active=False),
                name="user_erased_holds_nobody",
            ),
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


class PrivacyKind(models.TextChoices):
    """What a person asks for: a copy of all there is, or that it be erased."""

    EXPORT = "export"
    ERASE = "erase"


class PrivacyStatus(models.TextChoices):
    """REQUESTED: it is being made, or waits for its day. READY: an export can be
    fetched; EXPIRED: no more. TAKEN_BACK: the person stays. DONE: the person is erased.
    """

    REQUESTED = "requested"
    READY = "ready"
    EXPIRED = "expired"
    TAKEN_BACK = "taken_back"
    DONE = "done"


class PrivacyRequestQuerySet(models.QuerySet["PrivacyRequest"]):
    def visible_to(self, user: Any) -> Self:
        """Keep what this person asked for."""
        return self.filter(user=user)

    def exports(self) -> Self:
        return self.filter(kind=PrivacyKind.EXPORT)

    def erasures(self) -> Self:
        return self.filter(kind=PrivacyKind.ERASE)

    def open(self) -> Self:
        return self.filter(status=PrivacyStatus.REQUESTED)


class PrivacyRequest(states.Stateful):
    """A person's wish for a copy of the own data, or to be erased.

    An export is fetched until `due_at`; an erasure is done from `due_at` on, and later
    while `held_by` names what still needs the account. `email` is where the last mail
    goes, and is emptied once it is sent.
    """

    MOVES: ClassVar = {
        PrivacyStatus.REQUESTED: frozenset(
            {PrivacyStatus.READY, PrivacyStatus.TAKEN_BACK, PrivacyStatus.DONE}
        ),
        PrivacyStatus.READY: frozenset({PrivacyStatus.EXPIRED}),
    }

    public_id = ids.field("priv")
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="privacy_requests"
    )
    kind = models.CharField(max_length=10, choices=PrivacyKind.choices)
    status = models.CharField(
        max_length=12, choices=PrivacyStatus.choices, default=PrivacyStatus.REQUESTED
    )
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    # The id in the consent cookie of the browser it was asked from.
    consent_subject = models.CharField(max_length=24, blank=True)
    held_by = models.JSONField(default=list, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    language = models.CharField(max_length=8)

    objects = PrivacyRequestQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            states.one_of("kind", PrivacyKind, name="privacy_kind"),
            states.one_of("status", PrivacyStatus, name="privacy_status"),
            models.UniqueConstraint(
                fields=["user", "kind"],
                condition=models.Q(status="requested"),
                name="privacy_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="export") | models.Q(due_at__isnull=False),
                name="privacy_erase_has_a_day",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(status__in=["requested", "ready"]),
                name="privacy_due",
            )
        ]

    def __str__(self) -> str:
        return self.public_id


class PrivacyFile(models.Model):
    """The copy a person asked for, kept apart from what lists show and only for days.
    It lies in the database: nothing in front of us can serve it by mistake.
    """

    request = models.OneToOneField(
        PrivacyRequest, on_delete=models.CASCADE, related_name="file"
    )
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"file of {self.request_id}"
