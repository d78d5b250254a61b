"""How a fault is proven: the same scenario twice, first with the protection off, where
the harm must be seen, then with it on, where nothing may be.

A protection is switched off by patching it here while its control runs; the platform
has no switch for it.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass

from django.db import connection

from marketplace.simulator import cast, world
from marketplace.simulator.world import World

Off = Callable[[], AbstractContextManager[object]]
# No multiple of 3: a platform in Europe.
FIRST_SEED = 101
START_LINE_SECONDS = 30.0
MOST_WORDS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One row of the table: what goes wrong, and how the platform bears it.

    `scenario` lives the fault in a world of its own and gives in words what it broke;
    `off` takes the protection away. `control`: a shorter scenario that shows the harm.
    """

    id: str
    says: str
    scenario: Callable[[World], Iterable[str]]
    off: Off
    runs: int = 1
    control: Callable[[World], Iterable[str]] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """What came out. `words` tells of violations, and of a control without any; `harm`
    of what the control showed.
    """

    id: str
    control_violations: int
    violations: int
    runs: int
    seconds: float
    seeds: str
    says: str
    words: tuple[str, ...] = ()
    harm: tuple[str, ...] = ()

    @property
    def is_proven(self) -> bool:
        return self.control_violations > 0 and not self.violations

    def as_json(self) -> dict[str, object]:
        """Give the row as plain values."""
        return {
            **asdict(self),
            "words": list(self.words),
            "harm": list(self.harm)[:MOST_WORDS],
        }


def prove(fault: Fault, *, runs: int | None = None) -> Row:
    """Run the control once, then the scenario as often as the fault asks for."""
    began = time.monotonic()
    count = runs or fault.runs
    with stage(FIRST_SEED) as here, fault.off():
        harm = _live(fault.control or fault.scenario, here)
    words: list[str] = []
    for seed in _seeds(count):
        with stage(seed) as here:
            words += [f"seed {seed}: {said}" for said in _live(fault.scenario, here)]
    return Row(
        id=fault.id,
        control_violations=len(harm),
        violations=len(words),
        runs=count,
        seconds=round(time.monotonic() - began, 1),
        seeds=f"{_seeds(count)[0]}..{_seeds(count)[-1]}",
        says=fault.says,
        words=tuple(words) if harm else (*words, "the control showed no harm"),
        harm=tuple(harm),
    )


@contextmanager
def stage(seed: int) -> Iterator[World]:
    """Open a world whose parties are all there and can be paid."""
    with world.opened(seed) as here:
        cast.assemble(here, is_complete=True)
        yield here


def at_once(
    threads: int, work: Callable[[int], object], *, times: int | None = None
) -> Counter[object]:
    """Run `work(number)` in so many threads, started together; count the outcomes, an
    error by its name.
    """
    start = threading.Barrier(threads)
    waited = threading.local()

    def run(number: int) -> object:
        try:
            if not getattr(waited, "over", False):
                waited.over = True
                start.wait(timeout=START_LINE_SECONDS)
            return work(number)
        except Exception as error:
            return type(error).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return Counter(pool.map(run, range(times or threads)))


def _live(scenario: Callable[[World], Iterable[str]], here: World) -> list[str]:
    """Live the scenario; an error nobody foresaw is harm, too."""
    try:
        return [*scenario(here), *here.crashes]
    except Exception as problem:
        return [f"{type(problem).__name__}: {problem}"[:300], *here.crashes]


def _seeds(count: int) -> list[int]:
    return [seed for seed in range(FIRST_SEED, FIRST_SEED + 2 * count + 2) if seed % 3][
        :count
    ]
