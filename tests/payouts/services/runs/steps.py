"""The steps of a payout run, and what is seen of it."""

from marketplace.gateway import sandbox_control
from marketplace.kit import clock
from payouts.models import PayoutRun, PayoutSkip
from payouts.services import ledger, payout_runs
from tests.factories import market


def earn(shop, number: int = 1):
    """So many creators with a delivered sale of 618 cents' share each."""
    variant = market.variant(shop, price_amount=1995, stock=500)
    found = []
    for one in range(number):
        creator = market.creator(shop)
        buyer = market.buyer(email=f"b{one}.{creator.pk}@example.com")
        market.ship(market.buy(market.cart((variant, 3, creator)), buyer))
        found.append(creator)
    return found


def due():
    """The moment and the cut-off at which what was earned may be paid: before the hour of
    the runs it is the day before that is paid for.
    """
    at = market.advance(16 * market.DAY)
    return at, at.replace(hour=0, minute=0, second=0, microsecond=0)


def compute(*, requested_by: str = "7", schedule: str = "manual") -> PayoutRun:
    at, cut_off_at = due()
    return payout_runs.compute(
        currency="EUR",
        cut_off_at=cut_off_at,
        schedule=schedule,
        requested_by=requested_by,
        reason="asked for",
        at=at,
    )


def approve(run: PayoutRun, *, actor: str = "8") -> PayoutRun:
    return payout_runs.approve(run_id=run.pk, actor=actor, at=clock.now())


def payable_of(creator) -> int:
    return ledger.balances()[f"creator_payable:{creator.public_id}:EUR"]


def skip_of(creator) -> tuple[int, str]:
    skip = PayoutSkip.objects.get(account=creator.connected_account)
    return skip.amount, skip.reason


def calls() -> list[str]:
    return [
        line["outcome"]
        for line in sandbox_control.journal()
        if line["path"] == "/v1/transfers"
    ]
