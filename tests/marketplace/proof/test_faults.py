"""The faults of `./run prove` in their short form: the protection on, once each. The
controls, with the protections off, are run by `./run prove`, and some of them here.
"""

import pytest

from marketplace.proof import frame, table

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.race,
    pytest.mark.usefixtures("alone_in_the_database"),
]
FAULTS = {fault.id: fault for fault in table.FAULTS}
# These take long: a hundred orders of notices, two hundred buyers, five rounds of each.
LONG = {"F05", "F06", "F07", "F13", "F14", "F19", "F26", "F27", "F28"}
ASKED_FOR = {
    *("F01", "F02", "F03", "F04", "F05", "F06", "F07", "F11", "F12", "F13", "F14"),
    *("F16", "F17", "F19", "F20", "F22", "F24", "F25", "F26", "F27", "F28", "F29"),
    *("F30", "F31", "F33", "F34"),
}


@pytest.mark.parametrize("name", sorted(set(FAULTS) - LONG))
def test_a_fault_breaks_nothing(name):
    with frame.stage(frame.FIRST_SEED) as here:
        assert list(FAULTS[name].scenario(here)) == []
        assert here.crashes == []


@pytest.mark.parametrize("name", ["F02", "F12", "F20"])
def test_without_its_protection_a_fault_does_harm(name):
    fault = FAULTS[name]
    with frame.stage(frame.FIRST_SEED) as here, fault.off():
        assert list(fault.scenario(here)) != []


def test_every_fault_of_the_table_is_there():
    assert set(FAULTS) >= ASKED_FOR
