"""Which step comes next: chance by weight, led so that no run misses what it is for."""

from datetime import timedelta

from marketplace.simulator import actions, aftersales, banks, clockwork, staff, troubles
from marketplace.simulator.actions import Action
from marketplace.simulator.world import World
from orders.models import OrderStatus, SellerOrder

TRIES = 12


def _live(world: World, *, least: timedelta, most: timedelta) -> bool:
    seconds = world.chance.randint(
        int(least.total_seconds()), int(most.total_seconds())
    )
    clockwork.live(world, timedelta(seconds=seconds))
    return True


def minutes(world: World) -> bool:
    """Minutes pass: a page may run out."""
    return _live(world, least=timedelta(minutes=2), most=timedelta(minutes=50))


def hours(world: World) -> bool:
    """Hours pass: a key may be forgotten."""
    return _live(world, least=timedelta(hours=2), most=timedelta(hours=20))


def days(world: World) -> bool:
    """Days pass: a parcel is taken as delivered."""
    return _live(world, least=timedelta(days=1), most=timedelta(days=3))


def weeks(world: World) -> bool:
    """A week passes: holds end, a Friday comes."""
    return _live(world, least=timedelta(days=7), most=timedelta(days=8))


def some_job(world: World) -> bool:
    """Let one of the periodic jobs run, also while it would not be its turn."""
    name = world.chance.choice(clockwork.periodic_jobs())[0]
    if name == clockwork.WATCHING:
        return False
    clockwork.run_periodic(world, name)
    return True


def hear(world: World) -> bool:
    """Notices arrive: some lost, some twice, in any order, some much later."""
    return clockwork.hear(world, is_faithful=False) > 0


def work(world: World) -> bool:
    """The worker does what was promised."""
    if world.is_worker_up:
        clockwork.work(world)
    return world.is_worker_up


# How likely each step is, beside the others.
WEIGHTS: dict[Action, int] = {
    actions.buy: 18,
    actions.abandon: 4,
    actions.pay_later: 3,
    actions.come_back: 4,
    actions.give_up: 2,
    actions.ship: 10,
    actions.deliver: 6,
    actions.restock: 2,
    actions.restrict: 2,
    actions.complete_onboarding: 3,
    actions.look_at_account: 2,
    aftersales.cancel: 3,
    aftersales.withdraw: 4,
    aftersales.ask_to_return: 3,
    aftersales.receive_return: 5,
    aftersales.refund_units: 2,
    staff.refund_amount: 4,
    banks.refund_elsewhere: 1,
    banks.fail_refund: 2,
    banks.complete_refund: 3,
    staff.mend_refund: 3,
    banks.dispute: 3,
    banks.decide_dispute: 5,
    staff.write_off: 1,
    banks.pay_out: 4,
    banks.pay_voucher: 6,
    banks.expire_voucher: 1,
    staff.let_payouts_go_on: 8,
    staff.approve_run: 4,
    hear: 10,
    work: 10,
    some_job: 8,
    minutes: 8,
    hours: 4,
    days: 4,
    weeks: 1,
    troubles.arm: 8,
    troubles.kill: 3,
    troubles.stop_worker: 1,
    troubles.start_worker: 3,
    troubles.repeat_job: 3,
}


def step(world: World, *, progress: float) -> str:
    """Do one thing; `progress` is how far the run is, 0 to 1. Returns its name."""
    led = _lead(world, progress)
    if led is not None and led(world):
        return led.__name__
    choices, weights = list(WEIGHTS), list(WEIGHTS.values())
    for _ in range(TRIES):
        chosen = world.chance.choices(choices, weights)[0]
        if chosen(world):
            return chosen.__name__
    minutes(world)
    return "minutes"


def _lead(world: World, progress: float) -> Action | None:
    """Say what must happen by now and has not: a sale, a parcel, a hold that ends."""
    done = world.happened
    for name, by, action in STAGES:
        if progress >= by and not done[f"led {name}"]:
            done[f"led {name}"] = 1
            return action
    return None


def _ship_all(world: World) -> bool:
    waiting = SellerOrder.objects.filter(status=OrderStatus.TO_SHIP).count()
    shipped = [actions.ship(world) for _ in range(waiting)]
    return any(shipped)


STAGES: tuple[tuple[str, float, Action], ...] = (
    ("first sale", 0.02, actions.buy),
    ("second sale", 0.06, actions.buy),
    ("told", 0.1, work),
    ("third sale", 0.14, actions.buy),
    ("hours", 0.18, hours),
    ("parcels", 0.22, _ship_all),
    ("trouble", 0.3, troubles.arm),
    ("refund", 0.33, staff.refund_amount),
    ("hold", 0.36, weeks),
    ("refund after a payout", 0.42, staff.refund_amount),
    ("more sales", 0.45, actions.buy),
    ("more parcels", 0.5, _ship_all),
    ("trouble again", 0.55, troubles.arm),
    ("return window", 0.6, weeks),
    ("chargeback", 0.66, banks.dispute),
    ("refund after the window", 0.7, staff.refund_amount),
    ("a payout run", 0.75, weeks),
)
