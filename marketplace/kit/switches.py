"""Kill switches: staff stop a part of the platform at once, with a reason that is kept.

`PAYOUTS`: no payout run is executed and no transfer is sent. Taking money back and
refunding buyers go on.
`MAINTENANCE`: the public sees that the site is closed for a while; staff and the notices
of the payment provider go on.
"""

import time
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import transaction

from marketplace.kit.errors import MarketplaceError
from marketplace.kit.models import AuditEvent, Switch

PAYOUTS = "payouts"
MAINTENANCE = "maintenance"
NAMES = (PAYOUTS, MAINTENANCE)
# How long a process goes by what it saw last.
SEEN_SECONDS = 2.0
_seen: dict[str, tuple[float, bool]] = {}


class ReasonMissing(MarketplaceError):
    """Say why. The reason is kept with what was done; nothing was changed."""

    status_code = 400


class NoSuchSwitch(MarketplaceError):
    """There is no switch of that name."""

    status_code = 404


def is_on(name: str) -> bool:
    """Say whether a switch is on now. One query; never cached, it is for emergencies."""
    return Switch.objects.filter(name=name, is_on=True).exists()


def is_seen_on(name: str) -> bool:
    """Say whether a switch that every page asks for is on: read from the cache, at most
    every two seconds, and never from the database. A cache that is down says off.
    """
    kept = _seen.get(name)
    if kept is None or time.monotonic() - kept[0] > SEEN_SECONDS:
        found = False
        with suppress(Exception):
            found = bool(cache.get(f"switch:{name}"))
        _seen[name] = kept = (time.monotonic(), found)
    return kept[1]


def publish() -> None:
    """Write into the cache how the switches stand; again and again, since a cache may
    lose what it holds.
    """
    on = set(Switch.objects.filter(is_on=True).values_list("name", flat=True))
    for name in NAMES:
        with suppress(Exception):
            cache.set(f"switch:{name}", name in on, timeout=None)
    _seen.clear()


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
        transaction.on_commit(publish, robust=True)
    return True
