"""Telling people that what was sold out is back: one mail each, oldest wish first, and
no more of them than there are units, so that a mail is worth its click.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef

from marketplace.kit import jobs, limits
from marketplace.kit.errors import NotFound
from sellers.models import StockAlert, Variant

KEPT_DAYS = 30
# Who waited so long in vain is not written to any more.
GIVEN_UP = timedelta(days=180)
# Those who were told take a unit's chance for so long; then the next are told.
CHANCE = timedelta(days=1)
VARIANTS_PER_RUN = 100
MAILS_PER_RUN = 500
OPEN_PER_EMAIL = 50
ASKS_PER_EMAIL = 10
ASKS_PER_ADDRESS = 60
HOUR_SECONDS = 3600
SALT = "sellers.stock_alerts"


def ask(*, variant: Variant, email: str, language: str, ip: str, at: datetime) -> None:
    """Note that somebody wants to be told. Nothing tells whether the address was known:
    again is as once, and past OPEN_PER_EMAIL nothing more is noted.

    :raises TooMany: past ASKS_PER_EMAIL for the address, or ASKS_PER_ADDRESS from one
        IP address, an hour.
    """
    cleaned = email.strip().lower()
    limits.count(f"alert:ip:{ip}", limit=ASKS_PER_ADDRESS, seconds=HOUR_SECONDS)
    limits.count(
        f"alert:email:{_hash(cleaned)}", limit=ASKS_PER_EMAIL, seconds=HOUR_SECONDS
    )
    if StockAlert.objects.open().of(cleaned).count() >= OPEN_PER_EMAIL:
        return
    try:
        with transaction.atomic():
            StockAlert.objects.create(
                variant=variant, email=cleaned, language=language[:5], asked_at=at
            )
    except IntegrityError:  # asked before
        return


def promise(*, at: datetime) -> int:
    """Promise a mail to those who waited longest for what is back. Returns how many;
    safe to run twice at once.
    """
    waiting = StockAlert.objects.open().filter(variant=OuterRef("pk"))
    back = Variant.objects.live().filter(Exists(waiting), on_hand__gt=F("reserved"))
    promised = 0
    for variant in back.order_by("pk")[:VARIANTS_PER_RUN]:
        if promised >= MAILS_PER_RUN:
            break
        promised += _promise(variant, most=MAILS_PER_RUN - promised, at=at)
    return promised


def _promise(variant: Variant, *, most: int, at: datetime) -> int:
    """Take the oldest wishes of a variant under its lock, as many as it has units that
    nobody was told of just now.
    """
    with transaction.atomic():
        row = Variant.objects.select_for_update(no_key=True).get(pk=variant.pk)
        told = StockAlert.objects.filter(variant=row, sent_at__gt=at - CHANCE).count()
        room = min(row.available - told, most)
        if room <= 0:
            return 0
        oldest = StockAlert.objects.open().filter(variant=row)
        taken = list(
            oldest.order_by("asked_at", "pk").values_list("pk", flat=True)[:room]
        )
        StockAlert.objects.filter(pk__in=taken).update(sent_at=at)
        jobs.enqueue_many(
            "sellers.tasks.send_back_in_stock", [{"alert_id": pk} for pk in taken]
        )
    return len(taken)


def forget(*, at: datetime) -> int:
    """Delete wishes KEPT_DAYS after their mail, and those that came to nothing. Returns
    how many.
    """
    told = StockAlert.objects.filter(sent_at__lt=at - timedelta(days=KEPT_DAYS))
    vain = StockAlert.objects.open().filter(asked_at__lt=at - GIVEN_UP)
    return told.delete()[0] + vain.delete()[0]


def token_of(alert: StockAlert) -> str:
    """Sign what a mail's address to end all this names: the wish, not the person."""
    return signing.dumps(alert.pk, salt=SALT)


def check(*, token: str) -> None:
    """Refuse a token that was not signed by us.

    :raises NotFound: for one.
    """
    _read(token)


def stop(*, token: str) -> int:
    """Delete all wishes of the address that a mail went to. Returns how many; 0 when
    they are gone already.

    :raises NotFound: the token was not signed by us.
    """
    alert = StockAlert.objects.filter(pk=_read(token)).first()
    return erase(alert.email) if alert else 0


def export_of(email: str) -> list[dict[str, Any]]:
    """Give all an address waits or waited for, as plain values."""
    found = StockAlert.objects.of(email).select_related("variant__product")
    return [
        {
            "product": alert.variant.product.title,
            "variant": alert.variant.label,
            "asked_at": alert.asked_at.isoformat(),
            "sent_at": alert.sent_at and alert.sent_at.isoformat(),
        }
        for alert in found.order_by("pk")
    ]


def erase(email: str) -> int:
    """Delete all wishes of an address. Returns how many."""
    return StockAlert.objects.of(email).delete()[0]


def _hash(email: str) -> str:
    return hashlib.sha256(email.encode()).hexdigest()


def _read(token: str) -> int:
    try:
        return int(signing.loads(token, salt=SALT))
    except (signing.BadSignature, ValueError, TypeError):
        raise NotFound from None
