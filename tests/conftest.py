"""What every test may ask for: a fresh sandbox, the platform's time, notices that
arrive, books that are checked when the test is over, and the stylesheet.
"""

import gc
import os
from datetime import timedelta
from pathlib import Path
from unittest import mock

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.core.management.commands import flush
from django.db import connection
from django.utils import translation

from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from marketplace.local import assets
from marketplace.webhooks.services import inbox
from tests import sandbox as sandboxes
from tests.factories import market

# Tests must not depend on the hour they run at: this begins them at another one.
HOURS_LATER = timedelta(hours=int(os.environ.get("TESTS_HOURS_LATER", "0")))
KEPT = ("django_content_type", "auth_permission")


def pytest_collection_finish():
    """Leave what is loaded by now, and stays, out of every search for garbage; and search
    less often: at Python's own pace that is a tenth of the time of a test of money.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup):
    """Keep the permissions when a test that commits has its tables emptied: they are the
    same for all, and hundreds of queries to make anew.
    """
    operations = type(connection.ops)
    empty = operations.sql_flush

    def empty_others(self, style, tables, **options):
        return empty(self, style, [one for one in tables if one not in KEPT], **options)

    with (
        mock.patch.object(operations, "sql_flush", empty_others),
        mock.patch.object(flush, "emit_post_migrate_signal"),
    ):
        yield


@pytest.fixture(autouse=True)
def _clock_is_read_once(monkeypatch):
    """On a slow machine it would be read again in the midst of a page whose queries are
    counted; whoever moves it has it read anew.
    """
    monkeypatch.setattr(clock, "CACHED_SECONDS", 3600.0)
    clock.forget()
    yield
    clock.forget()


@pytest.fixture(autouse=True)
def _english():
    """A page in another language leaves its language behind for the next test."""
    translation.activate("en")
    yield
    translation.activate("en")


@pytest.fixture
def alone_in_the_database(transactional_db):
    """End what is left of the pages served before: a database that somebody else is
    connected to is not copied. The database's own workers are not ours to end, and
    give way to the copy by themselves.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )


@pytest.fixture
def stripe(settings):
    """Begin with an empty sandbox and no used-up limits; give the sandbox. Its clock is
    back at the present when the test is over: a test that follows may not ask for it.
    """
    cache.clear()
    clock.forget()
    made = sandboxes.sandbox()
    _begin(made, settings)
    yield made
    made.reset()
    clock.forget()
    cache.clear()


@pytest.fixture
def books(db, stripe):
    """A market with its taxes; all invariants must hold when the test is over."""
    market.set_taxes()
    yield
    broken = {name: rows for name, rows in market.broken_invariants().items() if rows}
    assert broken == {}


@pytest.fixture
def japan(settings, stripe):
    """Move the platform to Japan; ask for it before `books`."""
    settings.PLATFORM_COUNTRY = "JP"
    settings.STRIPE_WSGI_APP = "tests.sandbox:japanese"
    made = sandboxes.sandbox("JP")
    _begin(made, settings)
    yield made
    made.reset()


def _begin(made, settings):
    made.reset()
    if HOURS_LATER:
        settings.CLOCK_START_OFFSET = HOURS_LATER
        sandbox_control.advance_clock(seconds=HOURS_LATER)


@pytest.fixture
def deliver():
    """Deliver every pending notice as Stripe would push it, then do the work."""

    def deliver_all(*, copies: int = 1, order=None) -> int:
        pending = sandbox_control.pending()
        for notice in sorted(pending, key=order) if order else pending:
            for _ in range(copies):
                inbox.receive(
                    endpoint=notice["endpoint"],
                    body=notice["body"].encode(),
                    header=notice["signature"],
                    at=clock.now(),
                )
            sandbox_control.answered(notice["id"], 200)
        jobs.drain()
        return len(pending)

    return deliver_all


@pytest.fixture(scope="session")
def styled():
    """Compile the stylesheet and the typeface once."""
    assets.build(Path(django_settings.BASE_DIR))
