"""The world of one run: its time, its chance, its parties and what has happened so far."""

import random
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from unittest import mock

from django.conf import settings
from django.core.cache import cache
from django.test import override_settings
from django.utils import timezone

from creators.models import Creator
from marketplace.accounts.models import User
from marketplace.kit import clock
from marketplace.simulator import databases
from marketplace.simulator import provider as providers
from orders.models import Cart
from sellers.models import Shop, Variant

# A Monday; runs on Fridays follow from here.
BEGINS = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NO_LIMIT = 1_000_000
EUROPE, JAPAN = "SE", "JP"


@dataclass(slots=True)
class World:
    """Everything an action may read or change; all chance comes from `chance`, and from
    `wallets` for who has an account and keeps a card.
    """

    seed: int
    country: str
    chance: random.Random
    wallets: random.Random
    provider: providers.Provider = field(init=False)
    at: datetime = BEGINS
    shops: list[Shop] = field(default_factory=list)
    variants: list[Variant] = field(default_factory=list)
    creators: list[Creator] = field(default_factory=list)
    members: list[User] = field(default_factory=list)
    carts: list[Cart] = field(default_factory=list)
    received: Counter[int] = field(default_factory=Counter)
    frozen_since: dict[int, int] = field(default_factory=dict)
    last_run: dict[str, datetime] = field(default_factory=dict)
    happened: Counter[str] = field(default_factory=Counter)
    crashes: list[str] = field(default_factory=list)
    is_worker_up: bool = True
    faults_run: bool = True

    def now(self) -> datetime:
        """Give the run's time, the only time there is."""
        return self.at

    def pass_time(self, by: timedelta) -> None:
        """Let time pass here and at the provider, whose time is the same."""
        self.at += by
        self.provider.sandbox.settle()

    def currencies(self) -> list[str]:
        """Give the currencies of this run's shops."""
        return sorted({shop.currency for shop in self.shops})

    def is_japanese(self) -> bool:
        """Say whether the platform, and so everybody, is in Japan."""
        return self.country == JAPAN


def country_of(seed: int) -> str:
    """Every third platform is in Japan, where vouchers are paid at a store."""
    return JAPAN if seed % 3 == 0 else EUROPE


@contextmanager
def opened(seed: int) -> Iterator[World]:
    """Open a world of its own: database, sandbox, time and chance, all from the seed."""
    country = country_of(seed)
    world = World(
        seed=seed,
        country=country,
        chance=random.Random(f"world {seed}"),
        wallets=random.Random(f"wallets {seed}"),
    )
    with ExitStack() as stack:
        stack.enter_context(databases.fresh())
        stack.enter_context(_settings(country))
        for patch in _patches(world, random.Random(f"ids {seed}")):
            stack.enter_context(patch)
        world.provider = providers.Provider(
            country=country,
            secrets=settings.STRIPE_WEBHOOK_SECRETS,
            time=lambda: world.at.timestamp(),
        )
        stack.callback(world.provider.sandbox.close)
        providers.use(world.provider)
        cache.clear()
        clock.forget()
        yield world


def _settings(country: str) -> override_settings:
    """What a run needs otherwise: no limits on tries, everybody paid to the last cent,
    nothing sent by mail, nobody nudged.
    """
    return override_settings(
        PLATFORM_COUNTRY=country,
        STRIPE_WSGI_APP=providers.APPLICATION,
        STRIPE_API_BASE="",
        JOBS_NUDGE=False,
        PLACES_PER_HOUR=NO_LIMIT,
        PLACES_PER_HOUR_PER_ADDRESS=NO_LIMIT,
        UNPAID_ORDERS_PER_BUYER=NO_LIMIT,
        PAYOUT_MINIMUM_AMOUNTS=dict.fromkeys(settings.PAYOUT_MINIMUM_AMOUNTS, 1),
        CACHES={
            "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
        },
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
    )


def _patches(world: World, ids: random.Random) -> "list[mock._patch[object]]":
    """Stop real time and real chance: the same seed is the same run."""

    def stamp() -> float:
        return world.at.timestamp()

    def token(size: int | None = None) -> str:
        return f"{ids.getrandbits(8 * (size or 32)):x}"

    return [
        mock.patch.object(clock, "now", world.now),
        mock.patch.object(timezone, "now", world.now),
        mock.patch.object(time, "time", stamp),
        mock.patch.object(secrets, "choice", ids.choice),
        mock.patch.object(secrets, "token_urlsafe", token),
        mock.patch.object(secrets, "token_hex", token),
    ]
