"""What is kept of a person who asks about products or runs a shop: see `kit.personal`."""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from marketplace.accounts.models import User
from marketplace.kit.personal import Obstacle, Tables
from sellers.models import Membership, MembershipRole, Shop
from sellers.services import questions, stock_alerts


def export_of(*, user: User) -> Tables:
    """Give what a person asked, waits for in the shops, and runs."""
    return {
        "questions": questions.export_of(user=user),
        "stock_alerts": stock_alerts.export_of(user.email),
        "shops": [
            {
                "shop": row.shop.public_id,
                "name": row.shop.name,
                "handle": row.shop.handle,
                "role": row.role,
                "about": row.shop.about,
                "contact_email": row.shop.contact_email,
                "legal_name": row.shop.legal_name,
                "legal_address": row.shop.legal_address,
                "registration_number": row.shop.registration_number,
                "started_at": row.shop.started_at.isoformat(),
            }
            for row in Membership.objects.filter(user=user)
            .select_related("shop")
            .order_by("pk")
        ],
    }


def shops_of(*, user: User) -> QuerySet[Shop]:
    """List the shops nobody else owns: they end with their owner."""
    others = Membership.objects.filter(
        shop=OuterRef("pk"), role=MembershipRole.OWNER
    ).exclude(user=user)
    return Shop.objects.owned_by(user).filter(~Exists(others))


def obstacles(*, user: User, at: datetime) -> list[Obstacle]:
    """Nothing of a shop itself; its orders and money speak for themselves above."""
    return []


def erase(*, user: User, at: datetime) -> None:
    """Take the questions away, and close the shops nobody else owns. Who traded stays
    named on what was sold: the law asks for it.
    """
    questions.erase(user=user)
    stock_alerts.erase(user.email)
    for shop in shops_of(user=user):
        shop.is_open = False
        shop.about = ""
        shop.contact_email = f"erased-{shop.public_id}@erased.invalid"
        shop.save(update_fields=["is_open", "about", "contact_email"])
    Membership.objects.filter(user=user).delete()
