"""Check the books: `manage.py check_invariants [--json] [--only I01] [--since 2h]`."""

import json
import sys
from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from marketplace.kit import clock
from marketplace.kit.errors import MarketplaceError
from payouts.services import invariants, reconciliation

FILES = "I26"
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Command(BaseCommand):
    help = (
        "Run the books' own rules. Exit 1 when a row breaks one; nothing is repaired."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="{id: [rows]}")
        parser.add_argument(
            "--only", action="append", default=[], metavar="I01", help="may be repeated"
        )

        parser.add_argument(
            "--since",
            metavar="2h",
            help="single entries no older than this; 30m, 2h, 7d",
        )
        parser.add_argument(
            "--external", action="store_true", help="R1-R3 and L6, asking the provider"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        since = _moment(options["since"], at) if options["since"] else None
        try:
            if options["external"]:
                since = since or at - reconciliation.FIRST_LOOK_BACK
                found = reconciliation.inspect(since=since, at=at)
            else:
                found = _check(options["only"], since or invariants.ALWAYS, at)
        except MarketplaceError as problem:
            raise CommandError(problem.message) from problem
        if options["json"]:
            self.stdout.write(json.dumps(found))
        else:
            for name, rows in found.items():
                self.stdout.write(f"{name} {'; '.join(rows) or 'ok'}")
        if any(found.values()):
            sys.exit(1)


def _check(only: list[str], since: datetime, at: datetime) -> dict[str, list[str]]:
    """Run the rules of the database, and the one of the files."""
    found: dict[str, list[str]] = {}
    if not only or set(only) != {FILES}:
        names = [name for name in only if name != FILES]
        found = invariants.check(at=at, only=names, since=since)
    if not only or FILES in only:
        found[FILES] = invariants.missing_files()
    return found


def _moment(said: str, at: datetime) -> datetime:
    """Give the moment that was so long ago.

    :raises CommandError: it is no duration.
    """
    try:
        return at - timedelta(**{UNITS[said[-1]]: int(said[:-1])})
    except (KeyError, IndexError, ValueError, OverflowError) as problem:
        raise CommandError(f"{said} is no duration such as 2h") from problem
