"""What a person reported: see `kit.personal`."""

from datetime import datetime

from marketplace.accounts.models import User
from marketplace.kit.personal import Obstacle, Tables
from marketplace.pages.models import Report


def export_of(*, user: User) -> Tables:
    """Give the reports made with a person's address."""
    return {
        "reports": [
            {
                "report": row.public_id,
                "about": row.target_title,
                "reason": row.reason,
                "explanation": row.explanation,
                "name": row.name,
                "status": row.status,
                "received_at": row.received_at.isoformat(),
                "decision": row.decision,
                "statement": row.statement,
            }
            for row in Report.objects.filter(email__iexact=user.email).order_by("pk")
        ]
    }


def obstacles(*, user: User, at: datetime) -> list[Obstacle]:
    """Nothing waits for who reported."""
    return []


def erase(*, user: User, at: datetime) -> None:
    """Keep what was reported, and not by whom."""
    for row in Report.objects.filter(email__iexact=user.email):
        row.name, row.email = "–", f"erased-{row.public_id}@erased.invalid"
        row.save(update_fields=["name", "email"])
