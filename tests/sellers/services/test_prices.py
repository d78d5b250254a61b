"""The journal of prices, and what a reduction may be compared with (Directive 98/6/EC,
Art. 6a): the lowest price of the 30 days before it.
"""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError

from sellers import queries
from sellers.models import PriceChange, Variant
from sellers.services import catalog, prices
from tests.factories import sellers as make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def changed(variant, *steps):
    """Change the price on these days after the first: `(day, amount)`."""
    for day, amount in steps:
        catalog.change_price(
            variant=variant, price_amount=amount, at=make.AT + day * DAY
        )
    variant.refresh_from_db()
    return variant


def journal(variant):
    return list(
        variant.price_changes.order_by("pk").values_list("price_amount", "currency")
    )


def test_the_first_price_and_each_change_are_written_down():
    variant = changed(make.variant(price_amount=400), (1, 500), (2, 450))
    assert journal(variant) == [(400, "SEK"), (500, "SEK"), (450, "SEK")]
    assert PriceChange.objects.latest("pk").at == make.AT + 2 * DAY


def test_the_same_price_again_is_no_change():
    variant = changed(make.variant(price_amount=400), (1, 400))
    assert journal(variant) == [(400, "SEK")]


def test_a_price_that_is_refused_is_not_written_down():
    variant = make.variant(price_amount=400)
    with pytest.raises(catalog.BadPrice):
        changed(variant, (1, 0))
    assert journal(variant) == [(400, "SEK")]


def test_the_journal_cannot_be_changed():
    make.variant()
    for change in (
        lambda: PriceChange.objects.update(price_amount=1),
        lambda: PriceChange.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


def test_a_reduction_is_struck_against_the_lowest_price_of_the_30_days_before():
    variant = changed(
        make.variant(price_amount=449_00), (40, 419_00), (50, 450_00), (56, 389_00)
    )
    assert (variant.was_amount, variant.reduced_at) == (419_00, make.AT + 56 * DAY)


def test_a_price_of_31_days_ago_that_still_applied_counts():
    variant = changed(make.variant(price_amount=300), (10, 500), (39, 350))
    assert variant.was_amount is None


def test_a_price_that_ended_more_than_30_days_ago_does_not_count():
    variant = changed(make.variant(price_amount=300), (10, 500), (41, 350))
    assert variant.was_amount == 500


def test_a_price_raised_for_a_day_to_be_lowered_again_is_no_reduction():
    variant = changed(make.variant(price_amount=300), (60, 500), (61, 300))
    assert (variant.was_amount, variant.reduced_at) == (None, None)
    variant = changed(make.variant(price_amount=300), (60, 500), (61, 290))
    assert variant.was_amount == 300


def test_raising_the_price_ends_the_reduction():
    variant = changed(make.variant(price_amount=500), (40, 400), (41, 450))
    assert (variant.was_amount, variant.reduced_at) == (None, None)


def test_reducing_again_compares_with_the_lowest_of_the_30_days_before_that():
    variant = changed(make.variant(price_amount=500), (40, 400), (50, 300))
    assert variant.was_amount == 400


def test_a_price_nobody_could_buy_at_cannot_be_struck():
    """Hidden, raised, shown again after the 30 days, and reduced at once."""
    variant = make.variant(price_amount=300)
    product = variant.product
    catalog.hide(product=product, at=make.AT + DAY)
    changed(variant, (2, 900))
    catalog.publish(product=product, at=make.AT + 60 * DAY)
    assert changed(variant, (61, 500)).was_amount is None
    assert changed(variant, (62, 290)).was_amount == 300


def test_a_variant_off_sale_cannot_be_raised_meanwhile():
    product = make.product(sizes=("S", "M"), price_amount=300)
    small = product.variants.get(position=0)
    catalog.set_on_sale(variant=small, on_sale=False, at=make.AT + DAY)
    changed(small, (2, 900))
    catalog.set_on_sale(variant=small, on_sale=True, at=make.AT + 60 * DAY)
    assert changed(small, (61, 500)).was_amount is None


def test_on_offer_for_30_days_again_the_new_price_may_be_struck():
    variant = make.variant(price_amount=300)
    catalog.hide(product=variant.product, at=make.AT + DAY)
    changed(variant, (2, 900))
    catalog.publish(product=variant.product, at=make.AT + 60 * DAY)
    assert changed(variant, (91, 500)).was_amount == 900


def test_what_was_cheaper_as_a_draft_was_no_price():
    product = make.product(price_amount=100, is_live=False)
    variant = product.variants.get()
    catalog.change_price(variant=variant, price_amount=500, at=make.AT + DAY)
    make.photo(product)
    catalog.publish(product=product, at=make.AT + 2 * DAY)
    assert changed(variant, (5, 400)).was_amount == 500


def test_a_draft_is_not_reduced():
    variant = make.product(price_amount=500, is_live=False).variants.get()
    assert changed(variant, (40, 400)).was_amount is None


def test_a_reduction_ends_when_the_price_has_stood_for_30_days():
    variant = changed(make.variant(price_amount=500), (40, 400))
    assert prices.end_reductions(at=make.AT + 70 * DAY - timedelta(seconds=1)) == 0
    assert prices.end_reductions(at=make.AT + 70 * DAY) == 1
    variant.refresh_from_db()
    assert (variant.was_amount, variant.reduced_at) == (None, None)
    assert prices.end_reductions(at=make.AT + 71 * DAY) == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"was_amount": 900},
        {"was_amount": 100, "reduced_at": make.AT},
        {"reduced_at": make.AT},
    ],
)
def test_the_database_refuses_a_struck_figure_that_is_no_reduction(fields):
    variant = make.variant(price_amount=500)
    with pytest.raises(IntegrityError), transaction.atomic():
        Variant.objects.filter(pk=variant.pk).update(**fields)


def test_a_card_is_struck_only_when_all_at_its_price_are_reduced():
    product = make.product(sizes=("S", "M", "L"), price_amount=500)
    small, medium, _large = product.variants.order_by("position")
    changed(small, (40, 400))
    assert queries.card_of(queries.product_list()[0]).was_amount == 500
    changed(medium, (41, 450), (42, 400))
    assert queries.card_of(queries.product_list()[0]).was_amount == 450
    changed(medium, (43, 600), (80, 400))
    changed(small, (50, 390), (51, 400))
    card = queries.card_of(queries.product_list()[0])
    assert (card.amount, card.was_amount, card.is_from) == (400, None, True)


def test_a_list_of_cards_with_struck_prices_takes_three_queries(
    django_assert_num_queries,
):
    shop = make.shop()
    for number in range(8):
        changed(make.variant(shop=shop, title=f"Cup {number}"), (40, 400))
    with django_assert_num_queries(3):
        cards = [queries.card_of(product) for product in queries.product_list()]
    assert {card.was_amount for card in cards} == {32_000}


def test_the_history_begins_with_the_price_that_applied_30_days_ago():
    variant = changed(
        make.variant(price_amount=300), (10, 500), (20, 450), (60, 400), (70, 420)
    )
    rows = prices.history(variant=variant, at=make.AT + 80 * DAY)
    assert [row.price_amount for row in rows] == [450, 400, 420]
