"""A party's balances, and who owes what: sums read off the ledger."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet, Sum

from payouts.models import (
    OPEN_REVERSALS,
    AccountKind,
    ConnectedAccount,
    LedgerAccount,
    Posting,
    Reversal,
    WriteOff,
    WriteOffStatus,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Balance:
    """A party's money in one currency, minor units: what is held, payable, on its way
    and has arrived (less what was taken back), and what the party owes.
    """

    currency: str
    pending: int
    available: int
    in_payout: int
    paid: int
    owed: int

    @property
    def waiting(self) -> int:
        """What is earned and not paid yet."""
        return self.pending + self.available + self.in_payout


BALANCES = """
    SELECT account.currency,
           account.kind,
           coalesce(sum(side.effect), 0)
    FROM payouts_ledgeraccount account
    LEFT JOIN (
        SELECT credit_id AS account_id, amount AS effect FROM payouts_posting
        WHERE credit_id IN (SELECT id FROM payouts_ledgeraccount WHERE party_id = %(p)s)
        UNION ALL
        SELECT debit_id, -amount FROM payouts_posting
        WHERE debit_id IN (SELECT id FROM payouts_ledgeraccount WHERE party_id = %(p)s)
    ) side ON side.account_id = account.id
    WHERE account.party_id = %(p)s
    GROUP BY account.currency, account.kind
    UNION ALL
    SELECT currency, CASE status WHEN 'sent' THEN 'sent' ELSE 'on_its_way' END,
           sum(amount)
    FROM payouts_transfer WHERE account_id = %(p)s AND status <> 'failed'
    GROUP BY 1, 2
    UNION ALL
    SELECT reversal.currency, 'taken_back', sum(reversal.amount)
    FROM payouts_reversal reversal
    JOIN payouts_transfer transfer ON transfer.id = reversal.transfer_id
    WHERE transfer.account_id = %(p)s AND reversal.status = 'sent'
    GROUP BY 1, 2
"""


def balances(account: ConnectedAccount) -> list[Balance]:
    """Read a party's money off the ledger and its transfers, one Balance a currency;
    one statement.
    """
    found: dict[str, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(BALANCES, {"p": account.pk})
        for currency, kind, amount in cursor.fetchall():
            sums = found.setdefault(currency, {})
            sums[kind] = sums.get(kind, 0) + int(amount)
    return [
        Balance(
            currency=currency,
            pending=sums.get("seller_held", 0) + sums.get("creator_held", 0),
            available=sums.get("seller_payable", 0) + sums.get("creator_payable", 0),
            in_payout=sums.get("on_its_way", 0),
            paid=sums.get("sent", 0) - sums.get("taken_back", 0),
            owed=-sums.get("receivable", 0),
        )
        for currency, sums in sorted(found.items())
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class Debt:
    """What a party owes, minor units: in all, what open reversals will bring of it, and
    what is asked to be written off.
    """

    account: ConnectedAccount
    currency: str
    owed_amount: int
    reversing_amount: int
    asked_amount: int

    @property
    def free_amount(self) -> int:
        """What may still be asked to be written off."""
        return max(self.owed_amount - self.reversing_amount - self.asked_amount, 0)


def debts() -> list[Debt]:
    """List who owes something, the most first; a fixed number of statements."""
    receivables = LedgerAccount.objects.filter(kind=AccountKind.RECEIVABLE)
    owed: dict[tuple[int | None, str], int] = {}
    for side, sign in (("debit", 1), ("credit", -1)):
        rows = (
            Posting.objects.filter(**{f"{side}__in": receivables})
            .order_by()
            .values(f"{side}__party", "currency")
            .annotate(sum=Sum("amount"))
        )
        for row in rows:
            key = row[f"{side}__party"], row["currency"]
            owed[key] = owed.get(key, 0) + sign * row["sum"]
    reversing = _sums(
        Reversal.objects.filter(status__in=OPEN_REVERSALS), "transfer__account"
    )
    asked = _sums(WriteOff.objects.filter(status=WriteOffStatus.REQUESTED), "account")
    accounts = ConnectedAccount.objects.select_related("shop", "creator").in_bulk(
        [party for (party, _), amount in owed.items() if amount > 0 and party]
    )
    found = [
        Debt(
            account=accounts[party],
            currency=currency,
            owed_amount=amount,
            reversing_amount=reversing.get((party, currency), 0),
            asked_amount=asked.get((party, currency), 0),
        )
        for (party, currency), amount in owed.items()
        if amount > 0 and party is not None
    ]
    return sorted(found, key=lambda one: (one.currency, -one.owed_amount))


def _sums(rows: QuerySet[Any], account: str) -> dict[tuple[int, str], int]:
    grouped = rows.order_by().values_list(account, "currency").annotate(Sum("amount"))
    return {(party, currency): amount for party, currency, amount in grouped}
