"""Giving the parties of a sale back what a cause took from them: a refund withdrawn, a
dispute won on appeal.
"""

from collections.abc import Sequence
from datetime import datetime

from orders.models import Order
from orders.models import Refund as RefundRow
from payouts.models import ConnectedAccount, Dispute, ReversedShare
from payouts.services import clawbacks, party_accounts, takebacks, write_offs
from payouts.services.ledger import Move, Name
from payouts.services.takebacks import CLEARING, Sale


def restore(
    *,
    of: Sale,
    refund: RefundRow | None = None,
    dispute: Dispute | None = None,
    at: datetime,
) -> list[Move]:
    """Give the parties back what a cause took: give the moves out of `order_clearing`.

    What was not released yet is held again; of the rest, debt that is still open is
    made good first, what remains is payable. The caller marks the cause as counting no
    longer (`withdrawn_at`, `restored_at`), posts the entry, then calls
    `takebacks.settle`.

    Assumes a transaction that holds the order's lock; locks the payees' accounts.
    """
    takebacks.lock_payees(of)
    rows = ReversedShare.objects.filter(refund=refund, dispute=dispute).select_related(
        "account__shop", "account__creator", "accrual", "seller_order"
    )
    _reinstate_forgiven(of, list(rows), at=at)
    owed: dict[int, int] = {}
    moves: dict[tuple[Name, Name], int] = {}
    for row in rows.order_by("pk"):
        for debit, credit, amount in _given_back(of.order, row, owed):
            moves[debit, credit] = moves.get((debit, credit), 0) + amount
    return [Move(debit, credit, amount) for (debit, credit), amount in moves.items()]


def _reinstate_forgiven(
    of: Sale, rows: Sequence[ReversedShare], *, at: datetime
) -> None:
    """What a party was forgiven of this debt is no longer forgiven: it is made good by
    what it gets back.
    """
    owed_for: dict[ConnectedAccount, int] = {}
    for row in rows:
        if row.account is not None and row.from_receivable_amount:
            owed_for[row.account] = (
                owed_for.get(row.account, 0) + row.from_receivable_amount
            )
    for account, amount in owed_for.items():
        cause = rows[0].refund or rows[0].dispute
        assert cause is not None
        write_offs.reinstate(
            account=account,
            currency=of.order.currency,
            at_most=amount,
            cause=cause.public_id,
            order_reference=of.order.public_id,
            at=at,
        )


def _given_back(
    order: Order, row: ReversedShare, owed: dict[int, int]
) -> list[tuple[Name, Name, int]]:
    """Move one share back; `owed` is what each party still owes, used up on the way."""
    if row.account is None or row.accrual is None:
        return [
            (credit, debit, amount)
            for debit, credit, amount in takebacks.moves_of(order, row)
        ]
    if not takebacks.is_released(row.accrual):
        return [(CLEARING, party_accounts.held_name(row.account), row.amount)]
    account = row.account
    if account.pk not in owed:
        owed[account.pk] = clawbacks.nettable_amount(
            account=account, currency=order.currency
        )
    repaid = min(row.amount, owed[account.pk])
    owed[account.pk] -= repaid
    return [
        (CLEARING, name, amount)
        for name, amount in (
            (party_accounts.receivable_name(account), repaid),
            (party_accounts.payable_name(account), row.amount - repaid),
        )
        if amount
    ]
