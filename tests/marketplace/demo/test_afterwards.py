"""What goes wrong in the demo: a little of each kind, the same each time."""

from collections import Counter

from marketplace.demo import afterwards, history


def test_each_kind_happens_within_the_ninety_days():
    plan = history.plan()
    happens = afterwards.plan(plan)
    assert happens == afterwards.plan(plan)
    kinds = Counter(one.kind for one in happens if one.day < history.DAYS)
    assert set(kinds) >= {"cancel", "ask_return", "receive", "dispute", "lose"}
    assert kinds["dispute"] == 2
    assert kinds["lose"] == kinds["withdraw"] == 1
    assert all(one.order.ending in history.PAID for one in happens)
    once = Counter(
        one.order.number for one in happens if one.kind not in ("receive", "lose")
    )
    assert set(once.values()) == {1}


def test_somebody_shares_in_what_is_taken_back():
    happens = afterwards.plan(history.plan())
    lost = next(one for one in happens if one.kind == "lose")
    assert lost.order.lines[0].surface is not None
    assert any(
        one.order.lines[0].surface for one in happens if one.kind == "ask_return"
    )
