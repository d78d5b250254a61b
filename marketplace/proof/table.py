"""The whole table: every fault with its control, the races of the tests, and seeds."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from django.conf import settings

from marketplace.proof import goods, notices, payments, processes, refunding, sending
from marketplace.proof.frame import Fault, Row, prove
from marketplace.simulator import plants, run

SEEDS, STEPS = range(1, 21), 60
PLANTED = "capture_booked_twice"
RACES = "tests/races"
# A race that shows the harm first is named for what is taken away.
SHOWS_HARM = re.compile(r"without|does_not_ask")
FAULTS: tuple[Fault, ...] = tuple(
    sorted(
        (
            *payments.FAULTS,
            *notices.FAULTS,
            *goods.FAULTS,
            *refunding.FAULTS,
            *sending.FAULTS,
            *processes.FAULTS,
        ),
        key=lambda fault: fault.id,
    )
)


def rows(*, only: frozenset[str] = frozenset()) -> Iterator[Row]:
    """Prove fault after fault; `only` keeps those of these ids."""
    for fault in FAULTS:
        if not only or fault.id in only:
            yield prove(fault)
    whole: tuple[tuple[str, Callable[[], Row]], ...] = (
        ("P5", processes.payees),
        ("races", races),
        ("seeds", seeds),
    )
    for name, row in whole:
        if not only or name in only:
            yield row()


def races() -> Row:
    """Run the races of the test suite; the tests that show the harm are its control."""
    began = time.monotonic()
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", RACES, "-q", "-rA", "--no-header"),
            *("-p", "no:cacheprovider", "--tb=line", "--ds=tests.settings"),
        ],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    passed = re.findall(r"^PASSED (\S+)", done.stdout, re.M)
    # With one blank: what was logged as an error stands behind more.
    failed = re.findall(r"^(?:FAILED|ERROR) (\S.*)", done.stdout, re.M)
    if not passed:
        failed.append(done.stdout[-300:] + done.stderr[-300:])
    harm = [name for name in passed if SHOWS_HARM.search(name)]
    return Row(
        id="races",
        control_violations=len(harm),
        violations=len(failed),
        runs=len(passed) + len(failed),
        seconds=round(time.monotonic() - began, 1),
        seeds="",
        says="threads against the real database, harm shown first",
        words=tuple(failed),
    )


def seeds() -> Row:
    """Run the simulator's first seeds; a planted mistake is its control."""
    began = time.monotonic()
    harm = run.run(seed=1, steps=STEPS, plant=plants.planted(PLANTED)).broken
    words = [
        f"seed {seed}: {said}"
        for seed in SEEDS
        for said in run.run(seed=seed, steps=STEPS).broken
    ]
    return Row(
        id="seeds",
        control_violations=len(harm),
        violations=len(words),
        runs=len(SEEDS),
        seconds=round(time.monotonic() - began, 1),
        seeds=f"{SEEDS[0]}..{SEEDS[-1]}",
        says=f"{STEPS} random steps with random faults",
        words=tuple(words),
    )
