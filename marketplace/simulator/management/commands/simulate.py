import gc
import json
import logging
import subprocess
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.simulator import model, plants, run
from orders.models import Order


class Command(BaseCommand):
    help = "Try to break the platform: random people, random faults, from a seed."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--seeds", help="several runs: A..B")
        parser.add_argument("--steps", type=int, default=150)
        parser.add_argument("--json", action="store_true", help="figures only")
        parser.add_argument("--plant", help="plant one of our known mistakes")
        parser.add_argument("--plants", action="store_true", help="name the mistakes")
        parser.add_argument("--model", action="store_true", help="pure rules, no books")
        parser.add_argument("--processes", type=int, default=1)
        parser.add_argument("--turn", help="only every n-th seed, from the i-th: i/n")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["plants"]:
            for name in plants.NAMES:
                self.stdout.write(name)
            return
        seeds = _seeds(options)
        if options["model"]:
            self._run_model(seeds, options["steps"], as_json=options["json"])
            return
        if options["processes"] > 1 and len(seeds) > 1:
            _share_out(options["processes"])
            return
        if Order.objects.exists():
            raise CommandError("A run needs an empty database: ./run simulate")
        logging.getLogger().handlers[:] = [logging.NullHandler()]
        # What the imports made stays; a run makes much that is soon forgotten.
        gc.freeze()
        gc.set_threshold(100_000, 20, 50)
        logging.disable(logging.WARNING)
        broken = self._run_all(seeds, options)
        if broken:
            raise CommandError(f"{broken} violations.")

    def _run_model(self, seeds: range, steps: int, *, as_json: bool) -> None:
        """Run the pure model; one line for all seeds."""
        began = time.monotonic()
        broken = [
            f"seed {seed}: {words}"
            for seed in seeds
            for words in model.run(seed=seed, steps=steps)
        ]
        figures = {
            "runs": len(seeds),
            "steps": steps,
            "seconds": round(time.monotonic() - began),
            "violations": len(broken),
        }
        self.stdout.write(json.dumps(figures) if as_json else str(figures))
        if broken:
            raise CommandError("\n".join(broken[:20]))

    def _run_all(self, seeds: range, options: dict[str, Any]) -> int:
        """Run every seed; with a plant only until it is found out."""
        broken = 0
        for seed in seeds:
            outcome = run.run(
                seed=seed,
                steps=options["steps"],
                plant=plants.planted(options["plant"]),
            )
            broken += len(outcome.broken)
            self._tell(outcome, as_json=options["json"])
            if broken and options["plant"]:
                break
        return broken

    def _tell(self, outcome: run.Outcome, *, as_json: bool) -> None:
        figures = outcome.as_json()
        if as_json:
            self.stdout.write(json.dumps(figures))
        else:
            self.stdout.write(
                ", ".join(f"{name} {figure}" for name, figure in figures.items())
            )
        self.stdout.flush()
        for words in outcome.broken:
            self.stderr.write(f"seed {outcome.seed}: {words}")


def _seeds(options: dict[str, Any]) -> range:
    if not options["seeds"]:
        return range(options["seed"], options["seed"] + 1)
    first, dots, last = options["seeds"].partition("..")
    if not dots or not (first + last).isdecimal():
        raise CommandError("--seeds names the first and the last: 1..40")
    turn, _, turns = (options["turn"] or "1/1").partition("/")
    return range(int(first) + int(turn) - 1, int(last) + 1, int(turns))


def _share_out(processes: int) -> None:
    """Let so many processes take turns with the seeds."""
    running = [
        subprocess.Popen(
            [*(sys.executable, *sys.argv), "--processes=1", f"--turn={n}/{processes}"]
        )
        for n in range(1, processes + 1)
    ]
    codes = [process.wait() for process in running]
    if any(codes):
        raise CommandError("There are violations, named above.")
