"""Loads the demo: its world on day 0, then ninety days of life, then it stops.

The clock says how far it has come, so a second run changes nothing, and a run that was
broken off goes on where it stopped.
"""

from datetime import timedelta

from django.conf import settings
from django.test import override_settings

from marketplace.demo import catalogue, history, links, world
from marketplace.demo.catalogue.shapes import Catalogue
from marketplace.demo.life import Life
from marketplace.demo.world import Say
from marketplace.kit import clock
from marketplace.kit.errors import MarketplaceError
from payouts.services import calendar, invariants


class NotHere(MarketplaceError):
    """The demo pays at the sandbox, and this platform talks to real Stripe."""

    status_code = 409


class Disagrees(MarketplaceError):
    """The loaded demo breaks an invariant; this is a fault of the platform."""

    status_code = 500


NO_LIMIT = 1_000_000
LEFT_OUT = frozenset(
    {
        "marketplace.webhooks.tasks.poll_events",
        "payouts.tasks.refresh_accounts",
        "payouts.tasks.check_invariants",
    }
)


def load(*, days: int = history.DAYS, say: Say = str) -> list[tuple[str, str]]:
    """Make the demo, or what is missing of it; returns (role, e-mail) of the logins.
    `say` is told what is being done.

    A platform in Japan gets a smaller world of its own, one elsewhere its staff only:
    the demo's shops cannot sell there.

    :raises NotHere: with real Stripe.
    :raises Disagrees: the ledger or another row is wrong afterwards.
    """
    if not clock.is_movable():
        raise NotHere
    market = _market()
    if market is None:
        world.make_staff()
        _come_to_today()
        return world.staff_logins()
    plan = history.plan(market=market)
    # Nobody waits for the nudges: the days are lived here, one step at a time. Ninety
    # days pass within one hour of the real clock, which the limits go by.
    with override_settings(
        JOBS_NUDGE=False, PERIODIC_JOBS=_needed_jobs(), PLACES_PER_HOUR=NO_LIMIT
    ):
        made = world.make(history=plan, at=clock.now(), say=say)
        links.make(world=made, at=clock.now())
        Life(made, plan).live(days=days, say=say)
        if days == history.DAYS:
            world.reduce_prices(made, at=clock.now())
            _come_to_today()
    say("Checking the books")
    broken = {n: rows for n, rows in invariants.check(at=clock.now()).items() if rows}
    if broken:
        raise Disagrees(f"{Disagrees.__doc__} {broken}")
    return world.logins(market)


def _market() -> Catalogue | None:
    """Give what is sold in the platform's region, if anything is written down."""
    regions = {"EU": catalogue.EUROPE, "JP": catalogue.JAPAN}
    for name, market in regions.items():
        if settings.PLATFORM_COUNTRY in settings.PLATFORM_REGIONS[name]["countries"]:
            return market
    return None


def _come_to_today() -> None:
    """Let a platform that began in the past catch up with real time."""
    behind = -clock.offset()
    if behind > timedelta():
        calendar.move_clock(by=behind, actor="demo")


def _needed_jobs() -> list[tuple[str, int]]:
    """Leave out the rounds that find nothing while everything is told at once."""
    return [job for job in settings.PERIODIC_JOBS if job[0] not in LEFT_OUT]
