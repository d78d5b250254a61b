"""What a process of the proof does, round after round."""

import contextlib
import threading
from collections.abc import Sequence

from marketplace.kit import clock, jobs
from marketplace.kit.errors import MarketplaceError
from payouts.models import PayoutRun, PayoutRunStatus

ROUNDS = 1_000
# Between two rounds of a process that found nothing to do.
PAUSE_SECONDS = 0.2
OVER = (
    PayoutRunStatus.DONE,
    PayoutRunStatus.DONE_WITH_FAILURES,
    PayoutRunStatus.CANCELLED,
)


def go(names: Sequence[str]) -> int:
    """Run these jobs and what was promised until every run is done."""
    for _ in range(ROUNDS):
        for name in names:
            with contextlib.suppress(MarketplaceError):
                jobs.run_periodic(name=name, at=clock.now())
        done = jobs.relay()
        if is_over():
            return 0
        if not done:
            threading.Event().wait(PAUSE_SECONDS)
    return 1


def is_over() -> bool:
    """Say whether there was a run and none is under way."""
    runs = PayoutRun.objects.all()
    return runs.exists() and not runs.exclude(status__in=OVER).exists()
