from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts.services import takeback_shares
from payouts.services.takeback_shares import Component, TakesTooMuch

SHIRTS = Component(
    line="shirts",
    seller_order="A",
    units=3,
    seller=4873,
    creator=618,
    platform=494,
    tax=0,
    subsidy=599,
)
MUG = Component(
    line="mug",
    seller_order="B",
    units=1,
    seller=2205,
    creator=0,
    platform=245,
    tax=0,
    subsidy=245,
)
DELIVERY = Component(
    line=None,
    seller_order="A",
    units=0,
    seller=495,
    creator=0,
    platform=0,
    tax=0,
    subsidy=0,
)
YEN = Component(
    line="kettle",
    seller_order="S",
    units=5,
    seller=8500,
    creator=500,
    platform=1000,
    tax=1000,
    subsidy=0,
)


def row(taken):
    return (
        taken.buyer,
        taken.seller,
        taken.creator,
        taken.platform,
        taken.tax,
        taken.subsidy,
    )


def test_the_three_shirts_come_back_one_by_one_to_the_cent():
    rows, left = [], SHIRTS
    for _ in range(3):
        taken = takeback_shares.take_units(left, 1)
        rows.append(row(taken))
        left = takeback_shares.less(left, taken)

    assert rows == [
        (1795, 1624, 206, 165, 0, 200),
        (1795, 1625, 206, 164, 0, 200),
        (1796, 1624, 206, 165, 0, 199),
    ]
    assert (left.units, left.shared, left.subsidy) == (0, 0, 0)


def test_the_mug_comes_back_whole():
    assert row(takeback_shares.take_all(MUG)) == (2205, 2205, 0, 245, 0, 245)


def test_a_fifth_of_the_yen_order_takes_a_fifth_of_everyone():
    assert row(takeback_shares.take_units(YEN, 1)) == (2200, 1700, 100, 200, 200, 0)
    assert row(takeback_shares.take_amount(YEN, 2200)) == (2200, 1700, 100, 200, 200, 0)


def test_an_amount_takes_as_much_of_the_subsidy_as_of_the_price():
    assert row(takeback_shares.take_amount(SHIRTS, 1000)) == (
        1000,
        904,
        115,
        92,
        0,
        111,
    )
    whole = takeback_shares.take_amount(SHIRTS, 5386)
    assert row(whole) == (5386, 4873, 618, 494, 0, 599)


def test_an_amount_over_several_components_goes_by_what_was_paid_for_each():
    parts = takeback_shares.spread([SHIRTS, MUG, DELIVERY], 1000)

    # Paid: 5386, 2205, 495 of 8086.
    assert [(one.line, one.buyer) for one in parts] == [
        ("shirts", 666),
        ("mug", 273),
        (None, 61),
    ]
    assert all(one.units == 0 for one in parts)


def test_what_the_platform_gave_before_is_made_good_out_of_what_is_taken():
    whole = [takeback_shares.take_all(one) for one in (SHIRTS, MUG, DELIVERY)]

    rest = takeback_shares.make_good(whole, 1000)

    assert [(one.buyer, one.goodwill) for one in rest] == [
        (666, 5386 - 666),
        (273, 2205 - 273),
        (61, 495 - 61),
    ]
    assert [replace(one, goodwill=0) for one in rest] == whole
    nothing = takeback_shares.make_good(whole, 0)
    assert [(one.buyer, one.goodwill) for one in nothing] == [
        (0, 5386),
        (0, 2205),
        (0, 495),
    ]


def test_components_too_small_to_bear_a_unit_are_left_out():
    parts = takeback_shares.spread([SHIRTS, DELIVERY], 1)

    assert [(one.line, one.buyer) for one in parts] == [("shirts", 1)]


@pytest.mark.parametrize("units", [0, -1, 4])
def test_more_units_than_remain_or_none_are_refused(units):
    with pytest.raises(TakesTooMuch) as refused:
        takeback_shares.take_units(SHIRTS, units)
    assert refused.value.remaining_amount == 3


@pytest.mark.parametrize("amount", [0, -5, 5387])
def test_more_than_remains_or_nothing_is_refused_with_what_remains(amount):
    with pytest.raises(TakesTooMuch) as refused:
        takeback_shares.take_amount(SHIRTS, amount)
    assert refused.value.remaining_amount == 5386
    with pytest.raises(TakesTooMuch) as refused:
        takeback_shares.spread([SHIRTS], amount)
    assert refused.value.remaining_amount == 5386


def test_independent_rounding_would_lose_a_cent():
    """What the rule is for: each unit's parts rounded by themselves do not end at 0."""
    alone = [round(SHIRTS.seller / 3), round(SHIRTS.creator / 3), round(494 / 3)]

    assert alone == [1624, 206, 165]
    # After three of them the seller keeps a cent that the platform gave in his place.
    assert [3 * part for part in alone] == [4873 - 1, 618, 494 + 1]


@st.composite
def components(draw, *, line: str = "line"):
    amounts = st.integers(0, 100_000)
    seller, creator, platform, tax = (draw(amounts) for _ in range(4))
    return Component(
        line=line,
        seller_order="S",
        units=draw(st.integers(1, 20)),
        seller=seller,
        creator=creator,
        platform=platform,
        tax=tax,
        subsidy=draw(st.integers(0, seller + creator + platform + tax)),
    )


def never_negative(component):
    return min(
        component.units,
        component.seller,
        component.creator,
        component.platform,
        component.tax,
        component.subsidy,
        component.paid,
    )


@given(st.lists(components(), min_size=1, max_size=4), st.data())
def test_whatever_is_taken_in_whatever_steps_ends_every_component_at_0(found, data):
    paid, back = sum(one.paid for one in found), 0
    for _ in range(12):
        i = data.draw(st.integers(0, len(found) - 1))
        if data.draw(st.booleans()) and found[i].units:
            units = data.draw(st.integers(1, found[i].units))
            steps = {i: takeback_shares.take_units(found[i], units)}
        elif sum(one.paid for one in found):
            rest = sum(one.paid for one in found)
            amount = data.draw(st.integers(1, rest))
            numbered = [replace(one, line=str(n)) for n, one in enumerate(found)]
            steps = {
                int(taken.line): taken
                for taken in takeback_shares.spread(numbered, amount)
            }
            assert sum(taken.buyer for taken in steps.values()) == amount
        else:
            continue
        for n, taken in steps.items():
            assert min(row(taken)) >= 0
            back += taken.buyer
            found[n] = takeback_shares.less(found[n], taken)
            assert never_negative(found[n]) >= 0

    for n, one in enumerate(found):
        taken = takeback_shares.take_all(one)
        back += taken.buyer
        found[n] = takeback_shares.less(one, taken)

    assert back == paid
    assert [one.shared + one.subsidy + one.units for one in found] == [0] * len(found)
