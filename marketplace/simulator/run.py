"""One run: a world, its steps with faults, then calm, then the reckoning."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from marketplace.gateway import sandbox_control
from marketplace.simulator import (
    actions,
    cast,
    clockwork,
    laws,
    staff,
    troubles,
    walk,
    witness,
    world,
)
from marketplace.simulator.world import World
from orders.models import Order, OrderStatus, SellerOrder
from orders.services import fulfilment
from payouts.models import ConnectedAccount

TOP_UP_AMOUNT = 100_000_000
# What is in doubt must be settled within so many rounds of the resolvers.
PERIOD, PERIODS = timedelta(minutes=10), 2
# Delivered by itself, seller's hold over, return window over, two Fridays passed.
LEAPS = (timedelta(days=4), timedelta(days=8), timedelta(days=8), timedelta(days=7))


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a run came to; `broken` says in words which law did not hold."""

    seed: int
    steps: int
    orders: int
    refunds: int
    transfers: int
    faults_hit: int
    broken: tuple[str, ...]

    def as_json(self) -> dict[str, int]:
        """Give the figures alone."""
        return {
            "seed": self.seed,
            "steps": self.steps,
            "orders": self.orders,
            "refunds": self.refunds,
            "transfers": self.transfers,
            "faults_hit": self.faults_hit,
            "violations": len(self.broken),
        }


def run(
    *, seed: int, steps: int, plant: AbstractContextManager[object] | None = None
) -> Outcome:
    """Live one run to its end, or to the first law that is broken.

    With a plant one of our own services is wrong on purpose.
    """
    with world.opened(seed) as made:
        watch = clockwork.Watch(made)
        watch.listen()
        try:
            cast.assemble(made)
            with plant or nullcontext():
                done, broken = _live(made, steps)
        finally:
            watch.leave()
        return Outcome(
            seed=seed,
            steps=done,
            orders=Order.objects.exclude(paid_at=None).count(),
            refunds=len(witness.objects(made, "refund")),
            transfers=len(witness.objects(made, "transfer")),
            faults_hit=troubles.count(made),
            broken=tuple(broken),
        )


def _live(made: World, steps: int) -> tuple[int, list[str]]:
    for number in range(steps):
        name = walk.step(made, progress=number / steps)
        broken = laws.after_step(made, number)
        if broken:
            return number + 1, [f"after step {number + 1}, {name}: {b}" for b in broken]
    return steps, [f"at rest: {words}" for words in _come_to_rest(made)]


def _come_to_rest(made: World) -> list[str]:
    """Faults end; within a bounded time everything due is done and everybody is paid."""
    troubles.end(made)
    if made.chance.random() < 0.5:
        clockwork.hear(made, is_faithful=True)
    for _ in range(PERIODS):
        clockwork.live(made, PERIOD)
    in_doubt = laws.in_doubt()
    # What was to be restricted later is restricted by then.
    clockwork.live(made, timedelta(hours=26))
    for account in ConnectedAccount.objects.order_by("pk"):
        clockwork.attempt(made, partial(cast.onboard, made, account.party))
    for currency in made.currencies():
        sandbox_control.top_up(currency, TOP_UP_AMOUNT)
    actions.pay_too_late(made)
    staff.clear_up(made)
    for part in SellerOrder.objects.filter(status=OrderStatus.TO_SHIP).order_by("pk"):
        _ship(made, part)
    for leap in LEAPS:
        made.pass_time(leap)
        clockwork.beat(made)
        staff.clear_up(made)
        clockwork.beat(made)
    return [*in_doubt, *laws.at_rest(made)]


def _ship(made: World, part: SellerOrder) -> None:
    clockwork.attempt(
        made,
        lambda: fulfilment.ship(
            seller_order=part, carrier="", tracking_number="", at=made.now()
        ),
    )
