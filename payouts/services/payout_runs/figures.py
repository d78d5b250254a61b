"""What each payee of a run could be sent, in one statement however many there are."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from marketplace.kit.errors import MarketplaceError
from payouts.models import AccountStatus, SkipReason


class NoMinimum(MarketplaceError):
    """No payout minimum is set for this currency, so no run can be computed."""

    status_code = 409


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A payee's payable balance and what stands in its way. Amounts in minor units.

    `newest` is the last posting of the balance; `owed_amount` is debt that no open
    reversal will make good.
    """

    payable_id: int
    account_id: int
    destination: str
    status: str
    amount: int
    newest: int
    minimum_amount: int
    owed_amount: int
    is_held: bool
    is_changed: bool
    is_disputed: bool

    @property
    def reason(self) -> SkipReason | None:
        """Why this payee is not paid now, the gravest first; None when they are."""
        if self.status in (AccountStatus.PAYOUTS_PAUSED, AccountStatus.CLOSED):
            return SkipReason.RESTRICTED
        if self.status != AccountStatus.ACTIVE or not self.destination:
            return SkipReason.ACCOUNT_NOT_ACTIVE
        if self.is_held:
            return SkipReason.HELD
        if self.is_changed:
            return SkipReason.ACCOUNT_CHANGED
        if self.owed_amount > 0:
            return SkipReason.OWES
        if self.is_disputed:
            return SkipReason.DISPUTED
        if self.amount < self.minimum_amount:
            return SkipReason.BELOW_MINIMUM
        return None

    def with_more(self, amount: int) -> "Figure":
        """Give the same with more to pay: what is due and not released yet."""
        return replace(self, amount=self.amount + amount)


# Payees of the schedule. Whoever earned has a held account; the payable one is opened
# by the first release.
PAYEES = """
    SELECT ledger.id AS payable_id, held.party_id,
        coalesce(account.provider_id, '') AS destination, account.status,
        coalesce((terms.minimum_amounts ->> %(currency)s)::bigint, %(minimum)s)
            AS minimum_amount
    FROM payouts_ledgeraccount held
    JOIN payouts_connectedaccount account ON account.id = held.party_id
    LEFT JOIN payouts_ledgeraccount ledger ON ledger.party_id = held.party_id
        AND ledger.kind = 'creator_payable' AND ledger.currency = held.currency
    LEFT JOIN payouts_payoutterms terms ON terms.account_id = account.id
    WHERE held.kind = 'creator_held' AND held.currency = %(currency)s
      AND (%(schedule)s = 'manual'
           OR coalesce(nullif(terms.schedule, ''), %(default)s) = %(schedule)s)
      AND (%(accounts)s::bigint[] IS NULL OR held.party_id = ANY(%(accounts)s))
"""
FIGURES = f"""
    WITH payees AS MATERIALIZED ({PAYEES}),
    sums AS (
        SELECT payable_id, sum(amount)::bigint AS amount, max(newest) AS newest FROM (
            SELECT credit_id AS payable_id, sum(amount) AS amount, max(id) AS newest
            FROM payouts_posting
            WHERE credit_id IN (SELECT payable_id FROM payees) GROUP BY credit_id
            UNION ALL
            SELECT debit_id, -sum(amount), max(id) FROM payouts_posting
            WHERE debit_id IN (SELECT payable_id FROM payees) GROUP BY debit_id
        ) sides GROUP BY payable_id
    ),
    owed AS (
        SELECT receivable.party_id, sum(
            CASE WHEN posting.debit_id = receivable.id THEN posting.amount
                 ELSE -posting.amount END
        ) - coalesce((
            SELECT sum(reversal.amount) FROM payouts_reversal reversal
            JOIN payouts_transfer transfer ON transfer.id = reversal.transfer_id
            WHERE transfer.account_id = receivable.party_id
              AND reversal.currency = %(currency)s
              AND reversal.status IN ('planned', 'submitted', 'unknown')
        ), 0) AS amount
        FROM payouts_ledgeraccount receivable
        JOIN payouts_posting posting
            ON receivable.id IN (posting.debit_id, posting.credit_id)
        WHERE receivable.kind = 'receivable' AND receivable.currency = %(currency)s
          AND receivable.party_id IN (SELECT party_id FROM payees)
        GROUP BY receivable.party_id
    ),
    disputed AS (
        SELECT DISTINCT posting.credit_id AS payable_id
        FROM payouts_dispute dispute
        JOIN orders_payment payment ON payment.id = dispute.payment_id
        JOIN orders_order o ON o.id = payment.order_id
        JOIN payouts_entry entry ON entry.order_reference = o.public_id
        JOIN payouts_posting posting ON posting.entry_id = entry.id
        JOIN payees ON payees.payable_id = posting.credit_id
        WHERE dispute.closed_at IS NULL
          AND (dispute.lost_at IS NULL OR dispute.restored_at IS NOT NULL)
          AND posting.id > coalesce((
              SELECT max(item.last_posting_id) FROM payouts_payoutitem item
              JOIN payouts_payoutrun run ON run.id = item.run_id
              JOIN payouts_transfer transfer ON transfer.payout_item_id = item.id
              WHERE item.account_id = payees.party_id AND transfer.status <> 'failed'
                AND run.currency = %(currency)s
          ), 0)
    )
    SELECT coalesce(payees.payable_id, 0), payees.party_id, payees.destination, payees.status,
        coalesce(sums.amount, 0), coalesce(sums.newest, 0), payees.minimum_amount,
        coalesce(owed.amount, 0)::bigint,
        EXISTS (
            SELECT 1 FROM payouts_hold hold
            WHERE hold.account_id = payees.party_id AND hold.released_at IS NULL
              AND hold.accrual_id IS NULL AND hold.seller_order_id IS NULL
        ),
        EXISTS (
            SELECT 1 FROM payouts_credentialchange change
            WHERE change.account_id = payees.party_id AND change.at > %(changed_since)s
        ),
        disputed.payable_id IS NOT NULL
    FROM payees
    LEFT JOIN sums ON sums.payable_id = payees.payable_id
    LEFT JOIN owed ON owed.party_id = payees.party_id
    LEFT JOIN disputed ON disputed.payable_id = payees.payable_id
    ORDER BY payees.payable_id, payees.party_id
"""
LOCK = f"""
    SELECT ledger.id FROM payouts_ledgeraccount ledger
    WHERE ledger.id IN (SELECT payable_id FROM ({PAYEES}) payees)
    ORDER BY ledger.id FOR NO KEY UPDATE
"""


def minimum(currency: str) -> int:
    """Give the marketplace's payout minimum, minor units.

    :raises NoMinimum: the currency has none set.
    """
    try:
        return int(settings.PAYOUT_MINIMUM_AMOUNTS[currency])
    except KeyError:
        raise NoMinimum from None


def read(
    *,
    currency: str,
    schedule: str,
    at: datetime,
    accounts: Collection[int] | None = None,
    due: Mapping[int, int] | None = None,
) -> list[Figure]:
    """Give the payees with something to pay or to pay back, in lock order.

    `accounts` narrows it to these payees; `due` adds what would be released first, by
    account id. One statement.

    :raises NoMinimum: the currency has none set.
    """
    due = due or {}
    asked = _asked(currency, schedule, at=at, accounts=accounts)
    with connection.cursor() as cursor:
        cursor.execute(FIGURES, asked)
        found = [_figure(row) for row in cursor.fetchall()]
    figures = [one.with_more(due.get(one.account_id, 0)) for one in found]
    return [one for one in figures if one.amount > 0 or one.owed_amount > 0]


def lock(
    *,
    currency: str,
    schedule: str,
    at: datetime,
    accounts: Collection[int] | None = None,
) -> None:
    """Lock the payable accounts of a run's payees, in one order, until the transaction
    ends. One statement; what is read after it is what can be taken.
    """
    asked = _asked(currency, schedule, at=at, accounts=accounts)
    with connection.cursor() as cursor:
        cursor.execute(LOCK, asked)


def changed_since(at: datetime) -> datetime:
    """Give the moment after which a change of credentials still holds payouts back."""
    return at - timedelta(hours=settings.PAYOUT_HOLD_AFTER_CHANGE_HOURS)


def _asked(
    currency: str, schedule: str, *, at: datetime, accounts: Collection[int] | None
) -> dict[str, Any]:
    return {
        "currency": currency,
        "minimum": minimum(currency),
        "schedule": schedule,
        "default": settings.PAYOUT_SCHEDULE,
        "changed_since": changed_since(at),
        "accounts": None if accounts is None else list(accounts),
    }


def _figure(row: tuple[object, ...]) -> Figure:
    names = tuple(Figure.__dataclass_fields__)
    return Figure(**dict(zip(names, row, strict=True)))  # type: ignore[arg-type]
