"""A few runs of the simulator, and what makes its word worth something: planted mistakes
are found, and a seed is always the same run. `./run simulate` does the rest.
"""

import pytest

from marketplace.simulator import plants, run

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = 60
# Every seed that ever found something stays here, with what it was in a comment.
REGRESSIONS: tuple[int, ...] = ()


@pytest.mark.parametrize("seed", [1, 3, *REGRESSIONS])
def test_a_run_breaks_no_law(seed):
    outcome = run.run(seed=seed, steps=STEPS)

    assert outcome.broken == ()
    assert outcome.steps == STEPS
    assert min(outcome.orders, outcome.transfers, outcome.faults_hit) > 0


def test_a_seed_is_always_the_same_run():
    assert run.run(seed=7, steps=20) == run.run(seed=7, steps=20)


@pytest.mark.parametrize(
    "plant", ["capture_booked_twice", "goods_never_given_back", "oversell"]
)
def test_a_planted_mistake_is_found_out(plant):
    outcomes = (
        run.run(seed=seed, steps=STEPS, plant=plants.planted(plant))
        for seed in range(1, 21)
    )
    assert any(outcome.broken for outcome in outcomes)


def test_there_are_at_least_twelve_planted_mistakes():
    assert len(set(plants.NAMES)) >= 12
