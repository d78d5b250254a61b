"""What a load balancer and the local runner ask."""

import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from marketplace.kit.models import Outbox

LATE = timedelta(minutes=5)
# What was checked last, and what it found; kept by whoever checks.
CHECKED = ("invariants", "reconciliation")
KEPT_SECONDS = 7 * 24 * 3600


def note(name: str, *, at: datetime, broken: Sequence[str]) -> None:
    """Keep the result of a check of the books for `readyz?deep=1`. A cache that is down
    keeps nothing, and harms nobody.

    :raises LookupError: the name is none of CHECKED.
    """
    if name not in CHECKED:
        raise LookupError(name)
    result = {"at": at.isoformat(), "ok": not broken, "broken": list(broken)[:20]}
    with contextlib.suppress(Exception):
        cache.set(f"checked:{name}", result, KEPT_SECONDS)


def livez(request: HttpRequest) -> JsonResponse:
    """Say that the process answers; asks nothing of anyone else."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Say whether requests can be served: database there and migrated (else 503).

    A cache or broker that is down only degrades: a checkout works without it. With
    `deep=1` it tells what the last checks of the books found; nothing is checked now.
    """
    try:
        executor = MigrationExecutor(connection)
        unmigrated = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        late = Outbox.objects.filter(
            done_at=None, created_at__lt=timezone.now() - LATE
        ).count()
    except Exception:
        return JsonResponse({"status": "no database"}, status=503)
    try:
        cache.get("readyz")
        degraded = []
    except Exception:
        degraded = ["cache"]
    if unmigrated:
        return JsonResponse({"status": "migrations missing"}, status=503)
    answer: dict[str, Any] = {"status": "ok", "degraded": degraded, "late_jobs": late}
    if request.GET.get("deep") == "1":
        answer |= {name: _noted(name) for name in CHECKED}
    return JsonResponse(answer)


def _noted(name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] | None = cache.get(f"checked:{name}")
    except Exception:
        return None
    return found
