"""Questions: asked by somebody known, public once answered, put away as spam."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache

from marketplace.kit import jobs, limits
from marketplace.kit.models import AuditEvent, Outbox
from sellers.models import Question
from sellers.services import questions
from tests.factories import feedback
from tests.factories import sellers as make

pytestmark = pytest.mark.django_db
LATER = make.AT + timedelta(hours=3)


@pytest.fixture(autouse=True)
def _fresh_counters():
    cache.clear()


def public(product) -> list[str]:
    return [one.text for one in questions.public_of(product=product)]


def test_a_question_is_public_once_it_is_answered():
    asked = feedback.question()
    assert (asked.status, asked.shop) == ("waiting", asked.product.shop)
    assert public(asked.product) == []
    questions.answer(question=asked, text=" Yes. ", at=LATER)
    asked.refresh_from_db()
    assert (asked.status, asked.answer, asked.answered_at) == (
        "answered",
        "Yes.",
        LATER,
    )
    assert public(asked.product) == ["Is it safe in a dishwasher?"]


def test_the_shop_is_told_of_it_and_then_the_asker_once():
    maja = make.user("maja@example.com")
    asked = feedback.question(asker=maja, language="en")
    jobs.drain()
    (to_shop,) = mail.outbox
    assert to_shop.to == ["shop@example.com"]
    assert "Is it safe in a dishwasher?" in to_shop.body
    assert "maja" not in to_shop.body + to_shop.subject
    assert f"/sell/{asked.shop.public_id}/questions" in to_shop.body
    questions.answer(question=asked, text="Yes.", at=LATER)
    questions.answer(question=asked, text="Yes, it is.", at=LATER)
    jobs.drain()
    assert len(mail.outbox) == 2
    to_asker = mail.outbox[1]
    assert to_asker.to == ["maja@example.com"]
    assert "Yes, it is." in to_asker.body
    assert asked.product.get_absolute_url() in to_asker.body
    html = to_asker.alternatives[0].content
    assert html.count('class="button"') == 1


def test_a_title_of_two_lines_adds_no_header_to_a_mail():
    product = make.product()
    type(product).objects.filter(pk=product.pk).update(title="Cup\nBcc: x@example.com")
    feedback.question(product.__class__.objects.get(pk=product.pk))
    jobs.drain()
    assert "\n" not in mail.outbox[0].subject
    assert mail.outbox[0].to == ["shop@example.com"]


def test_a_form_sent_twice_asks_once():
    product, asker = make.product(), make.user()
    feedback.question(product, asker=asker)
    feedback.question(product, asker=asker)
    assert Question.objects.count() == 1
    assert Outbox.objects.count() == 1


def test_nothing_is_no_question_and_no_answer():
    with pytest.raises(questions.NothingAsked):
        feedback.question(text=" \u200b\n ")
    asked = feedback.question()
    with pytest.raises(questions.NothingAnswered):
        questions.answer(question=asked, text=" ", at=LATER)
    asked.refresh_from_db()
    assert (Question.objects.count(), asked.status) == (1, "waiting")


def test_one_person_asks_three_at_once_about_a_thing_and_ten_a_day():
    product, asker = make.product(), make.user()
    for number in range(3):
        feedback.question(product, asker=asker, text=f"Question {number}?")
    with pytest.raises(questions.StillWaiting):
        feedback.question(product, asker=asker, text="And?")
    for number in range(7):
        feedback.question(asker=asker, text=f"Other {number}?")
    with pytest.raises(limits.TooMany):
        feedback.question(asker=asker, text="Eleventh?")
    assert Question.objects.count() == 10


def test_a_shop_puts_spam_away_and_takes_it_out_again():
    asked = feedback.answered()
    questions.hide(question=asked)
    assert public(asked.product) == []
    questions.show_again(question=asked)
    assert len(public(asked.product)) == 1
    spam = feedback.question(asked.product, text="Buy pills")
    questions.hide(question=spam)
    questions.show_again(question=spam)
    spam.refresh_from_db()
    assert spam.status == "waiting"


def test_a_hidden_question_is_not_mailed():
    asked = feedback.question()
    jobs.drain()
    questions.answer(question=asked, text="Yes.", at=LATER)
    questions.hide(question=asked)
    jobs.drain()
    assert len(mail.outbox) == 1


def test_what_staff_hide_no_shop_shows_again():
    asked = feedback.answered()
    said = {"question": asked, "actor": "7", "at": LATER}
    with pytest.raises(questions.ReasonMissing):
        questions.judge(hidden=True, reason="", **said)
    assert questions.judge(hidden=True, reason="Hate", **said)
    assert not questions.judge(hidden=True, reason="Hate", **said)
    for act in (
        lambda: questions.show_again(question=asked),
        lambda: questions.answer(question=asked, text="But", at=LATER),
    ):
        with pytest.raises(questions.HiddenQuestion):
            act()
    asked.refresh_from_db()
    assert (asked.hidden_by, asked.hidden_reason) == ("staff", "Hate")
    assert asked.answer == "Yes, on the upper rack."
    assert questions.judge(hidden=False, reason="A joke", **said)
    assert len(public(asked.product)) == 1
    events = AuditEvent.objects.filter(reference=asked.public_id)
    assert [one.action for one in events.order_by("pk")] == [
        "question.hide",
        "question.show",
    ]


def test_a_person_gets_his_questions_and_leaves_no_name_behind():
    maja = make.user("maja@example.com")
    kept = feedback.answered(asker=maja)
    feedback.question(kept.product, asker=maja, text="And in an oven?")
    other = feedback.question(kept.product)
    given = questions.export_of(user=maja)
    assert [one["text"] for one in given] == [
        "Is it safe in a dishwasher?",
        "And in an oven?",
    ]
    assert questions.erase(user=maja) == 2
    kept.refresh_from_db()
    assert kept.asker is None
    assert set(Question.objects.all()) == {kept, other}
    assert questions.export_of(user=maja) == []
