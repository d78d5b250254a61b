"""Kill switches: staff stop a part of the platform at once, with a reason that is kept.

`PAYOUTS`: no payout run is executed and no transfer is sent. Taking money back and
refunding buyers go on.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from marketplace.kit.errors import MarketplaceError
from marketplace.kit.models import AuditEvent, Switch

PAYOUTS = "payouts"
NAMES = (PAYOUTS,)


class ReasonMissing(MarketplaceError):
    """Say why. The reason is kept with what was done; nothing was changed."""

    status_code = 400


class NoSuchSwitch(MarketplaceError):
    """There is no switch of that name."""

    status_code = 404


def is_on(name: str) -> bool:
    """Say whether a switch is on now. One query; never cached, it is for emergencies."""
    return Switch.objects.filter(name=name, is_on=True).exists()


def find(name: str) -> Switch | None:
    """Give a switch with who turned it last and why; None when it never was."""
    return Switch.objects.filter(name=name).first()


def turn(
    *,
    name: str,
    on: bool,
    actor: str,
    reason: str,
    at: datetime,
    details: dict[str, Any] | None = None,
) -> bool:
    """Turn a switch on or off and keep who and why. Returns whether that changed it:
    turning on what is on keeps the first reason.

    :raises NoSuchSwitch: the name is none of NAMES.
    :raises ReasonMissing: without a reason.
    """
    if name not in NAMES:
        raise NoSuchSwitch
    reason = " ".join(reason.split())
    if not reason:
        raise ReasonMissing
    said = {"is_on": on, "reason": reason, "changed_by": actor, "changed_at": at}
    with transaction.atomic():
        switch, _made = Switch.objects.get_or_create(
            name=name, defaults={**said, "is_on": False}
        )
        changed = Switch.objects.filter(pk=switch.pk, is_on=not on).update(**said)
        if not changed:
            return False
        AuditEvent.objects.create(
            actor=actor,
            action=f"switch.{'on' if on else 'off'}",
            reference=name,
            reason=reason,
            details=details or {},
            at=at,
        )
    return True
