"""What staff do about a difference: make a stranger's object a row of ours, or correct
the books, or say why it is none. Always by new entries, with a reason that is kept.

A line that was set aside leaves suspense the way it came, and is then booked as what it
is; so nothing is paid out of suspense, and every entry says what happened.
"""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from marketplace import gateway
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.models import AuditEvent
from payouts.models import (
    AccountKind,
    ConnectedAccount,
    Discrepancy,
    DiscrepancyKind,
    EntryKind,
    LedgerAccount,
    ReconciliationRun,
    Resolution,
    Reversal,
    Transfer,
    TransferKind,
    TransferStatus,
)
from payouts.services import clawbacks, ledger, party_accounts, reversal_sending
from payouts.services.ledger import Move, Name

K = AccountKind
# A transfer may be taken back long after it was made.
TRANSFERS_BACK = timedelta(days=400)
# Where a correction may book to: what is nobody's but the platform's.
CORRECTABLE = frozenset(
    {
        *(K.BANK, K.PROCESSING_FEE, K.DISPUTE_FEE, K.DISPUTE_LOSS, K.GOODWILL),
        *(K.BAD_DEBT, K.RECOVERED_DEBT, K.PLATFORM_COMMISSION, K.BUYER_REFUND_DUE),
    }
)
# A difference in the balance itself; the other kinds follow from one of these.
CORRECTED_KINDS = frozenset(
    {
        DiscrepancyKind.UNKNOWN_LINE,
        DiscrepancyKind.UNBOOKED,
        DiscrepancyKind.AMOUNT,
        DiscrepancyKind.NO_LINE,
    }
)


class ResolutionRefused(MarketplaceError):
    """A difference that is not resolved this way; nothing was changed."""

    status_code = 409
    words: ClassVar[str | Promise]

    def __init__(self) -> None:
        super().__init__(str(self.words))


class ReasonMissing(ResolutionRefused):
    """Without a reason."""

    status_code = 400
    words = _("Say why. It is kept with the difference. Nothing was changed.")


class AlreadyResolved(ResolutionRefused):
    """Somebody was first."""

    words = _("This difference was resolved before. Nothing was changed.")


class SamePerson(ResolutionRefused):
    """The one who proposed it, or nobody did."""

    status_code = 403
    words = _(
        "A correction is proposed by one person and approved by a second person."
        " Nothing was changed."
    )


class NotAdoptable(ResolutionRefused):
    """Nothing that can become a row of ours."""

    words = _(
        "Only a transfer made by hand to a party of ours, and what was taken back of"
        " one, can be adopted. Nothing was changed."
    )


class NotCorrectable(ResolutionRefused):
    """This kind of difference, or this account, takes no correction."""

    words = _(
        "This cannot be corrected, or not against that account. Nothing was changed."
    )


class StillFound(ResolutionRefused):
    """The last comparison still saw it, or its money stands in suspense."""

    words = _(
        "The last comparison of that time still found this difference. Nothing was"
        " changed; correct or adopt it, or compare that time again."
    )


def adopt(*, discrepancy_id: int, actor: str, reason: str, at: datetime) -> Discrepancy:
    """Make the object behind a line in suspense a row of ours, with its entry. A
    transfer becomes a debt of its receiver, which later earnings make good; a reversal
    first pays what is owed, the rest is payable again.

    :raises NotAdoptable: it is no transfer or reversal of a party of ours.
    :raises AlreadyResolved: somebody was first.
    :raises ReasonMissing: without a reason.
    :raises gateway.GatewayError: the provider did not answer; nothing was changed.
    """
    found = Discrepancy.objects.get(pk=discrepancy_id)
    _check(found, reason)
    if found.kind != DiscrepancyKind.UNKNOWN_LINE:
        raise NotAdoptable
    transfer = _sent_by_hand(found) if found.details.get("type") == "transfer" else None
    if transfer is None:
        # Its own service books it; until it has left suspense it is booked twice.
        account = _adopt_reversal(found, at=at)
    else:
        account = _account(provider_id=transfer.destination)
    with transaction.atomic(durable=True):
        row = _lock(discrepancy_id, reason)
        ledger.lock_payable(party_accounts.payable(account, row.currency))
        _take_out_of_suspense(row, at=at)
        if transfer is not None:
            _adopt_transfer(transfer, account, at=at)
        clawbacks.net(account=account, currency=row.currency, at=at)
        _resolve(row, Resolution.ADOPTED, actor=actor, reason=reason, at=at)
    return row


def request_correction(
    *,
    discrepancy_id: int,
    account_kind: AccountKind,
    actor: str,
    reason: str,
    at: datetime,
) -> Discrepancy:
    """Propose to book a difference against an account of the platform's; a second
    person decides.

    :raises NotCorrectable: this kind of difference, or this account, takes none.
    :raises AlreadyResolved: somebody was first.
    :raises ReasonMissing: without a reason.
    """
    with transaction.atomic(durable=True):
        row = _lock(discrepancy_id, reason)
        if row.kind not in CORRECTED_KINDS or account_kind not in CORRECTABLE:
            raise NotCorrectable
        name = Name(account_kind)
        row.correct_to = ledger.accounts([name], row.currency)[name]
        row.requested_by, row.requested_at = actor, at
        row.reason = reason
        row.save()
        _audit(row, "request_correction", actor=actor, reason=reason, at=at)
    return row


def approve_correction(*, discrepancy_id: int, actor: str, at: datetime) -> Discrepancy:
    """Book the correction that another person proposed.

    :raises SamePerson: the one who proposed it, or nobody did.
    :raises AlreadyResolved: somebody was first.
    """
    with transaction.atomic(durable=True):
        row = _lock(discrepancy_id, "-")
        if row.correct_to is None or row.requested_by in ("", actor):
            raise SamePerson
        _correct(row, row.correct_to, at=at)
        _resolve(row, Resolution.CORRECTED, actor=actor, reason=row.reason, at=at)
    return row


def explain(
    *, discrepancy_id: int, actor: str, reason: str, at: datetime
) -> Discrepancy:
    """Close a difference that is no longer there, and say why.

    :raises StillFound: the last comparison saw it, or its money stands in suspense.
    :raises AlreadyResolved: somebody was first.
    :raises ReasonMissing: without a reason.
    """
    with transaction.atomic(durable=True):
        row = _lock(discrepancy_id, reason)
        if row.kind == DiscrepancyKind.UNKNOWN_LINE or _is_found_still(row):
            raise StillFound
        _resolve(row, Resolution.EXPLAINED, actor=actor, reason=reason, at=at)
    return row


def _is_found_still(row: Discrepancy) -> bool:
    """Say whether no later run has looked at the same time and not found it."""
    seen = row.last_run
    later = ReconciliationRun.objects.filter(pk__gt=seen.pk).exclude(finished_at=None)
    if row.kind != DiscrepancyKind.BALANCE:
        later = later.filter(since_at__lte=seen.since_at, until_at__gte=seen.until_at)
    return not later.exists()


def _check(row: Discrepancy, reason: str) -> None:
    if row.resolved_at is not None:
        raise AlreadyResolved
    if not reason.strip():
        raise ReasonMissing


def _lock(discrepancy_id: int, reason: str) -> Discrepancy:
    row = Discrepancy.objects.select_for_update(of=["self"], no_key=True).get(
        pk=discrepancy_id
    )
    _check(row, reason)
    return row


def _sent_by_hand(row: Discrepancy) -> gateway.TransferFacts:
    return gateway.fetch_transfer(transfer_id=row.object_id)


def _account(**of: str) -> ConnectedAccount:
    found = ConnectedAccount.objects.filter(**of).first()
    if found is None:
        raise NotAdoptable
    return found


def _adopt_reversal(row: Discrepancy, *, at: datetime) -> ConnectedAccount:
    """Find the transfer of ours that was taken back, and book what came back."""
    if row.details.get("type") != "transfer_refund":
        raise NotAdoptable
    ids = [
        facts.transfer_id
        for facts in gateway.list_transfers(since=row.found_at - TRANSFERS_BACK)
        if facts.reversed_amount
    ]
    for transfer in Transfer.objects.filter(provider_id__in=ids).order_by("pk"):
        reversal_sending.adopt(transfer=transfer, at=at)
    made = Reversal.objects.filter(provider_id=row.object_id)
    found = made.select_related("transfer__account__shop").first()
    if found is None:
        raise NotAdoptable
    return found.transfer.account


def _adopt_transfer(
    facts: gateway.TransferFacts, account: ConnectedAccount, *, at: datetime
) -> None:
    """What it brought was not owed to its receiver, so he owes it."""
    made = Transfer.objects.create(
        account=account,
        kind=TransferKind.ADOPTED,
        status=TransferStatus.SENT,
        amount=facts.amount,
        currency=facts.currency,
        destination=facts.destination,
        transfer_group=facts.transfer_group or "",
        provider_id=facts.transfer_id,
        planned_at=at,
        submitted_at=at,
        sent_at=at,
    )
    ledger.post(
        kind=EntryKind.TRANSFER_SENT,
        reference=made.public_id,
        currency=made.currency,
        moves=[
            Move(
                party_accounts.receivable_name(account),
                Name(K.STRIPE_BALANCE),
                made.amount,
            )
        ],
        at=at,
        provider_id=facts.transfer_id,
    )


def _take_out_of_suspense(row: Discrepancy, *, at: datetime) -> None:
    """Undo the entry that set a line aside, so that it can be booked as what it is."""
    _post(row, Name(K.SUSPENSE), -row.their_amount, at=at)


def _correct(row: Discrepancy, account: LedgerAccount, *, at: datetime) -> None:
    """Let the balance be what the provider says, through suspense, against an account;
    a line in suspense already only leaves it.
    """
    short = row.their_amount - row.our_amount
    target = Name(AccountKind(account.kind))
    if row.kind == DiscrepancyKind.UNKNOWN_LINE:
        moves = [_toward(Name(K.SUSPENSE), target, short)]
    else:
        moves = [
            _toward(Name(K.STRIPE_BALANCE), Name(K.SUSPENSE), short),
            _toward(Name(K.SUSPENSE), target, short),
        ]
    _write(row, moves, at=at)


def _post(row: Discrepancy, other: Name, amount: int, *, at: datetime) -> None:
    """Move the balance by a signed amount against another account."""
    _write(row, [_toward(Name(K.STRIPE_BALANCE), other, amount)], at=at)


def _write(row: Discrepancy, moves: list[Move], *, at: datetime) -> None:
    # An entry without a line is named by what it named itself.
    name = row.reference if row.kind != DiscrepancyKind.NO_LINE else row.object_id
    ledger.post(
        kind=EntryKind.CORRECTION,
        reference=row.public_id,
        currency=row.currency,
        moves=moves,
        at=at,
        provider_id=name or row.reference.partition("/")[2],
    )


def _toward(debit: Name, credit: Name, amount: int) -> Move:
    """Move a signed amount: negative goes the other way."""
    return Move(debit, credit, amount) if amount > 0 else Move(credit, debit, -amount)


def _resolve(
    row: Discrepancy, how: Resolution, *, actor: str, reason: str, at: datetime
) -> None:
    row.resolution, row.reason = how, reason
    row.resolved_by, row.resolved_at = actor, at
    row.save()
    _audit(row, f"discrepancy_{how}", actor=actor, reason=reason, at=at)


def _audit(
    row: Discrepancy, action: str, *, actor: str, reason: str, at: datetime
) -> None:
    AuditEvent.objects.create(
        actor=actor,
        action=action,
        reference=row.public_id,
        reason=reason,
        details={
            "kind": row.kind,
            "row": row.reference,
            "currency": row.currency,
            "our_amount": row.our_amount,
            "their_amount": row.their_amount,
        },
        at=at,
    )
