import io

import pytest
import stripe

from tests.marketplace.sandbox import client as hands

DAY = 86_400
FRAUD = "4000000000000259"
PNG = b"\x89PNG\r\n\x1a\n and so on"


class Named(io.BytesIO):
    name = "receipt.png"


def opened(world, charge=None, **asked):
    """Return a dispute of a charge of 87.36 EUR."""
    charge = charge or world.paid()
    found = world.control(
        "POST", "disputes", payment_intent=charge.payment_intent, **asked
    )
    return world.v1.disputes.retrieve(found["id"])


def decide(world, dispute, outcome):
    world.control("POST", f"disputes/{dispute.id}/close", outcome=outcome)
    return world.v1.disputes.retrieve(dispute.id)


def answer(world, dispute, submit=True, **evidence):
    return world.v1.disputes.update(
        dispute.id, {"evidence": evidence, "submit": submit}
    )


def upload(world, content=PNG):
    return world.v1.files.create(
        {"purpose": "dispute_evidence", "file": Named(content)},
        {"idempotency_key": "file:1"},
    )


def events(world):
    return [
        event.type.removeprefix("charge.dispute.")
        for event in reversed(world.v1.events.list({"limit": 100}).data)
        if event.type.startswith("charge.dispute.")
    ]


def refused(world, dispute, **params):
    before = dispute.to_dict(), world.balance()
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        world.v1.disputes.update(dispute.id, params)
    assert (world.v1.disputes.retrieve(dispute.id).to_dict(), world.balance()) == before
    return refusal.value


def test_chargeback_takes_the_amount_and_a_fee_at_once(world):
    charge = world.paid()

    dispute = opened(world, charge)

    assert dispute.id.startswith("dp_1")
    assert (dispute.amount, dispute.currency) == (8_736, "eur")
    assert (dispute.charge, dispute.payment_intent) == (
        charge.id,
        charge.payment_intent,
    )
    assert (dispute.status, dispute.reason) == ("needs_response", "fraudulent")
    assert dispute.evidence_details.due_by == world.now + 14 * DAY
    assert dispute.evidence_details.submission_count == 0
    assert dispute.is_charge_refundable is False
    (line,) = dispute.balance_transactions
    assert (line.type, line.reporting_category) == ("adjustment", "dispute")
    assert (line.amount, line.fee, line.net) == (-8_736, 1_500, -10_236)
    assert [(part.amount, part.description) for part in line.fee_details] == [
        (1_500, "Dispute fee")
    ]
    assert line.source == dispute.id
    assert world.balance() == (1_000_000 - 10_236, 8_580)
    assert world.v1.charges.retrieve(charge.id).disputed is True
    assert events(world) == ["created", "funds_withdrawn"]


def test_part_of_a_charge_can_be_disputed(world):
    dispute = opened(world, amount=2_205, reason="product_not_received")

    assert (dispute.amount, dispute.reason) == (2_205, "product_not_received")
    assert dispute.balance_transactions[0].net == -3_705


@pytest.mark.parametrize("amount", [0, -5, 8_737])
def test_more_than_the_charge_cannot_be_disputed(world, amount):
    charge = world.paid()
    body = b'{"payment_intent": "%s", "amount": %d}'
    answered = hands.send(
        world.sandbox,
        "POST",
        f"{hands.BASE}/_sandbox/disputes",
        body=body % (charge.payment_intent.encode(), amount),
    )

    assert answered.status == 400
    assert world.v1.disputes.list().data == []
    assert world.balance() == (1_000_000, 8_580)


def test_charge_is_disputed_once(world):
    charge = world.paid()
    opened(world, charge)

    with pytest.raises(AssertionError, match="disputed already"):
        opened(world, charge)

    assert len(world.v1.disputes.list().data) == 1


def test_answer_is_staged_and_then_reviewed(world):
    dispute = opened(world)
    file = upload(world)

    staged = answer(world, dispute, submit=False, receipt=file.id)
    sent = answer(world, dispute, uncategorized_text="Delivered on Tuesday.")

    assert (staged.status, staged.evidence_details.has_evidence) == (
        "needs_response",
        True,
    )
    assert staged.evidence_details.submission_count == 0
    assert (sent.status, sent.evidence.receipt) == ("under_review", file.id)
    assert sent.evidence.uncategorized_text == "Delivered on Tuesday."
    details = sent.evidence_details
    assert (details.submission_count, details.submission_method) == (1, "manual")
    assert details.past_due is False
    assert events(world)[2:] == ["updated", "updated"]
    refusal = refused(world, sent, evidence={"uncategorized_text": "And again."})
    assert "under_review" in str(refusal)


def test_won_gives_the_amount_back_and_keeps_the_fee(world):
    dispute = opened(world)
    answer(world, dispute, uncategorized_text="Delivered.")

    won = decide(world, dispute, "won")

    assert won.status == "won"
    withdrawn, back = won.balance_transactions
    assert withdrawn.net == -10_236
    assert (back.type, back.reporting_category) == ("adjustment", "dispute_reversal")
    assert (back.amount, back.fee, back.net, back.source) == (8_736, 0, 8_736, won.id)
    assert world.balance() == (1_000_000 - 1_500, 8_580)
    assert events(world)[-2:] == ["closed", "funds_reinstated"]


def test_switch_returns_the_fee_with_a_win(world):
    world.control("POST", "switches/dispute_fee", value="returned")

    won = decide(world, opened(world), "won")

    assert won.balance_transactions[1].net == 10_236
    assert world.balance() == (1_000_000, 8_580)


def test_lost_moves_nothing_more(world):
    lost = decide(world, opened(world), "lost")

    assert (lost.status, len(lost.balance_transactions)) == ("lost", 1)
    assert world.balance() == (1_000_000 - 10_236, 8_580)
    assert events(world)[-1] == "closed"


def test_appeal_of_a_lost_dispute_is_won(world):
    dispute = decide(world, opened(world), "lost")
    world.control("POST", f"disputes/{dispute.id}/appeal")
    dispute = world.v1.disputes.retrieve(dispute.id)
    assert dispute.status == "appeal_needs_response"
    assert dispute.evidence_details.due_by == world.now + 7 * DAY
    file = upload(world)
    other = refused(world, dispute, evidence={"uncategorized_text": "Not here."})
    assert other.param == "evidence[appeal]"

    card = {"reason_for_filing": "New proof.", "supporting_files": [file.id]}
    dispute = answer(world, dispute, appeal={"card": card})

    assert dispute.status == "appeal_under_review"
    assert dispute.evidence.appeal.card.supporting_files == [file.id]
    assert dispute.evidence_details.submission_count == 1
    won = decide(world, dispute, "won")
    assert [line.net for line in won.balance_transactions] == [-10_236, 8_736]
    assert world.balance() == (1_000_000 - 1_500, 8_580)


def test_appeal_can_be_lost_again(world):
    dispute = decide(world, opened(world), "lost")
    world.control("POST", f"disputes/{dispute.id}/appeal")
    card = {"reason_for_filing": "Look again."}
    answer(world, dispute, appeal={"card": card})

    assert decide(world, dispute, "lost").status == "lost"
    assert world.balance() == (1_000_000 - 10_236, 8_580)


def test_only_a_lost_dispute_is_appealed(world):
    dispute = opened(world)

    with pytest.raises(AssertionError, match="not lost"):
        world.control("POST", f"disputes/{dispute.id}/appeal")


def test_appeal_fields_before_an_appeal_are_refused(world):
    dispute = opened(world)

    refusal = refused(
        world, dispute, evidence={"appeal": {"card": {"reason_for_filing": "x"}}}
    )

    assert refusal.param == "evidence[appeal]"


def test_nobody_answered_in_time_is_lost(world):
    dispute = opened(world)
    answer(world, dispute, submit=False, uncategorized_text="Forgotten.")

    world.advance(14 * DAY - 1)
    assert world.v1.disputes.retrieve(dispute.id).status == "needs_response"
    world.advance(1)

    assert world.v1.disputes.retrieve(dispute.id).status == "lost"
    closed = world.v1.events.list({"type": "charge.dispute.closed"}).data
    assert [event.created for event in closed] == [dispute.evidence_details.due_by]


def test_answer_in_time_is_not_lost_by_the_clock(world):
    dispute = answer(world, opened(world), uncategorized_text="Delivered.")

    world.advance(100 * DAY)

    assert world.v1.disputes.retrieve(dispute.id).status == "under_review"


def test_appeal_that_nobody_answers_is_lost(world):
    dispute = decide(world, opened(world), "lost")
    world.control("POST", f"disputes/{dispute.id}/appeal")

    world.advance(7 * DAY)

    assert world.v1.disputes.retrieve(dispute.id).status == "lost"


def test_accepting_loses_the_dispute(world):
    dispute = world.v1.disputes.close(opened(world).id)

    assert dispute.status == "lost"
    with pytest.raises(stripe.InvalidRequestError, match="cannot be closed"):
        world.v1.disputes.close(dispute.id)


def test_inquiry_moves_no_money_and_leaves_the_charge_refundable(world):
    charge = world.paid()

    dispute = opened(world, charge, inquiry=True)

    assert dispute.status == "warning_needs_response"
    assert dispute.balance_transactions == []
    assert dispute.is_charge_refundable is True
    assert world.v1.charges.retrieve(charge.id).disputed is False
    assert world.balance() == (1_000_000, 8_580)
    assert answer(world, dispute, uncategorized_text="Hello.").status == (
        "warning_under_review"
    )
    assert decide(world, dispute, "warning_closed").status == "warning_closed"
    assert world.balance() == (1_000_000, 8_580)
    assert events(world) == ["created", "updated", "closed"]


def test_inquiry_escalates_to_a_chargeback(world):
    dispute = opened(world, inquiry=True)
    world.advance(DAY)

    dispute = decide(world, dispute, "escalated")

    assert (dispute.status, dispute.is_charge_refundable) == ("needs_response", False)
    assert dispute.evidence_details.due_by == world.now + 14 * DAY
    assert [line.net for line in dispute.balance_transactions] == [-10_236]
    assert events(world)[-1] == "funds_withdrawn"


def test_inquiry_that_nobody_answers_ends_without_money(world):
    dispute = opened(world, inquiry=True)

    world.advance(119 * DAY)
    assert world.v1.disputes.retrieve(dispute.id).status == "warning_needs_response"
    world.advance(DAY)

    assert world.v1.disputes.retrieve(dispute.id).status == "warning_closed"
    assert world.balance() == (1_008_580, 0)


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_inquiry_is_neither_won_nor_lost(world, outcome):
    dispute = opened(world, inquiry=True)

    with pytest.raises(AssertionError, match="not to be"):
        decide(world, dispute, outcome)


def test_prevented_dispute_takes_the_amount_without_a_fee(world):
    charge = world.paid()

    dispute = opened(world, charge, prevented=True)

    assert (dispute.status, dispute.evidence_details.due_by) == ("prevented", None)
    assert [line.net for line in dispute.balance_transactions] == [-8_736]
    assert world.v1.charges.retrieve(charge.id).disputed is True
    assert events(world) == ["created", "funds_withdrawn", "closed"]
    assert "prevented" in str(refused(world, dispute, evidence={"customer_name": "A"}))


@pytest.mark.parametrize(
    ("text", "status"), [("winning_evidence", "won"), ("losing_evidence", "lost")]
)
def test_magic_words_decide_at_once(world, text, status):
    dispute = opened(world)

    assert answer(world, dispute, uncategorized_text=text).status == status


def test_card_that_is_disputed_opens_its_dispute_by_itself(world):
    session = world.session()
    assert world.pay(session, FRAUD).status == 303

    (dispute,) = world.v1.disputes.list().data

    assert (dispute.status, dispute.reason, dispute.amount) == (
        "needs_response",
        "fraudulent",
        8_736,
    )
    assert world.v1.charges.retrieve(dispute.charge).disputed is True
    session = world.v1.checkout.sessions.retrieve(session.id)
    assert session.payment_status == "paid"


def test_other_disputed_cards_have_their_own_reason_and_kind(world):
    for number in ("4000000000002685", "4000000000001976"):
        world.pay(world.session(), number)

    found = [(one.status, one.reason) for one in world.v1.disputes.list().data]

    assert found == [
        ("warning_needs_response", "fraudulent"),
        ("needs_response", "product_not_received"),
    ]


def test_disputes_are_found_by_charge_intent_and_time(world):
    first = opened(world)
    world.advance(10)
    second = opened(world)

    def found(**filters):
        return [one.id for one in world.v1.disputes.list(filters).data]

    assert found() == [second.id, first.id]
    assert found(charge=first.charge) == [first.id]
    assert found(payment_intent=second.payment_intent) == [second.id]
    assert found(created={"gte": second.created}) == [second.id]


def test_metadata_can_be_written_at_any_time_and_submits_nothing(world):
    dispute = opened(world)

    dispute = world.v1.disputes.update(dispute.id, {"metadata": {"case": "7"}})

    assert dispute.metadata.to_dict() == {"case": "7"}
    assert dispute.status == "needs_response"


def test_evidence_must_be_there_to_be_submitted(world):
    assert "no evidence" in str(refused(world, opened(world), submit=True))


@pytest.mark.parametrize(
    ("evidence", "param"),
    [
        ({"uncategorized_text": "x" * 20_001}, "evidence[uncategorized_text]"),
        ({"receipt": "file_none"}, "evidence[receipt]"),
        ({"colour": "red"}, "evidence[colour]"),
    ],
)
def test_evidence_that_cannot_be_taken_is_named(world, evidence, param):
    assert refused(world, opened(world), evidence=evidence).param == param


def test_file_is_uploaded_once_under_one_key(world):
    file = upload(world)

    assert file.id.startswith("file_1")
    assert (file.purpose, file.size, file.type) == ("dispute_evidence", len(PNG), "png")
    assert file.filename == "receipt.png"
    assert upload(world).id == file.id
    assert world.v1.files.retrieve(file.id).size == len(PNG)
    assert [one.id for one in world.v1.files.list().data] == [file.id]
    with pytest.raises(stripe.IdempotencyError):
        upload(world, PNG + b"other")


def test_file_of_two_megabytes_with_any_bytes_arrives_whole(world):
    content = PNG + bytes(range(256)) * 8_000 + b"\r\n--x--\r\n"

    assert upload(world, content).size == len(content)


@pytest.mark.parametrize("content", [b"", b"MZ program", b"<html>"])
def test_file_of_another_type_is_refused(world, content):
    with pytest.raises(stripe.InvalidRequestError, match="JPEG, PNG or PDF"):
        upload(world, content)

    assert world.v1.files.list().data == []


def test_file_that_is_too_large_is_refused(world):
    with pytest.raises(stripe.InvalidRequestError, match="4.5 MB"):
        upload(world, PNG + b"0" * 4_500_000)
    with pytest.raises(stripe.APIError, match="too large"):
        upload(world, PNG + b"0" * 5_500_000)


def test_step_that_is_refused_changes_nothing(world):
    dispute = opened(world)
    before = world.journal(), events(world)

    with pytest.raises(AssertionError, match="not to be"):
        decide(world, dispute, "warning_closed")

    assert (world.journal(), events(world)) == before
