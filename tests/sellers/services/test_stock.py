from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from marketplace.kit import states
from sellers.models import Reservation, StockMove, Variant
from sellers.services import stock
from tests.factories import sellers as make

pytestmark = pytest.mark.django_db
AT = make.AT
LATER = AT + timedelta(minutes=30)


def reserve(*demands, order="ord_one"):
    """Reserve in a transaction of its own, as a checkout does."""
    with transaction.atomic():
        stock.reserve(
            demands=[
                stock.Demand(
                    variant_id=variant.pk, quantity=quantity, reference=reference
                )
                for variant, quantity, reference in demands
            ],
            order_reference=order,
            expires_at=LATER,
        )


def counts(variant):
    row = Variant.objects.get(pk=variant.pk)
    return row.on_hand, row.reserved


def moves(variant):
    rows = StockMove.objects.filter(variant=variant).order_by("pk")
    return list(rows.values_list("kind", "delta", "reference"))


def statuses(order="ord_one"):
    rows = Reservation.objects.filter(order_reference=order).order_by("pk")
    return list(rows.values_list("reference", "quantity", "status"))


class TestReceive:
    def test_units_that_arrive_are_added_and_journalled(self):
        cup = make.variant(stock=3)
        stock.receive(variant=cup, quantity=4, at=AT)
        assert counts(cup) == (7, 0)
        assert moves(cup) == [("received", 3, ""), ("received", 4, "")]
        assert cup.on_hand == 7

    @pytest.mark.parametrize("quantity", [0, -1, 1_000_001, 10**9])
    def test_a_quantity_that_is_none_is_refused_and_nothing_changes(self, quantity):
        cup = make.variant(stock=3)
        with pytest.raises(stock.BadQuantity):
            stock.receive(variant=cup, quantity=quantity, at=AT)
        assert counts(cup) == (3, 0)
        assert moves(cup) == [("received", 3, "")]

    def test_stock_stops_at_a_million(self):
        cup = make.variant(stock=999_999)
        with pytest.raises(stock.BadQuantity):
            stock.receive(variant=cup, quantity=2, at=AT)
        assert counts(cup) == (999_999, 0)


class TestCorrect:
    def test_a_count_becomes_a_correction_of_the_difference(self):
        cup = make.variant(stock=10)
        assert stock.correct(variant=cup, on_hand=7, at=AT) == -3
        assert counts(cup) == (7, 0)
        assert moves(cup)[1:] == [("correction", -3, "")]

    def test_the_same_count_moves_nothing(self):
        cup = make.variant(stock=10)
        assert stock.correct(variant=cup, on_hand=10, at=AT) == 0
        assert len(moves(cup)) == 1

    def test_stock_cannot_go_below_what_orders_hold(self):
        cup = make.variant(stock=10)
        reserve((cup, 4, "line1"))
        with pytest.raises(stock.StockHeld) as refused:
            stock.correct(variant=cup, on_hand=3, at=AT)
        assert refused.value.reserved == 4
        assert counts(cup) == (10, 4)
        assert len(moves(cup)) == 1
        assert stock.correct(variant=cup, on_hand=4, at=AT) == -6
        assert counts(cup) == (4, 4)

    def test_a_count_of_another_moment_is_refused(self):
        cup = make.variant(stock=10)
        reserve((cup, 2, "line1"))
        stock.consume(order_reference="ord_one", at=AT)
        with pytest.raises(states.Raced):
            stock.correct(variant=cup, on_hand=12, at=AT, seen=10)
        assert counts(cup) == (8, 0)

    @pytest.mark.parametrize("on_hand", [-1, 1_000_001])
    def test_a_count_that_is_none_is_refused(self, on_hand):
        cup = make.variant(stock=10)
        with pytest.raises(stock.BadQuantity):
            stock.correct(variant=cup, on_hand=on_hand, at=AT)
        assert counts(cup) == (10, 0)


class TestReserve:
    def test_units_are_held_and_stay_on_hand(self):
        cup, bowl = make.variant(stock=10), make.variant(stock=5)
        reserve((cup, 3, "line1"), (bowl, 5, "line2"))
        assert counts(cup) == (10, 3)
        assert counts(bowl) == (5, 5)
        assert statuses() == [("line1", 3, "active"), ("line2", 5, "active")]
        assert Reservation.objects.first().expires_at == LATER

    def test_two_lines_of_one_variant_are_judged_by_their_sum(self):
        cup = make.variant(stock=10)
        with pytest.raises(stock.SoldOut) as refused:
            reserve((cup, 6, "line1"), (cup, 6, "line2"))
        assert refused.value.shortages == [(cup.pk, 10)]
        assert counts(cup) == (10, 0)
        assert statuses() == []

    def test_judged_line_by_line_the_same_demand_only_meets_the_net(self):
        """The harm the sum prevents: each line alone passes a check that reads first."""
        cup = make.variant(stock=10)
        lines = [6, 6]
        assert all(quantity <= cup.available for quantity in lines)
        with pytest.raises(IntegrityError), transaction.atomic():
            Variant.objects.filter(pk=cup.pk).update(reserved=sum(lines))
        assert counts(cup) == (10, 0)

    def test_every_shortage_is_named_and_nothing_is_held(self):
        cup, bowl, tray = (make.variant(stock=n) for n in (10, 2, 0))
        with pytest.raises(stock.SoldOut) as refused:
            reserve((tray, 1, "line1"), (cup, 3, "line2"), (bowl, 3, "line3"))
        assert refused.value.shortages == [(bowl.pk, 2), (tray.pk, 0)]
        assert refused.value.status_code == 409
        assert [counts(one) for one in (cup, bowl, tray)] == [(10, 0), (2, 0), (0, 0)]
        assert statuses() == []

    def test_what_others_hold_is_not_free(self):
        cup = make.variant(stock=10)
        reserve((cup, 8, "line1"))
        with pytest.raises(stock.SoldOut) as refused:
            reserve((cup, 3, "line2"), order="ord_two")
        assert refused.value.shortages == [(cup.pk, 2)]
        assert counts(cup) == (10, 8)
        reserve((cup, 2, "line2"), order="ord_two")
        assert counts(cup) == (10, 10)

    @pytest.mark.parametrize("quantity", [0, -1])
    def test_a_line_of_nothing_is_refused(self, quantity):
        cup = make.variant(stock=10)
        with pytest.raises(stock.BadQuantity):
            reserve((cup, 2, "line1"), (cup, quantity, "line2"))
        assert counts(cup) == (10, 0)
        assert statuses() == []

    def test_a_thousand_million_units_are_a_shortage_not_an_overflow(self):
        cup = make.variant(stock=10)
        with pytest.raises(stock.SoldOut) as refused:
            reserve((cup, 10**9, "line1"), (cup, 2 * 10**9, "line2"))
        assert refused.value.shortages == [(cup.pk, 10)]

    def test_reserving_two_variants_takes_five_queries(self, django_assert_num_queries):
        cup, bowl = make.variant(stock=10), make.variant(stock=5)
        # begin, one UPDATE per variant, one INSERT of all lines, commit
        with django_assert_num_queries(5):
            reserve((cup, 3, "line1"), (bowl, 5, "line2"), (cup, 1, "line3"))


class TestConsume:
    def test_a_paid_order_leaves_the_stock_with_a_sale_per_line(self):
        cup, bowl = make.variant(stock=10), make.variant(stock=5)
        reserve((cup, 3, "line1"), (bowl, 1, "line2"), (cup, 2, "line3"))
        stock.consume(order_reference="ord_one", at=AT)
        assert counts(cup) == (5, 0)
        assert counts(bowl) == (4, 0)
        assert moves(cup)[1:] == [("sale", -3, "line1"), ("sale", -2, "line3")]
        assert moves(bowl)[1:] == [("sale", -1, "line2")]
        assert statuses() == [
            ("line1", 3, "consumed"),
            ("line2", 1, "consumed"),
            ("line3", 2, "consumed"),
        ]
        assert Reservation.objects.filter(ended_at=AT).count() == 3

    def test_the_same_order_is_not_sold_twice(self):
        cup = make.variant(stock=10)
        reserve((cup, 3, "line1"))
        stock.consume(order_reference="ord_one", at=AT)
        with pytest.raises(stock.NothingHeld):
            stock.consume(order_reference="ord_one", at=AT)
        assert counts(cup) == (7, 0)
        assert len(moves(cup)) == 2

    def test_a_released_order_is_not_sold(self):
        cup = make.variant(stock=10)
        reserve((cup, 3, "line1"))
        stock.release(order_reference="ord_one", at=AT)
        with pytest.raises(stock.NothingHeld):
            stock.consume(order_reference="ord_one", at=AT)
        assert counts(cup) == (10, 0)

    def test_the_journal_sums_to_what_is_on_hand(self):
        cup = make.variant(stock=10)
        reserve((cup, 3, "line1"))
        stock.consume(order_reference="ord_one", at=AT)
        stock.correct(variant=cup, on_hand=20, at=AT)
        assert sum(delta for _, delta, _ in moves(cup)) == counts(cup)[0] == 20


class TestRelease:
    def test_what_was_held_can_be_bought_again(self):
        cup, bowl = make.variant(stock=10), make.variant(stock=5)
        reserve((cup, 10, "line1"), (bowl, 1, "line2"))
        assert stock.release(order_reference="ord_one", at=AT) == 2
        assert counts(cup) == (10, 0)
        assert counts(bowl) == (5, 0)
        assert statuses() == [("line1", 10, "released"), ("line2", 1, "released")]
        assert len(moves(cup)) == 1
        reserve((cup, 10, "line3"), order="ord_two")
        assert counts(cup) == (10, 10)

    def test_a_second_release_gives_back_nothing_more(self):
        cup = make.variant(stock=10)
        reserve((cup, 4, "line1"))
        reserve((cup, 5, "line2"), order="ord_two")
        stock.release(order_reference="ord_one", at=AT)
        assert stock.release(order_reference="ord_one", at=AT) == 0
        assert counts(cup) == (10, 5)

    def test_a_sold_order_gives_nothing_back(self):
        cup = make.variant(stock=10)
        reserve((cup, 4, "line1"))
        stock.consume(order_reference="ord_one", at=AT)
        assert stock.release(order_reference="ord_one", at=AT) == 0
        assert counts(cup) == (6, 0)


class TestTakeAgain:
    def test_a_late_payment_is_served_while_there_is_stock(self):
        cup, bowl = make.variant(stock=10), make.variant(stock=5)
        reserve((cup, 3, "line1"), (bowl, 5, "line2"))
        stock.release(order_reference="ord_one", at=AT)
        assert stock.take_again(order_reference="ord_one", at=LATER) is True
        assert counts(cup) == (7, 0)
        assert counts(bowl) == (0, 0)
        assert statuses() == [("line1", 3, "consumed"), ("line2", 5, "consumed")]
        assert moves(bowl)[1:] == [("sale", -5, "line2")]

    def test_when_one_line_has_gone_none_is_taken(self):
        cup, bowl = make.variant(stock=10), make.variant(stock=5)
        reserve((cup, 3, "line1"), (bowl, 5, "line2"))
        stock.release(order_reference="ord_one", at=AT)
        reserve((bowl, 1, "line3"), order="ord_two")
        assert stock.take_again(order_reference="ord_one", at=LATER) is False
        assert counts(cup) == (10, 0)
        assert counts(bowl) == (5, 1)
        assert statuses() == [("line1", 3, "released"), ("line2", 5, "released")]
        assert len(moves(cup)) == 1

    def test_an_order_that_let_nothing_go_is_refused(self):
        cup = make.variant(stock=10)
        reserve((cup, 3, "line1"))
        with pytest.raises(stock.NothingHeld):
            stock.take_again(order_reference="ord_one", at=LATER)
        assert counts(cup) == (10, 3)


class TestTheNetBelow:
    @pytest.mark.parametrize(
        "planted",
        [{"on_hand": 2, "reserved": 3}, {"on_hand": -1}, {"reserved": -1}],
    )
    def test_the_database_refuses_stock_that_cannot_be(self, planted):
        cup = make.variant(stock=10)
        with pytest.raises(IntegrityError), transaction.atomic():
            Variant.objects.filter(pk=cup.pk).update(**planted)
        assert counts(cup) == (10, 0)

    def test_a_line_cannot_be_sold_twice_in_the_journal(self):
        cup = make.variant(stock=10)
        sale = {"variant": cup, "kind": "sale", "delta": -1, "reference": "line1"}
        StockMove.objects.create(at=AT, **sale)
        with pytest.raises(IntegrityError), transaction.atomic():
            StockMove.objects.create(at=AT, **sale)


def take_back(*units):
    with transaction.atomic():
        stock.take_back(
            units=[
                stock.Demand(one.pk, quantity, name) for one, quantity, name in units
            ],
            at=AT,
        )


def test_units_that_come_back_are_on_hand_again_and_written_down():
    shirt, mug = make.variant(stock=5), make.variant(stock=5)
    take_back((shirt, 2, "refund-line:1"), (mug, 1, "refund-line:2"))
    assert counts(shirt) == (7, 0)
    assert counts(mug) == (6, 0)
    assert moves(shirt)[-1] == ("return", 2, "refund-line:1")


def test_units_come_back_once():
    shirt = make.variant(stock=5)
    take_back((shirt, 2, "refund-line:1"))
    with pytest.raises(stock.TakenBack):
        take_back((shirt, 2, "refund-line:1"))
    assert counts(shirt) == (7, 0)


def test_less_than_one_unit_does_not_come_back():
    shirt = make.variant(stock=5)
    with pytest.raises(stock.BadQuantity):
        take_back((shirt, 0, "refund-line:1"))
    take_back()
    assert counts(shirt) == (5, 0)
