"""The books' own rules as queries: each gives the rows that break it, none if all is
well. Nothing is ever repaired here; docs/operations.md says what to do about a row.

`invariants_goods` holds the rules of goods and orders, `invariants_money` those of
earning and paying out, `invariants_laws` those of the ledger's accounts,
`invariants_returns` those of refunds and disputes, `invariants_chain` that of the seal.
`now` is platform time; `since` narrows the checks that look at single entries.
"""

import logging
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection

from marketplace.kit import health
from marketplace.kit.errors import MarketplaceError
from payouts.services import (
    invariants_chain,
    invariants_goods,
    invariants_laws,
    invariants_money,
    invariants_returns,
)
from sellers.models import Photo

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
logger = logging.getLogger(__name__)

CHECKS: Mapping[str, str] = dict(
    sorted(
        {
            **invariants_goods.CHECKS,
            **invariants_money.CHECKS,
            **invariants_laws.CHECKS,
            **invariants_returns.CHECKS,
            **invariants_chain.CHECKS,
        }.items()
    )
)


class NoSuchCheck(MarketplaceError):
    """There is no invariant of that name."""

    status_code = 404


def check(
    *, at: datetime, only: Collection[str] = (), since: datetime = ALWAYS
) -> dict[str, list[str]]:
    """Run every check, or those named in `only`, each one statement; gives what broke
    it, by the check's id. With `since`, checks of single rows look only at what
    happened from then on; sums are always whole.

    :raises NoSuchCheck: `only` names one that is not there.
    """
    unknown = sorted(set(only) - set(CHECKS))
    if unknown:
        raise NoSuchCheck(f"There is no invariant {', '.join(unknown)}.")
    parameters: dict[str, Any] = {
        "now": at,
        "since": since,
        "hold_hours": settings.PAYOUT_HOLD_AFTER_CHANGE_HOURS,
        **invariants_goods.moves(),
    }
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        for name in only or CHECKS:
            cursor.execute(CHECKS[name], parameters)
            found[name] = [
                " ".join(str(value) for value in row) for row in cursor.fetchall()
            ]
    return found


def missing_files() -> list[str]:
    """I26: give the photos whose files are gone. Asks the storage for each, so it runs
    with the command only, not every ten minutes.
    """
    return [
        f"photo {photo.pk} {rendition['path']}"
        for photo in Photo.objects.order_by("pk").iterator()
        for rendition in photo.renditions
        if not default_storage.exists(rendition["path"])
    ]


def check_and_log(*, at: datetime, since: datetime = ALWAYS) -> dict[str, list[str]]:
    """Run every check, log each that is broken as an error, and give those."""
    broken = {name: rows for name, rows in check(at=at, since=since).items() if rows}
    health.note("invariants", at=at, broken=sorted(broken))
    for name, rows in broken.items():
        logger.error("invariant %s broken by %s: %s", name, len(rows), rows[:20])
    return broken
