"""Work after the commit. The row is the truth, the Celery message only a nudge.

`enqueue` writes an Outbox row in the caller's transaction and nudges a worker after
the commit; a relay runs what no nudge reached. So a job may run twice, late, or at the
same time as itself, and every function run here must bear that.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string

from marketplace.kit import clock
from marketplace.kit.models import Outbox

logger = logging.getLogger(__name__)

CLAIM = timedelta(minutes=10)
BACKOFF_SECONDS = (5, 30, 120, 600, 3600)
BATCH = 100


def resolve(function: str) -> Callable[..., object]:
    """Find a job by its dotted name.

    :raises ImportError: for a name that is none; at the call, not at midnight.
    """
    found: Callable[..., object] = import_string(function)
    return found


def enqueue(function: str, *, run_at: datetime | None = None, **arguments: Any) -> None:
    """Promise to call `function(**arguments)` after this transaction commits.

    Arguments are ids and plain JSON values. `run_at` is platform time.

    :raises ImportError: when there is no such function.
    """
    resolve(function)
    job = Outbox.objects.create(function=function, arguments=arguments, run_at=run_at)
    if settings.JOBS_NUDGE and run_at is None:
        transaction.on_commit(lambda: _nudge(job.pk), robust=True)


def enqueue_many(function: str, calls: Sequence[Mapping[str, Any]]) -> None:
    """Promise several calls of one function as `enqueue` does, in one statement.

    :raises ImportError: when there is no such function.
    """
    resolve(function)
    made = Outbox.objects.bulk_create(
        Outbox(function=function, arguments=dict(arguments)) for arguments in calls
    )
    if settings.JOBS_NUDGE and made:
        transaction.on_commit(
            partial(_nudge_all, [job.pk for job in made]), robust=True
        )


def run(*, outbox_id: int) -> bool:
    """Run one promised job now, unless it is done, claimed or not yet due.

    A failure is kept on the row and tried again later with growing pauses.
    Returns whether it was run to its end.
    """
    job = _claim(outbox_id)
    if job is None:
        return False
    try:
        resolve(job.function)(**job.arguments)
    except Exception as problem:
        logger.exception("job %s failed, attempt %s", job, job.attempts)
        pause = BACKOFF_SECONDS[min(job.attempts, len(BACKOFF_SECONDS)) - 1]
        Outbox.objects.filter(pk=job.pk).update(
            claimed_until=timezone.now() + timedelta(seconds=pause),
            last_error=f"{type(problem).__name__}: {problem}"[:2000],
        )
        return False
    Outbox.objects.filter(pk=job.pk).update(done_at=timezone.now(), last_error="")
    return True


def relay(*, limit: int = BATCH) -> int:
    """Run what is due and undone, oldest first; returns how many ran to their end."""
    return sum(run(outbox_id=pk) for pk in _due().values_list("pk", flat=True)[:limit])


def drain(*, rounds: int = 50) -> int:
    """Relay until nothing is due, for commands that move the clock and for tests."""
    total = 0
    for _ in range(rounds):
        ran = relay()
        total += ran
        if not ran:
            break
    return total


def run_periodic(*, name: str, at: datetime) -> None:
    """Run one of PERIODIC_JOBS. Safe to run N times at once: each function claims the
    rows it works on.
    """
    resolve(name)(at=at)


def _due() -> Any:
    real = timezone.now()
    return Outbox.objects.filter(
        Q(run_at=None) | Q(run_at__lte=clock.now()),
        Q(claimed_until=None) | Q(claimed_until__lte=real),
        done_at=None,
    ).order_by("pk")


def _claim(outbox_id: int) -> Outbox | None:
    """Take the row for CLAIM by compare-and-set; a dead worker's claim runs out."""
    with transaction.atomic():
        job = _due().filter(pk=outbox_id).select_for_update(skip_locked=True).first()
        if job is None:
            return None
        job.attempts += 1
        job.claimed_until = timezone.now() + CLAIM
        job.save(update_fields=["attempts", "claimed_until"])
        found: Outbox = job
        return found


def _nudge_all(outbox_ids: Sequence[int]) -> None:
    for outbox_id in outbox_ids:
        _nudge(outbox_id)


def _nudge(outbox_id: int) -> None:
    """Tell a worker; a broker that is down costs nothing, the relay will find it."""
    # Our own app, by name: a task called in a process that never loaded it would go to
    # Celery's default broker, which is nobody's.
    app: Any = import_string(settings.CELERY_APP)
    try:
        app.send_task(
            "marketplace.kit.tasks.run", kwargs={"outbox_id": outbox_id}, retry=False
        )
    except Exception as problem:
        logger.warning("no nudge for job %s: %s", outbox_id, problem)
