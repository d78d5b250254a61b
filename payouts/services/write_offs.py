"""Debt given up: what is above the most a party may owe, by policy and at once; anything
else when one member of staff asks for it with a reason and another approves.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from marketplace.kit.errors import MarketplaceError
from marketplace.kit.models import AuditEvent
from payouts.models import (
    AccountKind,
    ConnectedAccount,
    EntryKind,
    LedgerAccount,
    Posting,
    WriteOff,
    WriteOffStatus,
)
from payouts.services import clawbacks, ledger, party_accounts
from payouts.services.ledger import Move, Name

K = AccountKind
POLICY = "policy"
ABOVE_CAP = "More than this party may owe at once."
TOO_OLD = "Owed for longer than a debt is kept."


class WriteOffExceeds(MarketplaceError):
    """That is more than this party owes and no reversal is about to bring. Nothing was
    written off.
    """

    status_code = 409

    def __init__(self, message: str = "", *, possible_amount: int) -> None:
        super().__init__(message)
        self.possible_amount = possible_amount


class SecondPersonNeeded(MarketplaceError):
    """Who asked for a write-off cannot approve it. Nothing was written off; ask a
    colleague.
    """

    status_code = 409


class ReasonNeeded(MarketplaceError):
    """Say why. Nothing was done; the reason is kept with it."""

    status_code = 400


class AlreadyDecided(MarketplaceError):
    """This write-off was decided before; nothing was changed."""

    status_code = 409


def max_debt_amount(*, account: ConnectedAccount, currency: str) -> int | None:
    """Give the most a party may owe at once, minor units; None for no limit."""
    found: dict[str, int] = settings.MAX_DEBT_AMOUNTS[party_accounts.role(account)]
    return found.get(currency)


def bound(*, account: ConnectedAccount, currency: str, at: datetime) -> WriteOff | None:
    """Let the platform bear what a party owes above the most it may owe. What open
    reversals will bring is no debt yet.

    Assumes a transaction that holds the payee's lock; called after every new debt.
    """
    most = max_debt_amount(account=account, currency=currency)
    owed = clawbacks.nettable_amount(account=account, currency=currency)
    if most is None or owed <= most:
        return None
    return _by_policy(account, currency, owed - most, ABOVE_CAP, at=at)


def write_off_old(*, at: datetime) -> int:
    """Let the platform bear what has been owed for longer than MAX_DEBT_AGE_DAYS, what
    was paid back counting for the oldest debt first. Returns how many parties.
    """
    written = 0
    receivables = LedgerAccount.objects.filter(kind=K.RECEIVABLE).select_related(
        "party__shop", "party__creator"
    )
    for receivable in receivables.order_by("pk"):
        account = receivable.party
        assert account is not None
        days = settings.MAX_DEBT_AGE_DAYS[party_accounts.role(account)]
        before = at - timedelta(days=days)
        if old_amount(receivable, before=before) <= 0:
            continue
        with transaction.atomic(durable=True):
            ledger.lock_payable(party_accounts.payable(account, receivable.currency))
            amount = min(
                old_amount(receivable, before=before),
                clawbacks.nettable_amount(
                    account=account, currency=receivable.currency
                ),
            )
            if amount > 0:
                _by_policy(account, receivable.currency, amount, TOO_OLD, at=at)
                written += 1
    return written


def old_amount(receivable: LedgerAccount, *, before: datetime) -> int:
    """Give what is still owed of debts that arose up to a moment, minor units; whatever
    was made good since counts for the oldest.
    """
    postings = Posting.objects.filter(Q(debit=receivable) | Q(credit=receivable))
    arisen: int = postings.filter(
        debit=receivable, entry__occurred_at__lte=before
    ).aggregate(sum=Coalesce(Sum("amount"), 0))["sum"]
    made_good: int = postings.filter(credit=receivable).aggregate(
        sum=Coalesce(Sum("amount"), 0)
    )["sum"]
    return arisen - made_good


def request(
    *,
    account: ConnectedAccount,
    currency: str,
    amount: int,
    reason: str,
    actor: str,
    at: datetime,
) -> WriteOff:
    """Ask for a party's debt, or a part of it, to be written off. Minor units.

    :raises ReasonNeeded: without a reason.
    :raises WriteOffExceeds: more than is owed and not asked for already.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise ReasonNeeded
    with transaction.atomic(durable=True):
        ledger.lock_payable(party_accounts.payable(account, currency))
        waiting = account.write_offs.filter(
            status=WriteOffStatus.REQUESTED, currency=currency
        ).aggregate(sum=Coalesce(Sum("amount"), 0))["sum"]
        owed = clawbacks.nettable_amount(account=account, currency=currency)
        if not 0 < amount <= owed - waiting:
            raise WriteOffExceeds(possible_amount=max(owed - waiting, 0))
        made = WriteOff.objects.create(
            account=account,
            amount=amount,
            currency=currency,
            reason=reason,
            is_policy=False,
            requested_by=actor,
            requested_at=at,
        )
        _audit("write_off.request", made, actor, reason, at=at)
    return made


def decide(*, write_off: WriteOff, approve: bool, actor: str, at: datetime) -> None:
    """Approve a write-off, or decline it. Who asked may only decline.

    :raises SecondPersonNeeded: to approve one's own.
    :raises AlreadyDecided: it is not waiting any more.
    :raises WriteOffExceeds: less is owed by now.
    """
    if approve and write_off.requested_by == actor:
        raise SecondPersonNeeded
    status = WriteOffStatus.APPROVED if approve else WriteOffStatus.DECLINED
    account, currency = write_off.account, write_off.currency
    with transaction.atomic(durable=True):
        ledger.lock_payable(party_accounts.payable(account, currency))
        write_off.refresh_from_db()
        if not write_off.can_move_to(status):
            raise AlreadyDecided
        if approve:
            owed = clawbacks.nettable_amount(account=account, currency=currency)
            if write_off.amount > owed:
                raise WriteOffExceeds(possible_amount=owed)
        write_off.move_to(status, at=at, decided_by=actor, decided_at=at)
        if approve:
            _post(write_off, at=at)
        _audit(f"write_off.{status.value}", write_off, actor, "", at=at)


def reinstate(
    *,
    account: ConnectedAccount,
    currency: str,
    at_most: int,
    cause: str,
    order_reference: str,
    at: datetime,
) -> int:
    """Let a party owe again what it was forgiven, up to an amount, because money it had
    to give back is about to be given to it again: what was written off is made good
    first, so that nobody gets back more than he gave. Returns how much, minor units.

    Assumes a transaction that holds the payee's lock; `cause` names what gives back.
    """
    amount = min(forgiven_amount(account=account, currency=currency), at_most)
    if amount > 0:
        ledger.post(
            kind=EntryKind.DEBT_RECOVERED,
            reference=f"{cause}:{account.reference}",
            currency=currency,
            moves=[
                Move(
                    party_accounts.receivable_name(account),
                    Name(K.RECOVERED_DEBT),
                    amount,
                )
            ],
            at=at,
            order_reference=order_reference,
        )
    return amount


def forgiven_amount(*, account: ConnectedAccount, currency: str) -> int:
    """Give what was written off of a party's debts and not made good since."""
    postings = Posting.objects.filter(currency=currency)
    forgiven: int = postings.filter(
        credit__kind=K.RECEIVABLE,
        credit__party=account,
        entry__kind=EntryKind.WRITE_OFF,
    ).aggregate(sum=Coalesce(Sum("amount"), 0))["sum"]
    recovered: int = postings.filter(
        debit__kind=K.RECEIVABLE,
        debit__party=account,
        entry__kind=EntryKind.DEBT_RECOVERED,
    ).aggregate(sum=Coalesce(Sum("amount"), 0))["sum"]
    return forgiven - recovered


def _by_policy(
    account: ConnectedAccount, currency: str, amount: int, reason: str, *, at: datetime
) -> WriteOff:
    made = WriteOff.objects.create(
        account=account,
        status=WriteOffStatus.APPROVED,
        amount=amount,
        currency=currency,
        reason=reason,
        is_policy=True,
        requested_by=POLICY,
        requested_at=at,
        decided_by=POLICY,
        decided_at=at,
    )
    _post(made, at=at)
    return made


def _post(write_off: WriteOff, *, at: datetime) -> None:
    ledger.post(
        kind=EntryKind.WRITE_OFF,
        reference=write_off.public_id,
        currency=write_off.currency,
        moves=[
            Move(
                Name(K.BAD_DEBT),
                party_accounts.receivable_name(write_off.account),
                write_off.amount,
            )
        ],
        at=at,
    )


def _audit(
    action: str, write_off: WriteOff, actor: str, reason: str, *, at: datetime
) -> None:
    AuditEvent.objects.create(
        actor=actor,
        action=action,
        reference=write_off.public_id,
        reason=reason,
        details={"amount": write_off.amount, "currency": write_off.currency},
        at=at,
    )
