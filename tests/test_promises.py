"""docs/buyers.md names a test for each promise: every one of them exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
WRITTEN = (ROOT / "docs" / "buyers.md").read_text()
ROWS = re.findall(r"^\| (R\d+) \| .+ \| (.+) \|$", WRITTEN, re.MULTILINE)
# What the shop on a phone was built for.
WANTED = (
    *("R1", "R2", "R3", "R9", "R10", "R15", "R17", "R18", "R20", "R21", "R24", "R28"),
    *("R36", "R40", "R45", "R48", "R50", "R51", "R61", "R72", "R74", "R76", "R77"),
)


def test_every_requirement_has_a_row():
    assert tuple(name for name, _shown in ROWS) == WANTED


@pytest.mark.parametrize(("row", "shown"), ROWS, ids=[name for name, _shown in ROWS])
def test_the_tests_that_show_it_exist(row, shown):
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`", shown)
    assert named, row
    for path, test in named:
        written = (ROOT / path).read_text()
        assert not test or f"def {test}(" in written, f"{row}: {path}::{test}"
