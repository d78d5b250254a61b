"""Pages of questions: to ask, to read, and the shop's list."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sellers.models import Question
from tests.factories import feedback
from tests.factories import sellers as make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_counters():
    cache.clear()


def ask_url(product) -> str:
    return f"/en/products/{product.public_id}/ask"


def test_a_stranger_signs_in_first_and_comes_back(client):
    product = make.product()
    answer = client.get(ask_url(product))
    assert answer.status_code == 302
    assert answer["Location"] == f"/account/login/?next={ask_url(product)}"
    assert client.post(ask_url(product), {"text": "Is it blue?"}).status_code == 302
    assert Question.objects.count() == 0


def test_somebody_asks_and_is_led_back_to_the_product(client):
    product, asker = make.product(), make.user("maja@example.com")
    client.force_login(asker)
    assert (
        f'href="{ask_url(product)}"'
        in client.get(product.get_absolute_url()).content.decode()
    )
    assert "maja@example.com" in client.get(ask_url(product)).content.decode()
    answer = client.post(ask_url(product), {"text": "Is it blue?\x00"[:-1]})
    assert answer["Location"] == product.get_absolute_url()
    question = Question.objects.get()
    assert (question.text, question.asker) == ("Is it blue?", asker)


@pytest.mark.parametrize("text", ["", "   ", "x" * 501, "a\x00b"])
def test_too_little_and_too_much_is_refused(client, text):
    client.force_login(make.user())
    answer = client.post(ask_url(make.product()), {"text": text})
    assert answer.status_code == 422
    assert Question.objects.count() == 0


def test_nothing_is_asked_about_what_is_not_live(client):
    client.force_login(make.user())
    draft = make.product(is_live=False)
    assert client.post(ask_url(draft), {"text": "Is it blue?"}).status_code == 404
    assert Question.objects.count() == 0


def test_the_product_page_shows_the_newest_three_as_words(client):
    product = make.product()
    for number in range(3):
        feedback.answered(product, text=f"Number {number}?", hours=number)
    feedback.answered(product, text="<script>x</script>", hours=9)
    feedback.question(product, text="Still waiting?")
    text = client.get(product.get_absolute_url()).content.decode()
    assert "&lt;script&gt;x&lt;/script&gt;" in text
    assert "<script>x" not in text
    assert "Number 1?" in text
    assert "Number 0?" not in text
    assert "Still waiting?" not in text
    assert "Read all questions" in text
    all_of_them = client.get(f"/en/products/{product.public_id}/questions")
    assert "Number 0?" in all_of_them.content.decode()
    assert "Still waiting?" not in all_of_them.content.decode()


def test_a_shop_answers_hides_and_shows(client):
    owner = make.user()
    product = make.product(shop=make.shop(owner=owner))
    asked = feedback.question(product)
    shop = product.shop.public_id
    client.force_login(owner)
    home = client.get(reverse("sell:home", args=[shop])).content.decode()
    assert "1 question to answer" in home
    listed = reverse("sell:questions", args=[shop])
    assert "Is it safe in a dishwasher?" in client.get(listed).content.decode()
    url = reverse("sell:question", args=[shop, asked.public_id])
    steps = [
        ({"do": "hide"}, "hidden"),
        ({"do": "show"}, "waiting"),
        ({"do": "answer", "text": "  "}, "waiting"),
        ({"do": "answer", "text": "Yes.\x00"}, "answered"),
    ]
    for sent, status in steps:
        assert client.post(url, sent)["Location"] == listed
        asked.refresh_from_db()
        assert asked.status == status
    assert asked.answer == "Yes."
    assert client.post(url, {"do": "delete"}).status_code == 404
    for state in ("answered", "hidden", "waiting", "x"):
        assert client.get(listed, {"state": state}).status_code == 200


def test_another_shop_neither_reads_nor_answers(client):
    asked = feedback.question()
    other = make.user()
    theirs = make.shop(owner=other)
    client.force_login(other)
    for shop in (asked.shop.public_id, theirs.public_id):
        url = reverse("sell:question", args=[shop, asked.public_id])
        assert client.post(url, {"do": "answer", "text": "Ha"}).status_code == 404
    asked.refresh_from_db()
    assert asked.status == "waiting"
    page = client.get(reverse("sell:questions", args=[theirs.public_id]))
    assert "dishwasher" not in page.content.decode()


@pytest.mark.parametrize("number", [1, 8])
def test_the_shops_list_takes_the_same_queries(client, number):
    owner = make.user()
    product = make.product(shop=make.shop(owner=owner))
    for _each in range(number):
        feedback.question(product)
    client.force_login(owner)
    url = reverse("sell:questions", args=[product.shop.public_id])
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    # session, user, is a seller; shop; counts; count, questions
    assert len(asked) == 7


def test_staff_hide_a_question_with_a_reason(client):
    client.force_login(make.user(is_staff=True, is_superuser=True))
    asked = feedback.answered()
    url = reverse("admin:question-judge", args=[asked.pk])
    client.post(url, {"hides": "1", "reason": "Hate"})
    asked.refresh_from_db()
    assert (asked.status, asked.hidden_by, asked.hidden_reason) == (
        "hidden",
        "staff",
        "Hate",
    )
    for name in ("changelist", "change"):
        args = [asked.pk] if name == "change" else []
        page = client.get(reverse(f"admin:sellers_question_{name}", args=args))
        assert page.status_code == 200
