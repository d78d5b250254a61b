"""Disputes: what a buyer's bank took back, and our answer to it."""

import io
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marketplace.gateway import balances, client
from marketplace.gateway.types import DisputeFacts

# Our names of what an appeal takes; Stripe keeps them apart from the first answer.
APPEAL_REASON = "reason_for_filing"
APPEAL_FILES = "supporting_files"


class _NamedFile(io.BytesIO):
    """Bytes with the name that the SDK sends along."""

    def __init__(self, content: bytes, name: str) -> None:
        super().__init__(content)
        self.name = name


def fetch_dispute(*, dispute_id: str) -> DisputeFacts:
    """Fetch a dispute as it is now.

    :raises NotFound: when Stripe knows no such dispute.
    """
    with client.answers() as stripe:
        dispute = stripe.v1.disputes.retrieve(dispute_id)
    return _facts(dispute)


def list_disputes(*, since: datetime) -> list[DisputeFacts]:
    """Fetch the disputes opened since a moment, newest first."""
    with client.answers() as stripe:
        disputes = stripe.v1.disputes.list(
            {
                "created": {"gte": int(since.timestamp())},
                "limit": client.PAGE_LENGTH,
            }
        )
        return [_facts(dispute) for dispute in disputes.auto_paging_iter()]


def submit_evidence(
    *, dispute_id: str, evidence: Mapping[str, str], submit: bool, key: str
) -> DisputeFacts:
    """Answer a dispute: keep evidence with Stripe, or with `submit` send it to the bank.

    `evidence` maps Stripe's field names to text or to the id of an uploaded file. It can
    be submitted once. While a dispute waits for an appeal the fields are
    `reason_for_filing` and `supporting_files`, several file ids parted by commas.

    :raises NotFound: when Stripe knows no such dispute or file.
    :raises Refused: when it takes no evidence now, or a field is not taken.
    :raises OutcomeUnknown: when nobody knows; repeat the key.
    """
    asked: Any = {"evidence": _evidence(evidence), "submit": submit}
    with client.answers() as stripe:
        dispute = stripe.v1.disputes.update(dispute_id, asked, {"idempotency_key": key})
    return _facts(dispute)


def accept_dispute(*, dispute_id: str) -> DisputeFacts:
    """Give a dispute up: it is lost, and that cannot be taken back but by an appeal.

    :raises NotFound: when Stripe knows no such dispute.
    :raises Refused: when it is under review or over.
    """
    # A second acceptance is refused, so each call may have a key of its own.
    with client.answers() as stripe:
        dispute = stripe.v1.disputes.close(
            dispute_id, {}, {"idempotency_key": f"accept:{uuid.uuid4()}"}
        )
    return _facts(dispute)


def upload_evidence(*, file: bytes, filename: str, key: str) -> str:
    """Upload a file for a dispute and return its id: JPEG, PNG or PDF up to 4.5 MB.

    :raises Refused: when it is no file of that kind or too large.
    :raises OutcomeUnknown: when nobody knows; repeat the key.
    """
    asked: Any = {"purpose": "dispute_evidence", "file": _NamedFile(file, filename)}
    with client.answers() as stripe:
        uploaded = stripe.v1.files.create(asked, {"idempotency_key": key})
    return uploaded.id


def _evidence(fields: Mapping[str, str]) -> dict[str, Any]:
    appeal: dict[str, Any] = {}
    if fields.get(APPEAL_REASON):
        appeal[APPEAL_REASON] = fields[APPEAL_REASON]
    if fields.get(APPEAL_FILES):
        appeal[APPEAL_FILES] = fields[APPEAL_FILES].split(",")
    asked: dict[str, Any] = {
        name: value
        for name, value in fields.items()
        if name not in (APPEAL_REASON, APPEAL_FILES)
    }
    if appeal:
        asked["appeal"] = {"card": appeal}
    return asked


def _facts(dispute: Any) -> DisputeFacts:
    details = dispute.evidence_details
    return DisputeFacts(
        dispute_id=dispute.id,
        charge_id=client.identifier(dispute.charge) or "",
        payment_intent_id=client.identifier(dispute.payment_intent),
        status=dispute.status,
        reason=dispute.reason,
        amount=dispute.amount,
        currency=dispute.currency.upper(),
        evidence_due_at=client.moment(details.due_by) if details.due_by else None,
        has_evidence=details.has_evidence,
        submissions=details.submission_count,
        balance_lines=tuple(
            balances.line_of(line) for line in dispute.balance_transactions
        ),
        created_at=client.moment(dispute.created),
    )
