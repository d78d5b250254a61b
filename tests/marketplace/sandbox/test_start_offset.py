"""A new state may begin in the past; an old one keeps its clock."""

import time

from marketplace.sandbox import Sandbox
from marketplace.sandbox.config import from_environment

DAY = 86_400


def test_a_new_state_begins_where_it_is_told_and_keeps_it(tmp_path):
    begun = Sandbox(tmp_path, start_offset=-90 * DAY)
    assert begun.clock.offset == -90 * DAY
    assert begun.clock.now() <= time.time() - 90 * DAY + 1
    begun.clock.advance(DAY)
    begun.close()
    again = Sandbox(tmp_path, start_offset=-5 * DAY)
    assert again.clock.offset == -89 * DAY
    again.close()


def test_the_environment_names_the_start():
    assert from_environment({"SANDBOX_START_OFFSET": "-60"}).start_offset == -60
    assert from_environment({}).start_offset == 0
