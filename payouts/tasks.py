"""Jobs: what time and notices ask of the money. Each may run twice, or at once."""

from datetime import UTC, datetime, time, timedelta

from marketplace.kit import clock
from payouts.services import (
    fees,
    invariants,
    onboarding,
    payout_runs,
    releases,
    settlement,
    transfers,
)

TOPUPS_SINCE = timedelta(days=3)


def settle(*, payment_id: int) -> None:
    """Settle an order of total 0, which no provider tells about."""
    try:
        settlement.settle(payment_id=payment_id, facts=None, at=clock.now())
    except (settlement.AlreadySettled, settlement.NotPaid):
        return  # booked before, or given up meanwhile


def refresh_payment(*, payment_id: int) -> None:
    """Ask how a payment stands, and do what follows."""
    settlement.refresh(payment_id=payment_id, at=clock.now())


def send_transfer(*, transfer_id: int) -> None:
    """Send a planned transfer."""
    at = clock.now()
    transfers.send(transfer_id=transfer_id, at=at)
    payout_runs.finish(at=at)


def resolve_payments(*, at: datetime) -> None:
    """Settle what is open, however we came to know."""
    settlement.resolve_open(at=at)


def book_fees(*, at: datetime) -> None:
    """Post fees and top-ups that had no balance transaction before."""
    fees.book_fees(at=at)
    fees.book_topups(since=at - TOPUPS_SINCE, at=at)


def refresh_accounts(*, at: datetime) -> None:
    """Fetch payout accounts looked at longest ago."""
    onboarding.refresh_stale(at=at)


def release_due(*, at: datetime) -> None:
    """Release what has been held long enough, and plan what can be sent."""
    midnight = datetime.combine(at.astimezone(UTC).date(), time(), tzinfo=UTC)
    releases.release_sellers(at=at)
    releases.plan_waiting(at=at)
    releases.release_creators(at=at, before=midnight)


def resolve_transfers(*, at: datetime) -> None:
    """Find out about transfers in doubt."""
    transfers.resolve(at=at)


def send_transfers(*, at: datetime) -> None:
    """Send what no nudge reached."""
    transfers.send_planned(at=at)


def run_payouts(*, at: datetime) -> None:
    """Make the payout runs that are due."""
    payout_runs.run_due(at=at)


def check_invariants(*, at: datetime) -> None:
    """Check the books and log each violation as an error."""
    invariants.check_and_log(at=at)
