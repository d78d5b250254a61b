import json
import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.proof import table
from marketplace.proof.frame import MOST_WORDS, Row
from orders.models import Order

HEAD = (
    f"{'fault':<6} {'control':>7} {'violations':>10} {'runs':>5} {'seconds':>8}  what"
)


class Command(BaseCommand):
    help = "Prove the guarantees: every fault with its protection off, then on."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="rows as JSON")
        parser.add_argument("--only", default="", help="ids, with commas between")

    def handle(self, *args: Any, **options: Any) -> None:
        if Order.objects.exists():
            raise CommandError("The proof needs an empty database: ./run prove")
        logging.getLogger().handlers[:] = [logging.NullHandler()]
        only = frozenset(filter(None, options["only"].split(",")))
        rows: list[Row] = []
        if not options["json"]:
            self.stdout.write(HEAD)
        for row in table.rows(only=only):
            rows.append(row)
            if not options["json"]:
                self.stdout.write(_line(row))
                self.stdout.flush()
            for words in row.words:
                self.stderr.write(f"{row.id}: {words}")
            if options["verbosity"] > 1:
                for words in row.harm[:MOST_WORDS]:
                    self.stderr.write(f"{row.id}, unprotected: {words}")
        if options["json"]:
            self.stdout.write(
                json.dumps({"rows": [row.as_json() for row in rows]}, indent=1)
            )
        if not all(row.is_proven for row in rows):
            raise CommandError("Not everything is proven.")


def _line(row: Row) -> str:
    seeds = f" (seeds {row.seeds})" if row.seeds else ""
    return (
        f"{row.id:<6} {row.control_violations:>7} {row.violations:>10} {row.runs:>5}"
        f" {row.seconds:>8.1f}  {row.says}{seeds}"
    )
