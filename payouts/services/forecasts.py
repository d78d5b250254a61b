"""What becomes available to a party and when it is sent, unless something happens."""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from payouts import queries
from payouts.models import Accrual, ConnectedAccount, WaitsFor
from payouts.services import payout_runs

MOST = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """What is expected of one earning line.

    `available_at` is None while the parcel has not been shipped: then nobody knows.
    `sent_at` is the run (creator) or the moment (seller) that sends it. `amount` is
    what is left of it, minor units.
    """

    accrual: Accrual
    amount: int
    available_at: datetime | None
    sent_at: datetime | None


def forecast(*, account: ConnectedAccount, limit: int = MOST) -> list[Expected]:
    """Give what is pending of a party, the nearest first and the undated last.

    Parcels under way are taken to arrive on the assumed day. The forecast comes true
    unless the parcel arrives on another day, or a return, a refund, a dispute or a hold
    comes between.
    """
    rows = queries.pending(account)[:limit]
    schedule = payout_runs.schedule_of(account)
    found = [_expected(row, schedule) for row in rows]
    undated = datetime.max.replace(tzinfo=UTC)
    return sorted(found, key=lambda one: (one.available_at or undated, one.accrual.pk))


def run_after(moment: datetime, *, schedule: str) -> datetime:
    """Give the first run whose cut-off is not before a moment, UTC."""
    run_at = payout_runs.next_run_at(at=moment, schedule=schedule)
    while datetime.combine(run_at.date(), time(), tzinfo=UTC) < moment:
        run_at = payout_runs.next_run_at(at=run_at, schedule=schedule)
    return run_at


def _expected(accrual: Any, schedule: str) -> Expected:
    available_at = queries.expected_at(accrual)
    sent_at = available_at
    if available_at is not None and accrual.waits_for == WaitsFor.DELIVERED:
        sent_at = run_after(available_at, schedule=schedule)
    return Expected(
        accrual=accrual,
        amount=accrual.left_amount,
        available_at=available_at,
        sent_at=sent_at,
    )
