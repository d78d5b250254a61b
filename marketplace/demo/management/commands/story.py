import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.test import override_settings

from creators.models import Creator
from marketplace.demo.load import NO_LIMIT
from marketplace.demo.story import account, draw, live, tell
from marketplace.kit import clock
from marketplace.kit.errors import MarketplaceError
from orders.models import Order
from payouts.services import invariants
from sellers.models import Shop

FAULTS = ("timeout_after_commit", "timeout_before", "500_before", "500_after", "429")


class Command(BaseCommand):
    help = "Tell one purchase from cart to payout, on an empty database and sandbox."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="the account as JSON")
        parser.add_argument("--seed", type=int, default=1, help="what is drawn")
        parser.add_argument("--currency", choices=sorted(draw.COUNTRIES), default="EUR")
        parser.add_argument("--fault", choices=FAULTS, help="what goes wrong once")

    def handle(self, *args: Any, **options: Any) -> None:
        if Order.objects.exists() or not clock.is_movable():
            raise CommandError(
                "The story needs an empty database and the sandbox: ./run story"
            )
        drawn = draw.draw(seed=options["seed"], currency=options["currency"])
        with override_settings(
            JOBS_NUDGE=False,
            PLACES_PER_HOUR=NO_LIMIT,
            PLATFORM_COMMISSION_BPS=drawn.platform_bps,
            PAYOUT_MINIMUM_AMOUNTS=dict.fromkeys(settings.PAYOUT_MINIMUM_AMOUNTS, 1),
        ):
            try:
                found = self._tell(
                    drawn, options["fault"], in_words=not options["json"]
                )
            except MarketplaceError as problem:
                raise CommandError(
                    f"The story broke off: {problem.message}"
                ) from problem
        if options["json"]:
            self.stdout.write(json.dumps(found.facts, ensure_ascii=False, indent=1))
        for words in found.disagreements:
            self.stderr.write(words)
        if found.disagreements:
            raise CommandError("The story does not agree with itself.")

    def _tell(
        self, drawn: draw.Drawn, fault: str | None, *, in_words: bool
    ) -> account.Account:
        say = self.stdout.write if in_words else _nothing
        say(f"The story of seed {drawn.seed}, in {drawn.currency}")
        order, armed = live.live(drawn=drawn, fault=fault, say=say)
        checked = invariants.check(at=clock.now())
        found = account.draw_up(
            drawn=drawn,
            order=order,
            armed=armed,
            invariants={name: len(broken) for name, broken in checked.items()},
        )
        names = dict(Shop.objects.values_list("public_id", "name"))
        names |= dict(Creator.objects.values_list("public_id", "name"))
        for words in tell.words(found, names=names):
            say(words)
        return found


def _nothing(words: str) -> None:
    """Say nothing: standard output is for the JSON alone."""
