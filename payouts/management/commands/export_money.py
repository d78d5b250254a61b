"""Our view of every object at the provider: `manage.py export_money [--json]`."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from payouts.services import money_export


class Command(BaseCommand):
    help = "Print every charge, refund, transfer, reversal and dispute as we know it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="{kind: [objects]}")

    def handle(self, *args: Any, **options: Any) -> None:
        found = money_export.objects()
        if options["json"]:
            self.stdout.write(json.dumps(found))
            return
        for kind, rows in found.items():
            for row in rows:
                values = " ".join(f"{name}={value}" for name, value in row.items())
                self.stdout.write(f"{kind} {values}")
