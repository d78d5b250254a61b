"""The one way to write the ledger, and to read its balances.

An entry is written whole, inside the transaction of the effect it records; its
(kind, reference) makes the effect happen once. Nothing here locks but `lock_payable`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from marketplace.kit.errors import MarketplaceError
from payouts.models import (
    AccountKind,
    ConnectedAccount,
    Entry,
    EntryKind,
    LedgerAccount,
    Posting,
)

K = AccountKind


class AlreadyPosted(MarketplaceError):
    """This effect is in the ledger already; nothing was posted again."""

    status_code = 409


class EntryRefused(MarketplaceError):
    """An entry that is empty, or leaves order_clearing with a rest."""

    status_code = 500


@dataclass(frozen=True, slots=True)
class Name:
    """Which account is meant, before its row is looked up."""

    kind: AccountKind
    party: ConnectedAccount | None = None
    jurisdiction: str = ""

    def code(self, currency: str) -> str:
        which = self.party.reference if self.party else self.jurisdiction
        return ":".join(part for part in (self.kind, which, currency) if part)


@dataclass(frozen=True, slots=True)
class Move:
    """An amount in minor units from a debit to a credit account."""

    debit: Name
    credit: Name
    amount: int


def post(
    *,
    kind: EntryKind,
    reference: str,
    currency: str,
    moves: Sequence[Move],
    at: datetime,
    order_reference: str = "",
    provider_id: str = "",
) -> Entry:
    """Write an entry with one posting for each move that is not zero.

    Assumes an open transaction. Amounts are minor units of `currency`.

    :raises EntryRefused: no move is left, one is negative, or order_clearing would not
        end at zero.
    :raises AlreadyPosted: (kind, reference) is there; the transaction goes on.
    """
    _check(moves)
    moves = [move for move in moves if move.amount]
    found = accounts({name for m in moves for name in (m.debit, m.credit)}, currency)
    try:
        with transaction.atomic():
            entry = Entry.objects.create(
                kind=kind,
                reference=reference,
                occurred_at=at,
                order_reference=order_reference,
                provider_id=provider_id,
            )
    except IntegrityError as problem:
        raise AlreadyPosted(f"{kind}/{reference} is posted already") from problem
    Posting.objects.bulk_create(
        Posting(
            entry=entry,
            debit=found[move.debit],
            credit=found[move.credit],
            amount=move.amount,
            currency=currency,
        )
        for move in moves
    )
    return entry


def accounts(names: Iterable[Name], currency: str) -> dict[Name, LedgerAccount]:
    """Find the rows of these accounts, and open those that are new."""
    codes = {name: name.code(currency) for name in names}
    found = {
        row.code: row for row in LedgerAccount.objects.filter(code__in=codes.values())
    }
    # In one order everywhere: two first sales wait for each other, not in a circle.
    missing = sorted(
        (name for name, code in codes.items() if code not in found),
        key=codes.__getitem__,
    )
    if missing:
        LedgerAccount.objects.bulk_create(
            [
                LedgerAccount(
                    code=codes[name],
                    kind=name.kind,
                    party=name.party,
                    currency=currency,
                )
                for name in missing
            ],
            ignore_conflicts=True,
        )
        rows = LedgerAccount.objects.filter(code__in=[codes[n] for n in missing])
        found.update({row.code: row for row in rows})
    return {name: found[code] for name, code in codes.items()}


def lock_payables(accounts: Iterable[LedgerAccount]) -> None:
    """Lock several parties' payable accounts, in one order everywhere."""
    rows = LedgerAccount.objects.filter(pk__in=[account.pk for account in accounts])
    list(rows.select_for_update(no_key=True).order_by("pk"))


def lock_payable(account: LedgerAccount) -> None:
    """Lock a party's payable account until the transaction ends.

    Every entry that touches a payable account, or what the party owes, is written under
    this lock, so the ids of its postings have no gaps and no debt is recovered twice.
    NO KEY leaves postings that merely name it alone.
    """
    LedgerAccount.objects.select_for_update(no_key=True).get(pk=account.pk)


def balance(
    account: LedgerAccount,
    *,
    up_to_posting: int | None = None,
    order_reference: str | None = None,
) -> int:
    """Give credits less debits, in minor units: what a liability account owes. With an
    order's reference only what that sale brought and took.
    """
    which = Q()
    if up_to_posting is not None:
        which &= Q(pk__lte=up_to_posting)
    if order_reference is not None:
        which &= Q(entry__order_reference=order_reference)
    postings = Posting.objects.filter(which)
    plus: int = postings.filter(credit=account).aggregate(
        sum=Coalesce(Sum("amount"), 0)
    )["sum"]
    minus: int = postings.filter(debit=account).aggregate(
        sum=Coalesce(Sum("amount"), 0)
    )["sum"]
    return plus - minus


def in_credit(kind: AccountKind) -> list[int]:
    """Give the ids of the accounts of a kind that owe something; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(IN_CREDIT, [kind, kind])
        return [account_id for (account_id,) in cursor.fetchall()]


IN_CREDIT = """
    SELECT side.account_id FROM (
        SELECT posting.credit_id AS account_id, posting.amount
        FROM payouts_posting posting
        JOIN payouts_ledgeraccount account ON account.id = posting.credit_id
        WHERE account.kind = %s
        UNION ALL
        SELECT posting.debit_id, -posting.amount FROM payouts_posting posting
        JOIN payouts_ledgeraccount account ON account.id = posting.debit_id
        WHERE account.kind = %s
    ) side GROUP BY side.account_id HAVING sum(side.amount) > 0
"""
BALANCES = """
    SELECT account.code, account.currency, coalesce(sum(side.amount), 0)
    FROM payouts_ledgeraccount account
    LEFT JOIN (
        SELECT credit_id AS account_id, amount FROM payouts_posting
        UNION ALL
        SELECT debit_id, -amount FROM payouts_posting
    ) side ON side.account_id = account.id
    GROUP BY account.code, account.currency ORDER BY account.code
"""


def balances() -> dict[str, int]:
    """Give every account's balance by code, credits less debits, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(BALANCES)
        return {code: int(amount) for code, _, amount in cursor.fetchall()}


def trial_balance() -> dict[str, int]:
    """Sum all balances per currency: 0 each, as every posting has two sides."""
    with connection.cursor() as cursor:
        cursor.execute(BALANCES)
        sums: dict[str, int] = {}
        for _, currency, amount in cursor.fetchall():
            sums[currency] = sums.get(currency, 0) + int(amount)
    return sums


def _check(moves: Sequence[Move]) -> None:
    if not any(move.amount for move in moves):
        raise EntryRefused("an entry has at least one posting")
    if any(move.amount < 0 for move in moves):
        raise EntryRefused("an amount is moved the other way round, never negative")
    rest = sum(
        move.amount
        * (
            (move.credit.kind == K.ORDER_CLEARING)
            - (move.debit.kind == K.ORDER_CLEARING)
        )
        for move in moves
    )
    if rest:
        raise EntryRefused(f"order_clearing would end at {rest}, not 0")
