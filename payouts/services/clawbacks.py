"""What a party owes after it gave back more than it had, and how that is made good.

A debt is the party's `receivable` account. What open reversals will bring is spoken
for; only the rest may be netted, so that nothing is recovered twice. Everything here
runs under the lock of the party's payable account.
"""

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.models import Sum
from django.db.models.functions import Coalesce

from orders.models import SellerOrder
from payouts.models import (
    OPEN_REVERSALS,
    ConnectedAccount,
    EntryKind,
    LedgerAccount,
    Netting,
    Reversal,
)
from payouts.services import ledger, party_accounts
from payouts.services.ledger import Move


def owed_amount(*, account: ConnectedAccount, currency: str) -> int:
    """Give what a party owes, minor units; 0 for one that owes nothing."""
    name = party_accounts.receivable_name(account)
    code = name.code(currency)
    row = LedgerAccount.objects.filter(code=code).first()
    return -ledger.balance(row) if row else 0


def nettable_amount(*, account: ConnectedAccount, currency: str) -> int:
    """Give what a party owes that no open reversal is about to bring, minor units."""
    reserved: int = Reversal.objects.filter(
        transfer__account=account, currency=currency, status__in=OPEN_REVERSALS
    ).aggregate(sum=Coalesce(Sum("amount"), 0))["sum"]
    return max(owed_amount(account=account, currency=currency) - reserved, 0)


def net(*, account: ConnectedAccount, currency: str, at: datetime) -> int:
    """Set what a party owes off against what is payable to it, a seller's sale by sale,
    the oldest first. Returns how much, minor units.

    Assumes a transaction that holds the payee's lock; called after every credit to a
    payable account and after every new debt. No-op where CLAWBACK forbids it.
    """
    if not settings.CLAWBACK[party_accounts.role(account)]["net"]:
        return 0
    owed = nettable_amount(account=account, currency=currency)
    if not owed:
        return 0
    done = 0
    for part, amount in _payable_pots(account, currency):
        netted = min(amount, owed - done)
        if netted > 0:
            _net(account, currency, part, netted, at=at)
            done += netted
    return done


POTS = """
    SELECT side.account_id, entry.order_reference, sum(side.amount)
    FROM (
        SELECT credit_id AS account_id, entry_id, amount FROM payouts_posting
        WHERE credit_id = ANY(%(accounts)s)
        UNION ALL
        SELECT debit_id, entry_id, -amount FROM payouts_posting
        WHERE debit_id = ANY(%(accounts)s)
    ) side
    JOIN payouts_entry entry ON entry.id = side.entry_id
    GROUP BY side.account_id, entry.order_reference HAVING sum(side.amount) <> 0
"""


def payable_by_order(payables: Collection[LedgerAccount]) -> dict[int, dict[str, int]]:
    """Give what is payable to sellers of each sale: by payable account's id and order
    reference, minor units, zeros left out. One statement for all of them.
    """
    found: dict[int, dict[str, int]] = {payable.pk: {} for payable in payables}
    with connection.cursor() as cursor:
        cursor.execute(POTS, {"accounts": list(found)})
        for account_id, order_reference, amount in cursor.fetchall():
            found[account_id][order_reference] = int(amount)
    return found


def _payable_pots(
    account: ConnectedAccount, currency: str
) -> list[tuple[SellerOrder | None, int]]:
    payable = party_accounts.payable(account, currency)
    if account.shop_id is None:
        return [(None, ledger.balance(payable))]
    pots = payable_by_order([payable])[payable.pk]
    parts = SellerOrder.objects.filter(
        shop_id=account.shop_id, order__public_id__in=pots
    ).select_related("order")
    return [(part, pots[part.order.public_id]) for part in parts.order_by("pk")]


def _net(
    account: ConnectedAccount,
    currency: str,
    part: SellerOrder | None,
    amount: int,
    *,
    at: datetime,
) -> None:
    netting = Netting.objects.create(
        account=account,
        seller_order=part,
        amount=amount,
        currency=currency,
        netted_at=at,
    )
    ledger.post(
        kind=EntryKind.NETTING,
        reference=netting.public_id,
        currency=currency,
        moves=[
            Move(
                party_accounts.payable_name(account),
                party_accounts.receivable_name(account),
                amount,
            )
        ],
        at=at,
        order_reference=part.order.public_id if part else "",
    )
