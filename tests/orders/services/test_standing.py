"""Stars and a shop's figures: counted from rows, and silent while there are too few."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache

from orders.models import SellerOrder
from orders.services import standing
from sellers.services import questions
from tests.factories import feedback, orders, sellers

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
AT = orders.AT + 30 * DAY


@pytest.fixture(autouse=True)
def _fresh_counters():
    cache.clear()


@pytest.mark.parametrize(
    ("counts", "average"),
    [
        ((0, 0, 0, 0, 0), "0"),
        ((1, 0, 0, 0, 0), "5"),
        ((67, 13, 4, 1, 1), "4.7"),
        ((13, 7, 0, 0, 0), "4.7"),  # 4.65
        ((0, 0, 1, 0, 1), "2"),
        ((1, 2, 0, 0, 0), "4.3"),
    ],
)
def test_the_average_has_one_decimal_half_up(counts, average):
    assert standing.Rating(counts=counts).average == Decimal(average)


def test_stars_are_counted_for_the_product_and_for_its_shop():
    cup = sellers.variant()
    bowl = sellers.variant(shop=cup.product.shop)
    feedback.review(cup, rating=5)
    feedback.review(cup, rating=2)
    feedback.review(bowl, rating=4)
    feedback.review(rating=1)
    assert standing.rating_of(product=cup.product).counts == (1, 0, 0, 1, 0)
    assert standing.shop_rating(shop=cup.product.shop).counts == (1, 1, 0, 1, 0)


def test_a_shop_of_four_reviews_has_no_stars_and_of_five_it_has():
    cup = sellers.variant(stock=50)
    for number in range(5):
        assert standing.record_of(shop=cup.product.shop, at=AT).rating is None, number
        feedback.review(cup, rating=4)
    found = standing.record_of(shop=cup.product.shop, at=AT).rating
    assert found is not None
    assert (found.number, found.average) == (5, Decimal(4))


def parts(variant, number):
    for _each in range(number):
        orders.order((variant, 1))
    return list(SellerOrder.objects.order_by("pk"))


def test_sent_on_time_counts_the_late_the_unsent_and_not_the_cancelled():
    cup = sellers.variant(stock=50)
    shop = cup.product.shop
    sent = parts(cup, 12)
    # Promised within 4 days, so the last moment is 3 days after the payment.
    for part in sent[:7]:
        part.fulfilled_at = orders.AT + 3 * DAY
        part.save()
    for part in sent[7:9]:
        part.fulfilled_at = orders.AT + 3 * DAY + timedelta(seconds=1)
        part.save()
    soon = orders.AT + 2 * DAY
    assert standing.record_of(shop=shop, at=soon).on_time_percent is None
    SellerOrder.objects.filter(pk__in=[one.pk for one in sent[11:]]).update(
        status="cancelled"
    )
    # 7 in time, 2 late, 2 never sent; the cancelled one does not count.
    assert standing.record_of(shop=shop, at=AT).on_time_percent == 63
    assert standing.record_of(shop=shop, at=AT + 200 * DAY).on_time_percent is None


def test_the_time_to_answer_is_the_median_from_five_questions_on():
    product = sellers.product()
    at = sellers.AT + 20 * DAY
    for hours in (1, 2, 30, 3):
        feedback.answered(product, hours=hours)
    assert standing.record_of(shop=product.shop, at=at).reply_hours is None
    feedback.answered(product, hours=60)
    record = standing.record_of(shop=product.shop, at=at)
    assert (record.reply_hours, record.reply_days) == (3, 0)


def test_questions_without_an_answer_make_the_median_longer_and_then_silent():
    product = sellers.product()
    at = sellers.AT + 20 * DAY
    for hours in (1, 2, 30):
        feedback.answered(product, hours=hours)
    for _each in range(2):
        feedback.question(product)
    record = standing.record_of(shop=product.shop, at=at)
    assert (record.reply_hours, record.reply_days) == (30, 2)
    feedback.question(product)
    assert standing.record_of(shop=product.shop, at=at).reply_hours is None
    # A question of a moment ago has still time; hidden ones never count.
    fresh = {"since": sellers.AT - DAY, "at": sellers.AT + timedelta(hours=1)}
    assert questions.reply_hours(shop=product.shop, **fresh) is None
