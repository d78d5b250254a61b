"""What every command that starts children shares: signals, order, and a clean end."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from marketplace.local import environment, postgres, processes, valkey
from marketplace.local.state import State

ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def children() -> Iterator[processes.Children]:
    """Children that are stopped at the end, however it comes."""
    processes.adopt_orphans()
    processes.raise_on_signals()
    started = processes.Children(root=ROOT)
    try:
        yield started
    finally:
        processes.ignore_signals()
        started.stop()


def platform_state() -> State:
    """The state of the demo for the platform's country.

    :raises RunError: when the country is none, or the state cannot be written.
    """
    return State(ROOT, environment.country().lower())


def start_stores(state: State, started: processes.Children) -> tuple[str, str]:
    """Start the database and Valkey where the environment does not name others.

    Returns DATABASE_URL and REDIS_URL.
    """
    database_url = os.environ.get("DATABASE_URL") or postgres.start(state, started)
    redis_url = os.environ.get("REDIS_URL") or valkey.start(state, started)
    return database_url, redis_url


def start_throwaway_stores(state: State, started: processes.Children) -> dict[str, str]:
    """Start a fast database and Valkey of its own; returns the whole environment."""
    database_url = postgres.start(state, started, careless=True)
    redis_url = valkey.start(state, started, careless=True)
    secrets = state.secrets()
    return {
        **environment.without_platform(os.environ),
        **environment.platform(
            folder=state.folder,
            secrets=secrets,
            database_url=database_url,
            redis_url=redis_url,
        ),
        **environment.sandbox(folder=state.folder, secrets=secrets),
        "SITE_URL": "http://127.0.0.1:8000",
        **environment.sandbox_in_process(address="http://127.0.0.1:12111"),
    }


def platform_environment(
    state: State, *, database_url: str, redis_url: str, site_url: str
) -> dict[str, str]:
    """The environment of the demo's processes, before they know their Stripe.

    What the user has set wins over what we would choose.
    """
    chosen = environment.platform(
        folder=state.folder,
        secrets=state.secrets(),
        database_url=database_url,
        redis_url=redis_url,
    )
    return {**chosen, "SITE_URL": site_url, **os.environ}
