"""What has to come to an end by itself and has not: `manage.py pending [--json]`."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from marketplace.kit import clock
from marketplace.webhooks.models import StripeEvent
from payouts.services import money_export


class Command(BaseCommand):
    help = "Print what is promised, in doubt or not handled yet; nothing when at rest."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="{kind: [names]}")

    def handle(self, *args: Any, **options: Any) -> None:
        found = money_export.pending(at=clock.now())
        events = StripeEvent.objects.open().order_by("pk")
        found["events"] = list(events.values_list("event_id", flat=True))
        if options["json"]:
            total = sum(len(names) for names in found.values())
            self.stdout.write(json.dumps({"total": total, **found}))
            return
        for kind, names in found.items():
            for name in names:
                self.stdout.write(f"{kind} {name}")
