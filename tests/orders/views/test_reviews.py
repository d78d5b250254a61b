"""Pages of reviews: the buyer's form by link and account, the product, the shop."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace.kit import clock
from orders.models import Review
from orders.services import links, reviews, together
from sellers.models import Product
from tests.factories import feedback, orders, sellers

pytestmark = pytest.mark.django_db
LATER = timedelta(days=6)


@pytest.fixture(autouse=True)
def _fresh(settings, tmp_path):
    cache.clear()
    settings.MEDIA_ROOT = tmp_path


def link(order, line=None) -> str:
    token = links.make(order=order, at=clock.now())
    found = line or feedback.line_of(order)
    return reverse("orders:review", args=[token, found.public_id])


def upload() -> SimpleUploadedFile:
    return SimpleUploadedFile("cup.jpg", feedback.picture().read(), "image/jpeg")


def page(client, product) -> str:
    response = client.get(product.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


class TestBuyer:
    def test_a_guest_reviews_by_the_link_of_the_order(self, client):
        order = feedback.arrived()
        url = link(order)
        order_page = client.get(url.rpartition("/review/")[0])
        assert f'href="{url}"' in order_page.content.decode()
        form = client.get(url).content.decode()
        assert form.count('type="radio"') == 5
        assert "Maja N." in form
        sent = {"rating": "5", "text": "Light.", "shows_name": "on", "photo": upload()}
        answer = client.post(url, sent)
        assert answer.status_code == 303
        written = Review.objects.get()
        assert (written.rating, written.text, written.author) == (
            5,
            "Light.",
            "Maja N.",
        )
        assert len(written.photo) == 2
        again = client.get(url.rpartition("/review/")[0]).content.decode()
        assert "Your review: 5 stars. Change it" in again

    def test_a_signed_in_buyer_reviews_and_removes_in_the_account(self, client):
        user = sellers.user()
        order = feedback.arrived(user=user)
        line = feedback.line_of(order)
        client.force_login(user)
        url = reverse("orders:my-review", args=[order.public_id, line.public_id])
        back = reverse("orders:my-order", args=[order.public_id])
        assert f'href="{url}"' in client.get(back).content.decode()
        assert client.post(url, {"rating": "2"})["Location"] == back
        assert Review.objects.get().rating == 2
        client.post(url, {"rating": "3", "text": "Better."})
        assert (Review.objects.get().rating, Review.objects.get().text) == (
            3,
            "Better.",
        )
        client.post(url, {"action": "remove"})
        assert Review.objects.count() == 0

    def test_nobody_reviews_by_a_link_what_is_anothers(self, client):
        mine, foreign = feedback.arrived(), feedback.arrived()
        url = link(mine, feedback.line_of(foreign))
        assert client.get(url).status_code == 404
        assert client.post(url, {"rating": "1"}).status_code == 404
        assert Review.objects.count() == 0

    def test_what_has_not_arrived_has_no_form_and_no_way_to_it(self, client):
        order = orders.order()
        url = link(order)
        assert (
            "/review/" not in client.get(url.rpartition("/review/")[0]).content.decode()
        )
        assert client.get(url).status_code == 409
        assert client.post(url, {"rating": "5"}).status_code == 409
        assert Review.objects.count() == 0

    @pytest.mark.parametrize("rating", ["", "0", "6", "five", "5.5", "\x00"])
    def test_other_than_five_stars_is_refused_with_words_kept(self, client, rating):
        url = link(feedback.arrived())
        answer = client.post(url, {"rating": rating, "text": "Kept words"})
        assert answer.status_code == 422
        assert "Kept words" in answer.content.decode()
        assert Review.objects.count() == 0

    def test_a_file_that_is_no_picture_is_refused_with_words(self, client):
        bad = SimpleUploadedFile("x.svg", b"<svg onload='x'/>", "image/svg+xml")
        answer = client.post(link(feedback.arrived()), {"rating": "4", "photo": bad})
        assert answer.status_code == 422
        assert "not a JPEG, PNG or WebP picture" in answer.content.decode()
        assert Review.objects.count() == 0

    def test_a_hidden_one_is_read_with_its_reason_and_not_changed(self, client):
        order = feedback.arrived()
        review = feedback.write(feedback.line_of(order))
        reviews.hide(review=review, reason="Names a person", actor="1", at=orders.AT)
        url = link(order)
        text = client.get(url).content.decode()
        assert "Names a person" in text
        assert 'name="rating"' not in text
        answer = client.post(url, {"rating": "1", "text": "Changed"})
        assert answer.status_code == 422
        review.refresh_from_db()
        assert (review.rating, review.text) == (4, "Sits well in the hand.")

    def test_twenty_changes_an_hour_are_enough(self, client):
        url = link(feedback.arrived())
        codes = [client.post(url, {"rating": "4"}).status_code for _each in range(21)]
        assert codes[:20] == [303] * 20
        assert codes[20] == 429


class TestProductPage:
    def test_it_shows_stars_number_distribution_words_photo_and_reply(self, client):
        cup = sellers.variant(stock=50)
        for rating in (5, 5, 4):
            feedback.review(cup, rating=rating)
        last = feedback.review(
            cup,
            rating=1,
            text="Broke at once.",
            picture=feedback.picture(),
            at=orders.AT + LATER,
        )
        reviews.reply(review=last, text="We sent a new one.", at=orders.AT + LATER)
        text = " ".join(page(client, cup.product).split())
        assert "4 reviews" in text
        assert (
            '"aggregateRating": {"@type": "AggregateRating", "ratingValue": "3.8", '
            '"reviewCount": 4, "bestRating": 5}'
        ) in text
        assert '<b class="rating-figure">3.8</b>' in text
        assert '<progress value="2" max="4"' in text
        assert text.index("Broke at once.") < text.index("Sits well in the hand.")
        assert "Studio Lera replies" in text
        assert "We sent a new one." in text
        assert last.photo[0]["path"] in text
        assert text.count("Verified buyer") == 3
        assert "Read all 4 reviews" in text
        assert "How we check reviews" in text
        assert "bought the product here, paid for it and received it" in text

    def test_without_reviews_there_are_no_stars(self, client):
        text = page(client, sellers.product())
        assert "Nobody has reviewed it yet." in text
        assert "rating-figure" not in text
        assert "How we check reviews" in text

    def test_markup_is_shown_as_words(self, client):
        evil = "<script>x</script><img src=x onerror=y> [a](javascript:z) {{ 7 }}"
        cup = sellers.variant()
        review = feedback.review(cup, text=evil)
        reviews.reply(review=review, text=evil, at=orders.AT)
        text = page(client, cup.product)
        assert (
            text.count("&lt;script&gt;x&lt;/script&gt;&lt;img src=x onerror=y&gt;") == 2
        )
        assert "<script>x" not in text
        assert "<img src=x" not in text
        assert 'href="javascript:' not in text

    def test_a_hidden_review_is_neither_shown_nor_counted(self, client):
        cup = sellers.variant()
        review = feedback.review(cup, text="Hidden words")
        reviews.hide(review=review, reason="Spam", actor="1", at=orders.AT)
        text = page(client, cup.product)
        assert "Hidden words" not in text
        assert "Nobody has reviewed it yet." in text

    def test_the_seller_block_tells_figures_once_there_are_enough(self, client):
        cup = sellers.variant(stock=50)
        lately = clock.now() - timedelta(days=9)
        sent = [feedback.arrived((cup, 1), at=lately) for _each in range(9)]
        for order in sent[:4]:
            feedback.write(feedback.line_of(order), rating=5)
        assert '<dl class="trust">' not in page(client, cup.product)
        feedback.write(feedback.line_of(sent[4]), rating=4)
        text = " ".join(page(client, cup.product).split())
        assert "<dt>Rating</dt><dd>4.8 of 5" in text
        assert "Sent on time" not in text
        feedback.arrived((cup, 1), at=lately)
        text = page(client, cup.product)
        assert "<dt>Sent on time</dt><dd>100\xa0%</dd>" in text

    def test_bought_together_and_more_like_this_stand_below(self, client):
        cup, bowl = sellers.variant(title="Cup"), sellers.variant(title="Bowl")
        sellers.variant(title="Jug")
        for number in range(3):
            orders.order((cup, 1), (bowl, 1), email=f"b{number}@example.com")
        together.count(at=orders.AT + LATER)
        text = page(client, cup.product)
        below = text[text.index("Often bought together") :]
        assert re.findall(r"pcard-name[^>]*>([^<]*)<", below) == ["Bowl", "Jug"]
        assert below.index("Bowl") < below.index("More like this") < below.index("Jug")

    @pytest.mark.parametrize("number", [1, 4])
    def test_it_takes_the_same_queries_however_much_there_is(self, client, number):
        cup = sellers.variant(stock=50)
        for each in range(number):
            feedback.review(cup, picture=feedback.picture())
            feedback.answered(cup.product, text=f"Question {each}?")
            bowl = sellers.variant(title=f"Bowl {each}")
            sellers.variant(title=f"Jug {each}")
            for buyer in range(3):
                orders.order((cup, 1), (bowl, 1), email=f"b{buyer}@example.com")
        together.count(at=orders.AT + LATER)
        with CaptureQueriesContext(connection) as asked:
            page(client, cup.product)
        # product, photos, variants, delivery, prices; stars, newest reviews; the shop's
        # stars, parcels, answers; questions; 3 of what was bought with it, 3 of what is
        # like it. The clock's row is read once a second.
        assert sum("clockoffset" not in one["sql"] for one in asked) == 18


class TestAllReviews:
    def test_they_are_paged_and_kept_apart_by_stars(self, client):
        cup = sellers.variant(stock=50)
        for number in range(12):
            feedback.review(cup, rating=5 if number else 2, text=f"Words {number}.")
        url = f"/en/products/{cup.product.public_id}/reviews"
        first = client.get(url).content.decode()
        assert first.count("<article") == 10
        assert "Words 11." in first
        assert client.get(url, {"page": "2"}).content.decode().count("<article") == 2
        some = client.get(url, {"stars": "2"}).content.decode()
        assert (some.count("<article"), "Words 0." in some) == (1, True)
        for odd in ("0", "9", "x", "\x00", "5%27"):
            assert client.get(url, {"stars": odd}).status_code == 200

    def test_of_what_is_not_live_there_are_none(self, client):
        product = sellers.product(is_live=False)
        url = f"/en/products/{product.public_id}/reviews"
        assert client.get(url).status_code == 404


class TestShop:
    def test_a_shop_reads_and_replies_and_another_cannot(self, client):
        owner, other = sellers.user(), sellers.user()
        cup = sellers.variant(shop=sellers.shop(owner=owner))
        elsewhere = sellers.shop(owner=other)
        review = feedback.review(cup, text="Nice cup.")
        shop = cup.product.shop
        client.force_login(owner)
        listed = reverse("orders:seller-reviews", args=[shop.public_id])
        assert "Nice cup." in client.get(listed).content.decode()
        url = reverse("orders:seller-reply", args=[shop.public_id, review.public_id])
        assert client.post(url, {"text": "Thank you."})["Location"] == listed
        review.refresh_from_db()
        assert review.reply == "Thank you."
        assert "Nice cup." not in client.get(listed, {"tab": "new"}).content.decode()
        client.force_login(other)
        theirs = reverse(
            "orders:seller-reply", args=[elsewhere.public_id, review.public_id]
        )
        for attempt in (url, theirs):
            assert client.post(attempt, {"text": "Ha"}).status_code == 404
        review.refresh_from_db()
        assert review.reply == "Thank you."

    @pytest.mark.parametrize("number", [1, 8])
    def test_the_list_takes_the_same_queries(self, client, number):
        owner = sellers.user()
        cup = sellers.variant(shop=sellers.shop(owner=owner), stock=50)
        for _each in range(number):
            feedback.review(cup)
        client.force_login(owner)
        url = reverse("orders:seller-reviews", args=[cup.product.shop.public_id])
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url).status_code == 200
        # session, user, is a seller; shop; stars; count, reviews
        assert len(asked) == 7


def test_staff_hide_and_show_a_review_with_a_reason(client):
    client.force_login(sellers.user(is_staff=True, is_superuser=True))
    review = feedback.review()
    url = reverse("admin:review-judge", args=[review.pk])
    assert client.get(url).status_code == 200
    client.post(url, {"hides": "1", "reason": ""})
    review.refresh_from_db()
    assert review.status == "shown"
    client.post(url, {"hides": "1", "reason": "Names a person"})
    review.refresh_from_db()
    assert (review.status, review.hidden_reason) == ("hidden", "Names a person")
    client.post(url, {"hides": "0", "reason": "Mistake"})
    review.refresh_from_db()
    assert review.status == "shown"
    for name in ("changelist", "change"):
        args = [review.pk] if name == "change" else []
        page = client.get(reverse(f"admin:orders_review_{name}", args=args))
        assert page.status_code == 200


def test_a_clerk_of_staff_without_the_right_hides_nothing(client):
    client.force_login(sellers.user(is_staff=True))
    review = feedback.review()
    url = reverse("admin:review-judge", args=[review.pk])
    assert client.post(url, {"hides": "1", "reason": "x"}).status_code == 403
    review.refresh_from_db()
    assert review.status == "shown"
    assert Product.objects.count() == 1
