"""Ninety planned days: the same each time, and possible to live."""

from collections import Counter

import pytest

from marketplace.demo import catalogue, history


@pytest.fixture(scope="module")
def planned():
    return history.plan()


def test_the_same_seed_draws_the_same_history(planned):
    assert history.plan() == planned


def test_another_seed_draws_another_history(planned):
    assert history.plan(seed=1) != planned


def test_there_are_between_120_and_200_orders_over_ninety_days(planned):
    assert 120 <= len(planned.orders) <= 200
    assert {order.day for order in planned.orders} == set(range(90))


def test_an_order_has_one_currency_and_never_the_same_seller_twice(planned):
    for order in planned.orders:
        sellers = [catalogue.PRODUCT[line.product].seller for line in order.lines]
        assert len(set(sellers)) == len(sellers)
        assert {catalogue.SELLER[s].currency for s in sellers} == {order.currency}


def test_a_good_part_of_the_orders_holds_goods_of_two_sellers(planned):
    both = [order for order in planned.orders if len(order.lines) == 2]
    assert {order.currency for order in both} == {"SEK", "EUR"}
    assert len(both) >= 40


def test_nobody_buys_from_a_post_before_it_is_published(planned):
    for order in planned.orders:
        for line in order.lines:
            if line.surface and line.surface.kind == "post":
                creator = catalogue.CREATOR[line.surface.creator]
                assert creator.posts[line.surface.number].day <= order.day


def test_a_line_bought_from_a_surface_is_a_product_shown_there(planned):
    for order in planned.orders:
        for line in order.lines:
            if line.surface is None:
                continue
            creator = catalogue.CREATOR[line.surface.creator]
            if line.surface.kind == "post":
                shown = {t.product for t in creator.posts[line.surface.number].tags}
            else:
                shelf = creator.collections[line.surface.number]
                shown = {pick.product for pick in shelf.picks}
            assert line.product in shown


def test_one_order_ran_out_and_the_last_one_is_unpaid(planned):
    endings = Counter(order.ending for order in planned.orders)
    assert endings["expired"] == 1
    assert endings["unpaid"] == 1
    assert endings["declined_then_paid"] >= 3
    assert planned.orders[-1].ending == "unpaid"


def test_what_was_sold_and_what_is_left_make_the_opening_stock(planned):
    opening, sold = planned.opening_stock(), planned.sold()
    for product in catalogue.PRODUCTS:
        for number, choice in enumerate(product.choices):
            key = (product.key, number)
            assert opening[key] - sold[key] == choice.stock


def test_more_than_one_unit_is_only_asked_where_there_is_plenty(planned):
    for order in planned.orders:
        for line in order.lines:
            if line.quantity > 1:
                choice = catalogue.PRODUCT[line.product].choices[line.choice]
                assert choice.stock >= history.PLENTY


def test_what_is_sold_out_today_was_sold_before(planned):
    assert any(product == "trail-sneaker" for product, _ in planned.sold())


def test_codes_of_both_funders_are_used_and_fit_the_cart(planned):
    used = [order for order in planned.orders if order.code_of]
    reductions = {c.handle: c.reduction for c in catalogue.CREATORS}
    funders = {reductions[order.code_of].funded_by for order in used}
    assert funders == {"seller", "platform"}
    for order in used:
        sellers = {catalogue.PRODUCT[line.product].seller for line in order.lines}
        assert reductions[order.code_of].seller in ("", *sellers)


def test_each_parcel_leaves_once_and_arrives_after_it_left(planned):
    left = [
        (order.number, seller)
        for day in range(120)
        for order, seller in planned.parcels_due(day)
    ]
    arrived = [
        (order.number, seller)
        for day in range(120)
        for order, seller in planned.arrivals(day)
    ]
    assert len(set(left)) == len(left)
    assert sorted(left) == sorted(arrived)


def test_on_the_last_day_something_is_still_to_ship_and_something_on_its_way(planned):
    today = history.DAYS - 1
    to_ship = [
        x for day in range(today + 1, today + 9) for x in planned.parcels_due(day)
    ]
    shipped = {
        (order.number, seller)
        for day in range(today + 1)
        for order, seller in planned.parcels_due(day)
    }
    arrived = {
        (order.number, seller)
        for day in range(today + 1)
        for order, seller in planned.arrivals(day)
    }
    assert to_ship
    assert shipped - arrived


def test_in_japan_some_orders_are_paid_in_cash_one_ran_out_and_the_last_waits():
    orders = history.plan(market=catalogue.JAPAN).orders
    ends = Counter(order.ending for order in orders)
    assert {order.currency for order in orders} == {"JPY"}
    assert ends["cash_paid"] >= 5
    assert ends["cash_expired"] == ends["cash_waiting"] == 1
    assert (orders[-1].day, orders[-1].ending) == (history.DAYS - 1, "cash_waiting")


def test_in_europe_nobody_pays_in_cash(planned):
    assert not any(order.ending.startswith("cash") for order in planned.orders)
