"""What the account itself keeps of a person: see `kit.personal`."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.utils.translation import gettext as _

from marketplace.accounts.models import User
from marketplace.kit.models import Outbox
from marketplace.kit.personal import Obstacle, Tables


def export_of(*, user: User) -> Tables:
    """Give the profile and the addresses of the sign-in."""
    return {
        "account": [
            {
                "email": user.email,
                "name": user.name,
                "language": user.language,
                "country": user.country,
                "currency": user.currency,
                "joined_at": user.date_joined.isoformat(),
                "last_signed_in_at": user.last_login and user.last_login.isoformat(),
            }
        ],
        "sign_in_addresses": [
            {"email": row.email, "is_verified": row.verified, "is_main": row.primary}
            for row in EmailAddress.objects.filter(user=user).order_by("pk")
        ],
    }


def obstacles(*, user: User, at: datetime) -> list[Obstacle]:
    """Staff leave the staff first."""
    if user.is_staff:
        words = _("You are a member of staff: another one must take that back first.")
        return [Obstacle("staff", words)]
    return []


def erase(*, user: User, at: datetime) -> None:
    """Leave a row that names nobody and cannot sign in."""
    Outbox.objects.filter(
        done_at__isnull=False, arguments__email__iexact=user.email
    ).delete()
    EmailAddress.objects.filter(user=user).delete()
    user.groups.clear()
    user.user_permissions.clear()
    user.email = f"erased-{user.pk}@erased.invalid"
    user.name = user.language = user.country = user.currency = ""
    user.set_unusable_password()
    user.is_active = False
    user.last_login = None
    user.erased_at = at
    user.save()
