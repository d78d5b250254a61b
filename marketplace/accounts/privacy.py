"""A copy of all that is kept about a person, and the end of it.

A copy is made by a job and kept for EXPORT_DAYS. An erasure waits GRACE_DAYS, in which
it can be taken back; on its day it is done, or waits on while something still needs the
account. Each step leaves an AuditEvent that names nobody but the account's key.
"""

import io
import json
import logging
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import override

from marketplace.accounts import emails
from marketplace.accounts.models import (
    PrivacyFile,
    PrivacyKind,
    PrivacyRequest,
    PrivacyStatus,
    User,
)
from marketplace.kit import jobs, personal, spreadsheets
from marketplace.kit.errors import MarketplaceError, NotFound
from marketplace.kit.models import AuditEvent, ConsentRecord

logger = logging.getLogger(__name__)
EXPORT_DAYS = 7
GRACE_DAYS = 14
BATCH = 100


class AlreadyAsked(MarketplaceError):
    """You have asked for this already; it is on its way. Nothing was changed."""

    status_code = 409


class TooLate(MarketplaceError):
    """This cannot be taken back any more. Nothing was changed."""

    status_code = 409


def grace() -> timedelta:
    """Give how long an erasure can be taken back."""
    return timedelta(days=GRACE_DAYS)


# --- the copy -----------------------------------------------------------------------
def ask_export(
    *, user: User, consent_subject: str, language: str, at: datetime
) -> PrivacyRequest:
    """Ask for a copy; a job makes it and a mail says when it is there. A copy that is
    still there is replaced.

    :raises AlreadyAsked: one is being made.
    """
    with transaction.atomic():
        request = _ask(
            user=user,
            kind=PrivacyKind.EXPORT,
            consent_subject=consent_subject,
            language=language,
            at=at,
        )
        for before in user.privacy_requests.exports().filter(
            status=PrivacyStatus.READY
        ):
            _expire(before, at=at)
        jobs.enqueue("marketplace.accounts.tasks.make_export", request_id=request.pk)
    return request


def make_export(*, request: PrivacyRequest, at: datetime) -> None:
    """Make the copy that was asked for, and promise the mail. Made once."""
    if request.status != PrivacyStatus.REQUESTED:
        return
    tables = personal.export_of(user=request.user)
    records = ConsentRecord.objects.filter(subject=request.consent_subject or "-")
    tables["consents"] = [
        {
            "at": row.at.isoformat(),
            "version": row.version,
            "offered": row.offered,
            "allowed": row.allowed,
        }
        for row in records.order_by("pk")
    ]
    tables["privacy_requests"] = [
        {"kind": row.kind, "status": row.status, "asked_at": row.asked_at.isoformat()}
        for row in request.user.privacy_requests.order_by("pk")
    ]
    content = pack(tables)
    with transaction.atomic():
        request.move_to(
            PrivacyStatus.READY, at=at, due_at=at + timedelta(days=EXPORT_DAYS)
        )
        PrivacyFile.objects.create(request=request, content=content)
        jobs.enqueue("marketplace.accounts.tasks.mail", request_id=request.pk)


def pack(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> bytes:
    """Write each table as JSON, and as CSV that no spreadsheet calculates with."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in tables.items():
            text = json.dumps(list(rows), ensure_ascii=False, indent=1)
            archive.writestr(f"{name}.json", text)
            columns = list(dict.fromkeys(key for row in rows for key in row))
            if columns:
                lines = [columns] + [
                    [_cell(row.get(column)) for column in columns] for row in rows
                ]
                archive.writestr(f"{name}.csv", "".join(spreadsheets.csv_lines(lines)))
    return packed.getvalue()


def fetch(*, user: User, public_id: str, at: datetime) -> bytes:
    """Give a copy to whom it is about.

    :raises NotFound: it is somebody else's, not made yet, or over.
    """
    request = (
        PrivacyRequest.objects.visible_to(user)
        .exports()
        .filter(public_id=public_id, status=PrivacyStatus.READY, due_at__gt=at)
        .select_related("file")
        .first()
    )
    if request is None:
        raise NotFound
    _note(request, "export_fetched", at=at)
    return bytes(request.file.content)


def drop_old_exports(*, at: datetime) -> int:
    """Delete the copies whose days are over. Returns how many."""
    old = PrivacyRequest.objects.exports().filter(
        status=PrivacyStatus.READY, due_at__lte=at
    )
    rows = list(old.order_by("pk")[:BATCH])
    for row in rows:
        with transaction.atomic():
            _expire(row, at=at)
    return len(rows)


# --- the end ------------------------------------------------------------------------
def ask_erase(*, user: User, language: str, at: datetime) -> PrivacyRequest:
    """Ask to be erased after GRACE_DAYS; a mail says the day and the way back.

    :raises AlreadyAsked: it is asked for already.
    """
    with transaction.atomic():
        request = _ask(
            user=user,
            kind=PrivacyKind.ERASE,
            language=language,
            at=at,
            due_at=at + timedelta(days=GRACE_DAYS),
        )
        jobs.enqueue("marketplace.accounts.tasks.mail", request_id=request.pk)
    return request


def take_back(*, user: User, at: datetime) -> None:
    """Keep the account after all.

    :raises TooLate: nothing is asked for, or it is done.
    """
    request = PrivacyRequest.objects.visible_to(user).erasures().open().first()
    if request is None:
        raise TooLate
    with transaction.atomic():
        request.move_to(PrivacyStatus.TAKEN_BACK, at=at, closed_at=at, email="")
        _note(request, "erase_taken_back", at=at)


def erase_due(*, at: datetime) -> int:
    """Erase whose day has come, each by itself. Who is still needed waits, and the row
    says why; so does who could not be erased. Returns how many were erased.
    """
    due = PrivacyRequest.objects.erasures().open().filter(due_at__lte=at)
    erased = 0
    for request_id in list(due.order_by("due_at", "pk").values_list("pk", flat=True)):
        try:
            erased += erase(request_id=request_id, at=at)
        except Exception:
            logger.exception("privacy request %s: not erased yet", request_id)
    return erased


def erase(*, request_id: int, at: datetime) -> bool:
    """Erase the person of one request, unless something needs the account or the person
    took it back. Returns whether it was done.
    """
    with transaction.atomic():
        request = (
            PrivacyRequest.objects.select_for_update(of=("self",))
            .select_related("user")
            .get(pk=request_id)
        )
        if request.status != PrivacyStatus.REQUESTED or request.due_at is None:
            return False
        if request.due_at > at:
            return False
        held_by = [found.code for found in personal.obstacles(user=request.user, at=at)]
        if held_by:
            if held_by != request.held_by:
                request.change(held_by=held_by)
                _note(request, "erase_postponed", at=at, details={"held_by": held_by})
            return False
        user = User.objects.select_for_update(no_key=True).get(pk=request.user_id)
        personal.erase(user=user, at=at)
        PrivacyFile.objects.filter(request__user=user).delete()
        others = user.privacy_requests.exclude(pk=request.pk)
        others.filter(status=PrivacyStatus.READY).update(
            status=PrivacyStatus.EXPIRED, closed_at=at
        )
        others.update(email="", consent_subject="")
        request.move_to(PrivacyStatus.DONE, at=at, closed_at=at, held_by=[])
        _note(request, "erased", at=at)
        jobs.enqueue("marketplace.accounts.tasks.mail", request_id=request.pk)
    return True


def mail(*, request: PrivacyRequest) -> None:
    """Send what a request's present state asks for; the last one forgets the address."""
    if not request.email:
        return
    with override(request.language):
        if request.kind == PrivacyKind.EXPORT:
            if request.status == PrivacyStatus.READY:
                emails.send_export_ready(request=request)
        elif request.status == PrivacyStatus.REQUESTED:
            emails.send_erase_asked(request=request)
        elif request.status == PrivacyStatus.DONE:
            emails.send_erased(request=request)
            PrivacyRequest.objects.filter(pk=request.pk).update(email="")


def _ask(
    *,
    user: User,
    kind: PrivacyKind,
    language: str,
    at: datetime,
    consent_subject: str = "",
    due_at: datetime | None = None,
) -> PrivacyRequest:
    try:
        with transaction.atomic():
            request = PrivacyRequest.objects.create(
                user=user,
                kind=kind,
                asked_at=at,
                due_at=due_at,
                consent_subject=consent_subject,
                email=user.email,
                language=language,
            )
    except IntegrityError:
        raise AlreadyAsked from None
    _note(request, f"{kind}_asked", at=at)
    return request


def _expire(request: PrivacyRequest, *, at: datetime) -> None:
    PrivacyFile.objects.filter(request=request).delete()
    request.move_to(PrivacyStatus.EXPIRED, at=at, closed_at=at, email="")


def _cell(value: Any) -> str | int | None:
    """Write a value into one cell; what has parts is written as JSON."""
    if value is None or isinstance(value, bool):
        return {None: None, True: "yes", False: "no"}[value]
    if isinstance(value, int | str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _note(
    request: PrivacyRequest,
    what: str,
    *,
    at: datetime,
    details: dict[str, Any] | None = None,
) -> None:
    AuditEvent.objects.create(
        actor=str(request.user_id),
        action=f"privacy.{what}",
        reference=request.public_id,
        details=details or {},
        at=at,
    )
