"""A row asked for once at the provider: one worker at a time, at the pace it allows, with
a key that is never lost. A claim has a number; who comes back late with an old one
changes nothing.
"""

import abc
import contextlib
import logging
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import ClassVar, Generic, TypeVar

from django.conf import settings
from django.db.models import Q, QuerySet

from marketplace import gateway
from marketplace.kit import pacing, states
from marketplace.kit.asked import SUBMITTED, UNKNOWN, Asked

logger = logging.getLogger(__name__)

# Whoever took a row so long ago has died: its call is over, whatever came of it.
STALE_AFTER = timedelta(minutes=2)
# So that this holds, a batch takes no row later than this after its `at`, and nobody
# calls later than this after taking one: with the wait for a turn between the two, and
# the longest call, it is less than STALE_AFTER.
ASKS_WITHIN = timedelta(seconds=40)
# Stripe may forget a key after 24 hours: past this, look before asking again.
KEYS_KEPT = timedelta(hours=20)
BATCH = 200

Row = TypeVar("Row", bound=Asked)
Facts = TypeVar("Facts")


def claim(row: Asked, *, at: datetime) -> bool:
    """Take a row nobody has asked for; says whether it was ours to take."""
    return row.status == row.UNASKED and _take(row, at=at)


def claim_again(row: Asked, *, at: datetime) -> bool:
    """Take one in doubt from whoever had it, by compare-and-set on the claim."""
    return _take(row, at=at)


def is_late(row: Asked) -> bool:
    """Say whether this worker was stopped since it took the row: by now it may be
    another's, and the key may be one that was looked up and given up.
    """
    return time.monotonic() - row.claimed_at > ASKS_WITHIN.total_seconds()


@contextmanager
def fenced(row: Asked) -> Iterator[None]:
    """Let a worker that comes back late change nothing: the row has a new owner, who
    asks with the same key and hears the same answer, or a notice has brought one.
    """
    try:
        yield
    except states.Raced:
        logger.warning("a late answer about %s %s is left", row._meta.verbose_name, row)
        row.refresh_from_db()


def _take(row: Asked, *, at: datetime) -> bool:
    try:
        row.change(status=SUBMITTED, submitted_at=at, claim=row.claim + 1)
    except states.Raced:
        return False
    row.claimed_at = time.monotonic()
    return True


class Asking(abc.ABC, Generic[Row, Facts]):
    """How rows of one kind are asked for; its service says what is that kind's own.

    Nothing here opens a transaction: the calls are made outside of any, and `record`
    and `close` each are one.
    """

    # Shared by all workers. Each kind has its own, as each of Stripe's endpoints has a
    # limit of its own: a run of ten thousand transfers keeps no refund waiting.
    pace: ClassVar[str]

    @abc.abstractmethod
    def rows(self) -> "QuerySet[Row]":
        """Give all rows of this kind, each with what decides about it."""

    @abc.abstractmethod
    def begun_at(self, row: Row) -> datetime:
        """Give the moment from which on the row may have been asked for."""

    @abc.abstractmethod
    def ask(self, row: Row) -> Facts:
        """Ask the provider with the row's key.

        :raises gateway.GatewayError: no answer, or a no.
        """

    @abc.abstractmethod
    def find(self, row: Row) -> Facts | None:
        """Look for what the provider has made of the row, by our name for it.

        :raises gateway.GatewayError: the provider did not answer.
        """

    @abc.abstractmethod
    def record(self, row: Row, facts: Facts, *, at: datetime) -> None:
        """Keep what the provider has made, and book it."""

    @abc.abstractmethod
    def close(self, row: Row, code: str, *, at: datetime) -> None:
        """Close a row for which nothing was or will be made, and book that."""

    def sendable(self) -> "QuerySet[Row]":
        """Keep those nobody has asked for yet and that may be asked for."""
        rows = self.rows()
        return rows.filter(status=rows.model.UNASKED)

    def obstacle(self, row: Row, *, at: datetime, is_in_doubt: bool) -> str:
        """Say why it is not asked for, but closed; empty when nothing is in the way."""
        return ""

    def refuse(self, row: Row, problem: gateway.Refused, *, at: datetime) -> None:
        """Act on a definite no."""
        self.close(row, problem.code, at=at)

    def one_by_one(self, row: Row) -> AbstractContextManager[None]:
        """Say which problem of one row must not stop the others of a batch."""
        return contextlib.nullcontext()

    def send(self, pk: int, *, at: datetime) -> Row:
        """Ask for one row. Whoever claims it asks; a second caller does nothing."""
        row = self.rows().get(pk=pk)
        may_be_sent = _due(self.sendable(), at).filter(pk=pk).exists()
        if may_be_sent and self._has_turn() and claim(row, at=at):
            with fenced(row):
                obstacle = self.obstacle(row, at=at, is_in_doubt=False)
                self._go(row, obstacle, at=at, is_in_doubt=False)
        return row

    def send_planned(self, *, at: datetime) -> None:
        """Ask for what no nudge reached, oldest first."""
        begun = time.monotonic()
        due = _due(self.sendable(), at)
        # Most often there is none, and the rows with all that decides cost more to ask.
        if not due.exists():
            return
        for row in due.order_by("pk")[:BATCH]:
            if _is_over(begun):
                return
            with self.one_by_one(row):
                self.send(row.pk, at=at)

    def resolve(self, *, at: datetime) -> None:
        """Find out about rows whose answer was lost, or whose sender died.

        The same key is asked again; past KEYS_KEPT, or when Stripe stored a failure
        under the key, the row is looked up first, and only if there is none a new key
        is used. One that something stands in the way of is looked up too: it may have
        arrived before, and is closed only when it did not.
        """
        begun = time.monotonic()
        lost = _due(self.rows(), at).filter(
            Q(status=UNKNOWN) | Q(status=SUBMITTED, submitted_at__lte=at - STALE_AFTER),
            provider_id=None,
        )
        if not lost.exists():
            return
        for row in lost.order_by("pk")[:BATCH]:
            if _is_over(begun) or not self._has_turn():
                return
            with self.one_by_one(row), fenced(row):
                self._resolve(row, at=at)

    def is_missing(self, row: Row, *, at: datetime) -> bool:
        """Look the row up and keep what there is; says whether there surely is none."""
        try:
            facts = self.find(row)
        except gateway.GatewayError:
            row.move_to(UNKNOWN, at=at)
            return False
        if facts is None:
            return True
        self.record(row, facts, at=at)
        return False

    def _has_turn(self) -> bool:
        """Wait for our turn among all workers; says whether there was one soon."""
        return pacing.take(self.pace, per_second=settings.PROVIDER_CALLS_PER_SECOND)

    def _resolve(self, row: Row, *, at: datetime) -> None:
        assert row.submitted_at is not None
        obstacle = self.obstacle(row, at=at, is_in_doubt=True)
        # Counted from the beginning: asking again does not renew Stripe's memory of a
        # key.
        looks_first = bool(obstacle) or self.begun_at(row) <= at - KEYS_KEPT
        # A look-up sees nothing of a call that is still under way.
        if looks_first and row.submitted_at > at - STALE_AFTER:
            return
        if not claim_again(row, at=at):
            return
        if looks_first:
            if not self.is_missing(row, at=at):
                return
            row.change(attempt=row.attempt + 1)
        # As it was before the look-up: nothing unseen closes it.
        self._go(row, obstacle, at=at, is_in_doubt=True)

    def _go(self, row: Row, obstacle: str, *, at: datetime, is_in_doubt: bool) -> None:
        if obstacle:
            self.close(row, obstacle, at=at)
        # Stopped since it took the row: it is left to the resolver.
        elif not is_late(row):
            self._ask(row, at=at, is_in_doubt=is_in_doubt)

    def _ask(self, row: Row, *, at: datetime, is_in_doubt: bool) -> None:
        """Ask for a submitted row, and record the answer.

        One in doubt may have been executed by an earlier call, so a call that was not
        taken leaves it in doubt.
        """
        not_taken = UNKNOWN if is_in_doubt else row.UNASKED
        try:
            facts = self.ask(row)
        except gateway.OutcomeUnknown as problem:
            if problem.replayed:
                if not self.is_missing(row, at=at):
                    return
                row.change(attempt=row.attempt + 1)
            row.move_to(UNKNOWN, at=at)
        except gateway.KeyInUse:
            row.move_to(UNKNOWN, at=at)
        except gateway.RateLimited as problem:
            self._back_off(row, problem.retry_after, not_taken, at=at)
        except gateway.NotAuthorised:
            row.move_to(not_taken, at=at)
        except gateway.Refused as problem:
            self.refuse(row, problem, at=at)
        else:
            self.record(row, facts, at=at)

    def _back_off(
        self, row: Row, retry_after: int | None, status: str, *, at: datetime
    ) -> None:
        """Wait after being too fast: this one longer each time, and everybody for as
        long as Stripe asked. The key stays; nothing was done.
        """
        tries = row.tries + 1
        pause = pacing.pause_seconds(tries=tries, retry_after=retry_after)
        pacing.stand_back(self.pace, seconds=retry_after or 1)
        not_before = at + timedelta(seconds=pause)
        row.move_to(status, at=at, tries=tries, not_before=not_before)


def _due(rows: "QuerySet[Row]", at: datetime) -> "QuerySet[Row]":
    """Leave out those that were too fast and wait."""
    return rows.filter(Q(not_before=None) | Q(not_before__lte=at))


def _is_over(begun: float) -> bool:
    """Say whether a batch is over: taken now, a row would look taken too long ago."""
    return time.monotonic() - begun > ASKS_WITHIN.total_seconds()
