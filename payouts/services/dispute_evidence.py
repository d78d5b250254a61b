"""What is answered to a buyer's bank: texts and files, added by staff or by the seller
of the goods, sent once by staff or by itself on the last day, never changed after.
"""

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from marketplace import gateway
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.models import AuditEvent
from payouts.models import (
    ConnectedAccount,
    Dispute,
    DisputeEvidence,
    DisputeStatus,
    EvidenceKind,
)
from payouts.services import disputes

logger = logging.getLogger(__name__)

# Kind → the provider's field.
TEXTS = {
    EvidenceKind.EXPLANATION: "uncategorized_text",
    EvidenceKind.DESCRIPTION: "product_description",
    EvidenceKind.CARRIER: "shipping_carrier",
    EvidenceKind.TRACKING: "shipping_tracking_number",
}
FILES = {
    EvidenceKind.RECEIPT: "receipt",
    EvidenceKind.CONVERSATION: "customer_communication",
    EvidenceKind.DELIVERY: "shipping_documentation",
    EvidenceKind.OTHER: "uncategorized_file",
}
# What the provider takes of all files together, and of one text.
FILES_MAX_BYTES = 4_500_000
TEXT_MAX_LENGTH = 20_000
TYPES = {
    b"%PDF-": ("application/pdf", ".pdf"),
    b"\x89PNG\r\n\x1a\n": ("image/png", ".png"),
    b"\xff\xd8\xff": ("image/jpeg", ".jpg"),
}
SENT_BY_ITSELF = timedelta(hours=24)
BY_ITSELF = "schedule"
BATCH = 50


class EvidenceClosed(MarketplaceError):
    """This dispute takes no evidence any more. Nothing was added."""

    status_code = 409


class EvidenceRefused(MarketplaceError):
    """This cannot be used as evidence. Nothing was added."""

    status_code = 422


class NothingToSubmit(MarketplaceError):
    """There is no evidence yet. Add what happened, then send it."""

    status_code = 409


class ProviderRefused(MarketplaceError):
    """Stripe did not take this. Nothing was sent to the bank; look at the dispute anew."""

    status_code = 409


class TryAgain(MarketplaceError):
    """Stripe did not answer. Nothing is lost, and nothing is sent twice; try again."""

    status_code = 503


class ReasonNeeded(MarketplaceError):
    """Say why. Nothing was done; the reason is kept with it."""


def is_open(dispute: Dispute) -> bool:
    """Say whether the bank waits for an answer to this dispute."""
    return dispute.status in disputes.ANSWERABLE


def add(
    *,
    dispute: Dispute,
    kind: str,
    text: str,
    file: "UploadedFile[Any] | None",
    actor: str,
    account: ConnectedAccount | None,
    at: datetime,
) -> DisputeEvidence:
    """Add what came with a form: a file for the kinds that are files, else the text.

    :raises EvidenceClosed: the bank waits for no answer.
    :raises EvidenceRefused: as `add_text` and `add_file`.
    """
    if kind not in FILES:
        return add_text(
            dispute=dispute,
            kind=EvidenceKind(kind),
            text=text,
            actor=actor,
            account=account,
            at=at,
        )
    if file is None or (file.size or 0) > FILES_MAX_BYTES:
        raise EvidenceRefused(
            _("All files together may have 4.5 MB. Nothing was added.")
        )
    return add_file(
        dispute=dispute,
        kind=EvidenceKind(kind),
        content=file.read(),
        filename=file.name or "",
        actor=actor,
        account=account,
        at=at,
    )


def add_text(
    *,
    dispute: Dispute,
    kind: EvidenceKind,
    text: str,
    actor: str,
    account: ConnectedAccount | None,
    at: datetime,
) -> DisputeEvidence:
    """Add a text; `account` is the seller who adds it, None for staff.

    :raises EvidenceClosed: the bank waits for no answer.
    :raises EvidenceRefused: it is empty or too long, or no kind of text.
    """
    _check_open(dispute)
    text = text.strip()
    if kind not in TEXTS or not text:
        raise EvidenceRefused(_("Write something. Nothing was added."))
    earlier = _unsent(dispute).filter(kind=kind).values_list("text", flat=True)
    if len(_joined([*earlier, text])) > TEXT_MAX_LENGTH:
        raise EvidenceRefused(
            _("The bank reads at most 20,000 characters of this. Nothing was added.")
        )
    return DisputeEvidence.objects.create(
        dispute=dispute,
        kind=kind,
        text=text,
        account=account,
        added_by=actor,
        added_at=at,
    )


def add_file(
    *,
    dispute: Dispute,
    kind: EvidenceKind,
    content: bytes,
    filename: str,
    actor: str,
    account: ConnectedAccount | None,
    at: datetime,
) -> DisputeEvidence:
    """Add a file: PDF, PNG or JPEG by what is in it, one of each kind, 4.5 MB together.

    :raises EvidenceClosed: the bank waits for no answer.
    :raises EvidenceRefused: another type, too large, or a second one of its kind.
    """
    _check_open(dispute)
    found = [known for magic, known in TYPES.items() if content.startswith(magic)]
    if kind not in FILES or not found:
        raise EvidenceRefused(
            _("A file has to be a PDF, PNG or JPEG. Nothing was added.")
        )
    unsent = _unsent(dispute)
    size: int = unsent.aggregate(sum=Sum("size"))["sum"] or 0
    if size + len(content) > FILES_MAX_BYTES:
        raise EvidenceRefused(
            _("All files together may have 4.5 MB. Nothing was added.")
        )
    if unsent.filter(kind=kind).exists():
        raise EvidenceRefused(
            _("There is a file of this kind already. Nothing was added; take another.")
        )
    content_type, ending = found[0]
    return DisputeEvidence.objects.create(
        dispute=dispute,
        kind=kind,
        file=content,
        filename=(PurePath(filename).stem[:100] or "file") + ending,
        content_type=content_type,
        size=len(content),
        account=account,
        added_by=actor,
        added_at=at,
    )


def submit(*, dispute: Dispute, actor: str, at: datetime) -> Dispute:
    """Send all evidence that was added to the bank. It can be sent once; an appeal takes
    what was added since.

    :raises EvidenceClosed: the bank waits for no answer.
    :raises NothingToSubmit: nothing was added.
    :raises ProviderRefused: the provider said no.
    :raises TryAgain: the provider did not answer.
    """
    _check_open(dispute)
    pieces = list(_unsent(dispute).order_by("pk"))
    if not pieces:
        raise NothingToSubmit
    try:
        for piece in pieces:
            if piece.file is not None and not piece.provider_file_id:
                piece.provider_file_id = gateway.upload_evidence(
                    file=bytes(piece.file),
                    filename=piece.filename,
                    key=f"evd:{piece.public_id}:1",
                )
                piece.save(update_fields=["provider_file_id"])
        fields = _fields(dispute, pieces)
        facts = gateway.submit_evidence(
            dispute_id=dispute.provider_id,
            evidence=fields,
            submit=True,
            key=_key(dispute, fields),
        )
    except gateway.Refused as problem:
        raise ProviderRefused from problem
    except gateway.GatewayError as problem:
        raise TryAgain from problem
    DisputeEvidence.objects.filter(pk__in=[piece.pk for piece in pieces]).update(
        submitted_at=at
    )
    _audit("dispute.submit", dispute, actor, "", {"pieces": len(pieces)}, at=at)
    return disputes.apply(facts=facts, at=at)


def accept(*, dispute: Dispute, reason: str, actor: str, at: datetime) -> Dispute:
    """Give a dispute up: the buyer keeps the money and the parties bear it.

    :raises ReasonNeeded: without a reason.
    :raises EvidenceClosed: there is nothing to give up.
    :raises ProviderRefused: the provider said no.
    :raises TryAgain: the provider did not answer.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise ReasonNeeded
    _check_open(dispute)
    try:
        facts = gateway.accept_dispute(dispute_id=dispute.provider_id)
    except gateway.Refused as problem:
        raise ProviderRefused from problem
    except gateway.GatewayError as problem:
        raise TryAgain from problem
    _audit("dispute.accept", dispute, actor, reason, {}, at=at)
    return disputes.apply(facts=facts, at=at)


def submit_due(*, at: datetime) -> None:
    """Send what was added and not sent when a bank's time to answer is nearly over."""
    waiting = (
        Dispute.objects.filter(
            status__in=disputes.ANSWERABLE,
            evidence_due_at__lte=at + SENT_BY_ITSELF,
            evidence__submitted_at=None,
            evidence__isnull=False,
        )
        .distinct()
        .order_by("evidence_due_at", "pk")
    )
    for dispute in waiting[:BATCH]:
        try:
            submit(dispute=dispute, actor=BY_ITSELF, at=at)
        except MarketplaceError as problem:
            logger.warning("evidence of %s was not sent: %s", dispute, problem.message)


def _unsent(dispute: Dispute) -> "QuerySet[DisputeEvidence]":
    return dispute.evidence.filter(submitted_at=None)


def _check_open(dispute: Dispute) -> None:
    dispute.refresh_from_db()
    if not is_open(dispute):
        raise EvidenceClosed


def _fields(dispute: Dispute, pieces: Sequence[DisputeEvidence]) -> dict[str, str]:
    """Put the pieces into the provider's fields; an appeal has but two."""
    if dispute.status == DisputeStatus.APPEAL_NEEDS_RESPONSE:
        files = [piece.provider_file_id for piece in pieces if piece.provider_file_id]
        return {
            "reason_for_filing": _joined([p.text for p in pieces if p.text]),
            "supporting_files": ",".join(files),
        }
    fields: dict[str, str] = {}
    for piece in pieces:
        kind = EvidenceKind(piece.kind)
        if kind in FILES:
            fields[FILES[kind]] = piece.provider_file_id
        else:
            name = TEXTS[kind]
            fields[name] = _joined([fields.get(name, ""), piece.text])
    return fields


def _joined(texts: Sequence[str]) -> str:
    return "\n\n".join(text for text in texts if text)


def _key(dispute: Dispute, fields: dict[str, str]) -> str:
    """Make the key of sending exactly this: pressing twice sends once."""
    digest = hashlib.sha256(repr(sorted(fields.items())).encode()).hexdigest()
    return f"dsp:{dispute.public_id}:{dispute.submissions + 1}:{digest[:16]}"


def _audit(
    action: str,
    dispute: Dispute,
    actor: str,
    reason: str,
    details: dict[str, object],
    *,
    at: datetime,
) -> None:
    AuditEvent.objects.create(
        actor=actor,
        action=action,
        reference=dispute.public_id,
        reason=reason,
        details=details,
        at=at,
    )
