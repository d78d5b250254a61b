"""Notices of illegal content: from the form to the decision and both sides' mails."""

from datetime import UTC, datetime

import pytest
from django.core import mail

from marketplace.kit import jobs
from marketplace.kit.models import AuditEvent
from marketplace.kit.states import NotAllowed
from marketplace.pages import reports
from marketplace.pages.models import Report
from sellers.models import ProductStatus
from tests.factories import creators as make_creators
from tests.factories import feedback
from tests.factories import sellers as make

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, 9, tzinfo=UTC)


def typed(**changed):
    return {
        "reason": "unsafe",
        "explanation": "The handle breaks and the tea is hot.",
        "name": "Maja Ek",
        "email": "maja@example.se",
        "is_honest": "on",
        "key": "form-1",
        **changed,
    }


@pytest.fixture
def cup(stripe):
    return make.product(title="Tall cup")


def send(client, cup, **changed):
    path = f"/en/report/product/{cup.public_id}"
    return client.post(path, typed(**changed))


def test_a_report_gets_a_number_at_once_and_a_receipt_by_mail(client, cup):
    response = send(client, cup)
    report = Report.objects.get()
    assert report.public_id in response.content.decode()
    assert (report.target_id, report.target_title) == (cup.public_id, "Tall cup")
    jobs.drain()
    (receipt,) = mail.outbox
    assert receipt.to == ["maja@example.se"]
    assert report.public_id in receipt.subject
    assert "Tall cup" in receipt.body


def test_a_form_sent_twice_makes_one_report(client, cup):
    first, second = send(client, cup), send(client, cup)
    number = Report.objects.get().public_id
    assert number in first.content.decode()
    assert number in second.content.decode()
    jobs.drain()
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"is_honest": ""},
        {"explanation": "bad"},
        {"reason": "unknown"},
        {"email": "nobody"},
        {"name": ""},
        {"email": ""},
    ],
)
def test_what_is_missing_is_named_and_nothing_is_kept(client, cup, changed):
    response = send(client, cup, **changed)
    assert response.status_code == 422
    assert "The handle breaks" in response.content.decode() or "bad" in str(changed)
    assert not Report.objects.exists()


def test_the_abuse_of_a_child_may_be_reported_by_nobody(client, cup):
    response = send(client, cup, reason="child", name="", email="")
    assert response.status_code == 200
    assert "Keep this number" in response.content.decode()
    jobs.drain()
    assert mail.outbox == []


def test_reports_from_one_address_are_limited(client, cup):
    statuses = [send(client, cup, key=f"k{n}").status_code for n in range(12)]
    assert statuses == [200] * 10 + [429, 429]
    assert Report.objects.count() == 10


def test_markup_in_a_report_stays_text(client, cup):
    send(client, cup, explanation="<script>alert(1)</script> is on it")
    staff = make.user(is_staff=True, is_superuser=True)
    client.force_login(staff)
    report = Report.objects.get()
    html = client.get(f"/admin/pages/report/{report.pk}/decide").content.decode()
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)" in html


@pytest.mark.parametrize("kind", ["post", "creator", "collection", "shop"])
def test_all_that_is_public_can_be_reported(client, stripe, kind):
    creator = make_creators.make_creator()
    things = {
        "creator": creator,
        "post": make_creators.make_post(creator),
        "collection": make_creators.make_collection(creator),
        "shop": make.shop(),
    }
    thing = things[kind]
    assert client.get(f"/en/report/{kind}/{thing.public_id}").status_code == 200
    page = client.get(thing.get_absolute_url()).content.decode()
    assert f"/en/report/{kind}/{thing.public_id}" in page


def test_a_review_taken_down_is_shown_no_more_and_its_buyer_reads_why(client, stripe):
    review = feedback.review(text="Sold to me by a liar")
    page = client.get(f"/en/report/review/{review.public_id}")
    assert page.status_code == 200
    shown = client.get(review.product.get_absolute_url()).content.decode()
    assert f"/en/report/review/{review.public_id}" in shown

    target = reports.target_of(type="review", id=review.public_id)
    report = submit_of(target)
    decide(report)
    jobs.drain()

    review.refresh_from_db()
    assert (review.status, review.hidden_reason) == ("hidden", "The maker recalled it.")
    buyer = review.line.seller_order.order.email
    assert [buyer] in [one.to for one in mail.outbox]


def test_a_question_taken_down_is_hidden_by_staff(client, stripe):
    question = feedback.answered()
    assert client.get(f"/en/report/question/{question.public_id}").status_code == 200

    decide(submit_of(reports.target_of(type="question", id=question.public_id)))

    question.refresh_from_db()
    assert (question.status, question.hidden_by) == ("hidden", "staff")


def test_a_question_without_an_answer_is_read_by_nobody_and_not_reported(
    client, stripe
):
    question = feedback.question()

    answer = client.get(f"/en/report/question/{question.public_id}")

    assert answer.status_code == 404


def test_there_is_nothing_to_report_where_there_is_nothing(client, stripe):
    draft = make.product(is_live=False)
    for path in (
        f"product/{draft.public_id}",
        "product/prod_nothing",
        "order/ord_1",
        f"post/{draft.public_id}",
    ):
        assert client.get(f"/en/report/{path}").status_code == 404


def report_of(cup):
    return submit_of(reports.target_of(type="product", id=cup.public_id))


def submit_of(target):
    return reports.submit(
        target=target,
        key="k",
        reason="unsafe",
        explanation="It breaks.",
        name="Maja Ek",
        email="maja@example.se",
        language="en",
        at=AT,
    )


def decide(report, **changed):
    said = {
        "decision": "removed",
        "statement": "The maker recalled it.",
        "ground": "GPSR, article 22",
        "actor": "7",
        **changed,
    }
    reports.decide(report=report, at=AT, **said)


def test_a_decision_takes_the_product_down_and_tells_both_sides_why(client, cup):
    report = report_of(cup)
    jobs.drain()
    mail.outbox.clear()
    decide(report)
    cup.refresh_from_db()
    assert cup.status == ProductStatus.BLOCKED
    assert client.get(cup.get_absolute_url()).status_code == 410
    jobs.drain()
    to_reporter, to_owner = mail.outbox
    assert to_reporter.to == ["maja@example.se"]
    assert to_owner.to == ["shop@example.com"]
    for one in (to_reporter, to_owner):
        assert "The maker recalled it." in one.body
        assert "GPSR, article 22" in one.body
    assert "maja@example.se" not in to_owner.body
    assert "Maja" not in to_owner.body
    event = AuditEvent.objects.get(reference=report.public_id)
    assert (event.action, event.actor) == ("report.removed", "7")


def test_what_is_left_is_told_to_the_reporter_only(cup):
    report = report_of(cup)
    jobs.drain()
    mail.outbox.clear()
    decide(report, decision="left")
    jobs.drain()
    assert [one.to for one in mail.outbox] == [["maja@example.se"]]
    cup.refresh_from_db()
    assert cup.status == ProductStatus.LIVE


@pytest.mark.parametrize("changed", [{"statement": " "}, {"ground": ""}])
def test_a_decision_without_reasons_decides_nothing(cup, changed):
    report = report_of(cup)
    with pytest.raises(reports.ReasonsMissing):
        decide(report, **changed)
    report.refresh_from_db()
    cup.refresh_from_db()
    assert (report.status, cup.status) == ("received", ProductStatus.LIVE)


def test_a_report_is_decided_once(cup):
    report = report_of(cup)
    decide(report, decision="left")
    with pytest.raises(NotAllowed):
        decide(report)
    cup.refresh_from_db()
    assert cup.status == ProductStatus.LIVE


def test_staff_decide_in_the_admin_and_others_may_not(client, cup):
    report = report_of(cup)
    path = f"/admin/pages/report/{report.pk}/decide"
    form = {"decision": "removed", "statement": "Recalled.", "ground": "GPSR"}
    clerk = make.user(is_staff=True)
    client.force_login(clerk)
    assert client.post(path, form).status_code == 403
    client.force_login(make.user(is_staff=True, is_superuser=True))
    assert "Tall cup" in client.get("/admin/pages/report/").content.decode()
    assert client.post(path, {**form, "decision": "odd"}).status_code == 200
    assert Report.objects.get().status == "received"
    assert client.post(path, form).status_code == 302
    assert Report.objects.get().decision == "removed"
