"""Compare the books with the provider: `manage.py reconcile --day 2026-11-20`."""

import json
import sys
from argparse import ArgumentParser
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from marketplace.kit import clock
from marketplace.kit.errors import MarketplaceError
from marketplace.webhooks.services import inbox, processing
from payouts.models import ReconciliationScope
from payouts.services import reconciliation

UNITS = {"h": "hours", "d": "days"}


class Command(BaseCommand):
    help = (
        "Take in what no notice told, then compare the ledger with the provider's "
        "balance lines, payments, transfers, reversals, refunds and disputes, both "
        "ways. Exit 1 on any difference, and name the row."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument(
            "--day", type=date.fromisoformat, metavar="YYYY-MM-DD", help="a UTC day"
        )
        which.add_argument(
            "--since", metavar="WHEN", help="YYYY-MM-DD, or how long ago: 4d, 6h"
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        since = options["since"] and _moment(options["since"], at)
        try:
            inbox.poll(at=at, since=since)
            processing.retry_due(at=at)
            if options["day"]:
                found = reconciliation.run_day(day=options["day"], at=at)
            else:
                found = reconciliation.run(
                    scope=ReconciliationScope.SINCE, since=since, until=at, at=at
                )
        except MarketplaceError as problem:
            raise CommandError(problem.message) from problem
        if options["json"]:
            self.stdout.write(json.dumps(found.as_json()))
        else:
            self._tell(found)
        if found.differences:
            sys.exit(1)

    def _tell(self, found: reconciliation.Result) -> None:
        for total in found.sums:
            self.stdout.write(
                f"{total.day} {total.currency} "
                f"ours {total.our_amount} theirs {total.their_amount}"
            )
        for currency, ours, theirs in found.balances:
            self.stdout.write(f"balance {currency} ours {ours} theirs {theirs}")
        for one in found.differences:
            self.stdout.write(
                f"DIFFERS {one.kind} {one.reference} {one.currency} "
                f"ours {one.our_amount} theirs {one.their_amount} {one.details}"
            )
        self.stdout.write(
            f"{found.run.lines_read} lines, {found.run.lines_booked} booked now, "
            f"{len(found.differences)} differences"
        )


def _moment(said: str, at: datetime) -> datetime:
    """Read a day, or how long ago.

    :raises CommandError: when it is neither.
    """
    try:
        if said[-1] in UNITS:
            return at - timedelta(**{UNITS[said[-1]]: int(said[:-1])})
        found = datetime.fromisoformat(said)
    except (ValueError, OverflowError) as problem:
        raise CommandError(f"{said} is no day and no duration such as 4d") from problem
    return found if found.tzinfo else found.replace(tzinfo=UTC)
