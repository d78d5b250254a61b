"""Reviews at the same moment: one a line, and stars that are counted, never guessed."""

import pytest

from marketplace.kit import clock
from orders.models import Review
from orders.services import reviews, standing, together
from tests.factories import feedback, orders, sellers

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
THREADS = 6


def test_a_form_sent_many_times_at_once_is_one_review(at_once, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    line = feedback.line_of(feedback.arrived())
    product = line.variant.product

    def send(number):
        try:
            feedback.write(
                feedback.line_of(line.seller_order.order),
                rating=number % 5 + 1,
                picture=feedback.picture(),
            )
        except reviews.AlreadyReviewed:
            return "already"
        return "written"

    assert at_once(THREADS, send) == {"written": 1, "already": THREADS - 1}
    written = Review.objects.get()
    rating = standing.rating_of(product=product)
    assert (rating.number, rating.average) == (1, written.rating)
    # What the others uploaded is gone.
    assert len(list(tmp_path.rglob("*.webp"))) == len(written.photo) == 2


def test_written_changed_and_hidden_at_once_the_stars_are_those_of_the_rows(at_once):
    cup = sellers.variant(stock=50)
    kept = [feedback.review(cup, rating=3) for _each in range(3)]
    lines = [
        feedback.line_of(feedback.arrived((cup, 1), email=f"b{number}@example.com"))
        for number in range(3)
    ]

    def do(number):
        if number % 3 == 0:
            feedback.write(lines[number // 3], rating=5)
            return "written"
        review = kept[number // 3]
        try:
            if number % 3 == 1:
                reviews.edit(
                    review=review,
                    rating=1,
                    text="",
                    shows_name=False,
                    picture=None,
                    drops_photo=False,
                    at=clock.now(),
                )
                return "changed"
            reviews.hide(review=review, reason="Spam", actor="7", at=clock.now())
        except reviews.HiddenReview:
            return "too late"
        return "hidden"

    outcomes = at_once(9, do)
    assert (outcomes["written"], outcomes["hidden"]) == (3, 3)
    assert outcomes["changed"] + outcomes["too late"] == 3
    assert standing.rating_of(product=cup.product).counts == (3, 0, 0, 0, 0)


def test_counted_twice_at_once_the_pairs_are_there_once(at_once):
    cup, bowl = sellers.variant(title="Cup"), sellers.variant(title="Bowl")
    for number in range(3):
        orders.order((cup, 1), (bowl, 1), email=f"b{number}@example.com")
    at = clock.now()
    assert at_once(4, lambda _number: together.count(at=at)) == {2: 4}
    assert [one.title for one in together.bought_with(product=cup.product)] == ["Bowl"]
