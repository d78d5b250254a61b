"""Disputes as the platform sees them, from the withdrawal to the appeal."""

import datetime

import pytest

from marketplace import gateway
from marketplace.gateway import sandbox_control
from tests.marketplace.gateway import asking, moving

pytestmark = pytest.mark.usefixtures("sandbox")

PDF = b"%PDF-1.7 receipt"
DAY = datetime.timedelta(days=1)


def opened(**more):
    intent_id = moving.paid().payment_intent_id
    dispute_id = sandbox_control.open_dispute(payment_intent_id=intent_id, **more)
    return gateway.fetch_dispute(dispute_id=dispute_id)


def answer(dispute, submit=True, **evidence):
    return gateway.submit_evidence(
        dispute_id=dispute.dispute_id,
        evidence=evidence,
        submit=submit,
        key=asking.key(),
    )


def decide(dispute, outcome):
    sandbox_control.close_dispute(dispute_id=dispute.dispute_id, outcome=outcome)
    return gateway.fetch_dispute(dispute_id=dispute.dispute_id)


def test_chargeback_tells_what_was_taken_and_until_when_to_answer():
    payment = moving.paid()

    dispute_id = sandbox_control.open_dispute(
        payment_intent_id=payment.payment_intent_id
    )

    dispute = gateway.fetch_dispute(dispute_id=dispute_id)
    (line,) = dispute.balance_lines
    assert dispute == gateway.DisputeFacts(
        dispute_id=dispute_id,
        charge_id=payment.charge_id,
        payment_intent_id=payment.payment_intent_id,
        status="needs_response",
        reason="fraudulent",
        amount=8_736,
        currency="EUR",
        evidence_due_at=dispute.created_at + 14 * DAY,
        has_evidence=False,
        submissions=0,
        balance_lines=(line,),
        created_at=dispute.created_at,
    )
    assert (line.type, line.amount, line.fee_amount, line.net_amount) == (
        "adjustment",
        -8_736,
        1_500,
        -10_236,
    )
    assert line.source_id == dispute_id
    assert gateway.list_disputes(since=dispute.created_at) == [dispute]
    assert gateway.list_disputes(since=dispute.created_at + DAY) == []


def test_answer_with_a_file_is_kept_and_then_submitted_once():
    dispute = opened()
    file_id = gateway.upload_evidence(file=PDF, filename="r.pdf", key=asking.key())

    kept = answer(dispute, submit=False, receipt=file_id)
    sent = answer(dispute, uncategorized_text="Delivered on Tuesday.")

    assert (kept.status, kept.has_evidence, kept.submissions) == (
        "needs_response",
        True,
        0,
    )
    assert (sent.status, sent.submissions) == ("under_review", 1)
    with pytest.raises(gateway.Refused):
        answer(dispute, uncategorized_text="And again.")


def test_same_key_uploads_one_file():
    key = asking.key()

    made = [
        gateway.upload_evidence(file=PDF, filename="r.pdf", key=key) for _ in range(2)
    ]

    assert made[0] == made[1]


def test_file_of_another_kind_is_refused():
    with pytest.raises(gateway.Refused, match="JPEG, PNG or PDF"):
        gateway.upload_evidence(file=b"MZ", filename="a.exe", key=asking.key())


def test_won_brings_the_amount_back():
    won = decide(opened(), "won")

    assert won.status == "won"
    assert [line.net_amount for line in won.balance_lines] == [-10_236, 8_736]


def test_lost_then_appealed_then_won():
    dispute = decide(opened(), "lost")
    sandbox_control.appeal_dispute(dispute_id=dispute.dispute_id)
    dispute = gateway.fetch_dispute(dispute_id=dispute.dispute_id)
    assert dispute.status == "appeal_needs_response"
    assert dispute.evidence_due_at > dispute.created_at
    files = [
        gateway.upload_evidence(file=PDF + mark, filename="r.pdf", key=asking.key())
        for mark in (b"1", b"2")
    ]

    dispute = answer(
        dispute, reason_for_filing="New proof.", supporting_files=",".join(files)
    )

    assert (dispute.status, dispute.submissions) == ("appeal_under_review", 1)
    assert [line.net_amount for line in decide(dispute, "won").balance_lines] == [
        -10_236,
        8_736,
    ]


def test_accepting_loses_it_and_a_second_time_is_refused():
    dispute = opened()

    assert gateway.accept_dispute(dispute_id=dispute.dispute_id).status == "lost"

    with pytest.raises(gateway.Refused):
        gateway.accept_dispute(dispute_id=dispute.dispute_id)


def test_inquiry_moves_no_money_until_it_escalates():
    dispute = opened(inquiry=True)
    assert (dispute.status, dispute.balance_lines) == ("warning_needs_response", ())

    dispute = decide(dispute, "escalated")

    assert dispute.status == "needs_response"
    assert [line.net_amount for line in dispute.balance_lines] == [-10_236]


def test_unanswered_dispute_is_lost_by_the_clock():
    dispute = opened()

    sandbox_control.advance_clock(seconds=14 * DAY)

    found = gateway.fetch_dispute(dispute_id=dispute.dispute_id)
    assert found.status == "lost"


def test_part_of_a_payment_is_disputed():
    dispute = opened(amount=2_205, reason="product_unacceptable")

    assert (dispute.amount, dispute.reason) == (2_205, "product_unacceptable")


def test_dispute_or_payment_that_is_not_there():
    with pytest.raises(gateway.NotFound):
        gateway.fetch_dispute(dispute_id="dp_none")
    with pytest.raises(gateway.NotFound):
        gateway.accept_dispute(dispute_id="dp_none")
    with pytest.raises(gateway.GatewayError, match="404"):
        sandbox_control.open_dispute(payment_intent_id="pi_none")
