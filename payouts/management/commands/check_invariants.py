"""Check the books: `manage.py check_invariants [--json] [--only I01]`."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from marketplace.kit import clock
from payouts.services import invariants


class Command(BaseCommand):
    help = (
        "Run the books' own rules. Exit 1 when a row breaks one; nothing is repaired."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="{id: [rows]}")
        parser.add_argument(
            "--only", action="append", default=[], metavar="I01", help="may be repeated"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = invariants.check(at=clock.now(), only=options["only"])
        except invariants.NoSuchCheck as problem:
            raise CommandError(str(problem)) from problem
        if options["json"]:
            self.stdout.write(json.dumps(found))
        else:
            for name, rows in found.items():
                self.stdout.write(f"{name} {'; '.join(rows) or 'ok'}")
        if any(found.values()):
            sys.exit(1)
