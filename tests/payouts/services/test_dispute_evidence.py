"""What is answered to a bank: collected, checked, sent once."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from marketplace.gateway import sandbox_control
from marketplace.kit import clock
from marketplace.kit.models import AuditEvent
from payouts.models import DisputeEvidence, EvidenceKind
from payouts.services import dispute_evidence as service
from tests.factories import disputes, market

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n" + b"1" * 600
KIND = EvidenceKind


@pytest.fixture
def dispute(books):
    market.take_in_topups()
    shop = market.shop()
    order = market.buy(market.cart((market.variant(shop, price_amount=10_000), 1)))
    return disputes.opened(order)


def text(dispute, words="It was delivered.", kind=KIND.EXPLANATION):
    return service.add_text(
        dispute=dispute,
        kind=kind,
        text=words,
        actor="7",
        account=None,
        at=clock.now(),
    )


def file(dispute, content=PDF, kind=KIND.RECEIPT, name="receipt.pdf"):
    return service.add_file(
        dispute=dispute,
        kind=kind,
        content=content,
        filename=name,
        actor="7",
        account=None,
        at=clock.now(),
    )


def submit(dispute):
    return service.submit(dispute=dispute, actor="7", at=clock.now())


def calls(ending: str) -> list[dict]:
    return [
        line["request"]
        for line in sandbox_control.journal()
        if line["path"].endswith(ending) and line["outcome"] == "executed"
    ]


def test_text_and_files_reach_the_bank_in_the_providers_fields(dispute):
    text(dispute, "It was delivered.")
    text(dispute, "The buyer wrote to thank us.")
    text(dispute, "3SABC", KIND.TRACKING)
    file(dispute)

    after = submit(dispute)

    assert (after.status, after.submissions) == ("under_review", 1)
    (sent,) = calls(dispute.provider_id)
    evidence = sent["evidence"]
    assert evidence["uncategorized_text"] == (
        "It was delivered.\n\nThe buyer wrote to thank us."
    )
    assert evidence["shipping_tracking_number"] == "3SABC"
    assert evidence["receipt"].startswith("file_")
    assert not DisputeEvidence.objects.filter(submitted_at=None)
    assert AuditEvent.objects.get(action="dispute.submit").actor == "7"


@pytest.mark.parametrize(
    ("content", "name", "kept", "as_type"),
    [
        (PDF, "my paper.exe", "my paper.pdf", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n" + b"1" * 50, "photo", "photo.png", "image/png"),
        (b"\xff\xd8\xff\xe0" + b"1" * 50, "x/../a.jpeg", "a.jpg", "image/jpeg"),
    ],
)
def test_a_file_is_what_is_in_it_whatever_its_name(
    dispute, content, name, kept, as_type
):
    made = file(dispute, content, name=name)
    assert (made.filename, made.content_type, made.size) == (
        kept,
        as_type,
        len(content),
    )


@pytest.mark.parametrize(
    "content", [b"", b"<html><script>", b"GIF89a", PDF + b"1" * 4_500_000]
)
def test_another_type_or_too_much_is_refused_and_nothing_is_kept(dispute, content):
    with pytest.raises(service.EvidenceRefused):
        file(dispute, content)
    assert not DisputeEvidence.objects.exists()


def test_all_files_together_are_bounded_and_each_kind_is_taken_once(dispute):
    file(dispute, PDF + b"1" * 3_000_000)
    with pytest.raises(service.EvidenceRefused, match="4.5 MB"):
        file(dispute, PDF + b"1" * 2_000_000, KIND.DELIVERY)
    with pytest.raises(service.EvidenceRefused, match="of this kind already"):
        file(dispute)
    assert DisputeEvidence.objects.count() == 1


def test_an_upload_is_not_read_when_it_is_too_large(dispute):
    class Large(SimpleUploadedFile):
        def read(self, *_args):
            raise AssertionError("it was read")

    large = Large("a.pdf", PDF)
    large.size = 5_000_000
    with pytest.raises(service.EvidenceRefused):
        service.add(
            dispute=dispute,
            kind="receipt",
            text="",
            file=large,
            actor="7",
            account=None,
            at=clock.now(),
        )


def test_text_longer_than_the_bank_reads_is_refused(dispute):
    text(dispute, "a" * 15_000)
    with pytest.raises(service.EvidenceRefused):
        text(dispute, "b" * 5_000)
    assert DisputeEvidence.objects.count() == 1


def test_evidence_is_sent_once_and_then_closed(dispute):
    text(dispute)
    submit(dispute)

    with pytest.raises(service.EvidenceClosed):
        submit(dispute)
    with pytest.raises(service.EvidenceClosed):
        text(dispute)

    assert len(calls(dispute.provider_id)) == 1


def test_nothing_is_not_sent(dispute):
    with pytest.raises(service.NothingToSubmit):
        submit(dispute)
    assert calls(dispute.provider_id) == []


def test_a_lost_answer_can_be_tried_again_and_is_sent_once(dispute):
    text(dispute)
    file(dispute)
    sandbox_control.arm_fault(match="POST /v1/disputes/*", do="timeout_after_commit")

    with pytest.raises(service.TryAgain):
        submit(dispute)
    assert DisputeEvidence.objects.filter(submitted_at=None).count() == 2
    after = submit(dispute)

    assert (after.status, after.submissions) == ("under_review", 1)
    assert len(calls("/v1/files")) == 1
    assert len(calls(dispute.provider_id)) == 1


def test_giving_up_needs_a_reason_and_makes_the_parties_bear_it(dispute):
    with pytest.raises(service.ReasonNeeded):
        service.accept(dispute=dispute, reason=" ", actor="7", at=clock.now())
    assert calls("/close") == []

    after = service.accept(
        dispute=dispute, reason="It never left the shop", actor="7", at=clock.now()
    )

    assert (after.status, after.lost_at is None) == ("lost", False)
    assert AuditEvent.objects.get(action="dispute.accept").reason == (
        "It never left the shop"
    )
    with pytest.raises(service.EvidenceClosed):
        service.accept(dispute=dispute, reason="again", actor="7", at=clock.now())


def test_an_appeal_takes_what_was_added_since(dispute):
    text(dispute, "losing_evidence")
    submit(dispute)
    lost = disputes.fetched(dispute.provider_id)
    assert lost.status == "lost"
    sandbox_control.appeal_dispute(dispute.provider_id)
    disputes.fetched(dispute.provider_id)

    text(dispute, "winning_evidence")
    file(dispute)
    after = submit(dispute)

    assert (after.status, after.restored_at is None) == ("won", False)
    appeal = calls(dispute.provider_id)[-1]["evidence"]["appeal"]["card"]
    assert appeal["reason_for_filing"] == "winning_evidence"
    assert len(appeal["supporting_files"]) == 1


def test_what_nobody_sent_goes_by_itself_on_the_last_day(dispute):
    text(dispute)
    service.submit_due(at=clock.now())
    assert calls(dispute.provider_id) == []

    at = market.advance(timedelta(days=13, hours=2))
    service.submit_due(at=at)

    dispute.refresh_from_db()
    assert dispute.status == "under_review"
    assert AuditEvent.objects.get(action="dispute.submit").actor == "schedule"
