"""What a load balancer and the local runner ask."""

from datetime import timedelta

from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from marketplace.kit.models import Outbox

LATE = timedelta(minutes=5)


def livez(request: HttpRequest) -> JsonResponse:
    """Say that the process answers; asks nothing of anyone else."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Say whether requests can be served: database there and migrated (else 503).

    A cache or broker that is down only degrades: a checkout works without it.
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
    return JsonResponse({"status": "ok", "degraded": degraded, "late_jobs": late})
