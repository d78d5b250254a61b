from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.demo import history, load, world


class Command(BaseCommand):
    help = "Load the demo data once, and print who can sign in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--days", type=int, default=history.DAYS, help="how much past is lived"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            logins = load.load(days=options["days"], say=self._say)
        except load.NotHere as refusal:
            raise CommandError(refusal.message) from refusal
        for role, email in logins:
            self.stdout.write(f"{role:<8} {email:<28} {world.PASSWORD}")

    def _say(self, text: str) -> None:
        self.stderr.write(f"· {text}")
        self.stderr.flush()
