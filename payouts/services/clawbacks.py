"""What a party owes after it gave back more than it had, and how that is made good.

A debt is the party's `receivable` account. What open reversals will bring is spoken
for; only the rest may be netted, so that nothing is recovered twice. Everything here
runs under the lock of the party's payable account.
"""

from datetime import datetime

from django.conf import settings
from django.db.models import Case, F, Q, Sum, When
from django.db.models.functions import Coalesce

from orders.models import SellerOrder
from payouts.models import (
    ConnectedAccount,
    EntryKind,
    LedgerAccount,
    Netting,
    Posting,
    Reversal,
    ReversalStatus,
)
from payouts.services import ledger, party_accounts
from payouts.services.ledger import Move

OPEN_REVERSALS = [
    ReversalStatus.PLANNED,
    ReversalStatus.SUBMITTED,
    ReversalStatus.UNKNOWN,
]


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


def payable_by_order(payable: LedgerAccount) -> dict[str, int]:
    """Give what is payable to a seller of each sale, by order reference; zeros left
    out, oldest first.
    """
    rows = (
        Posting.objects.filter(Q(credit=payable) | Q(debit=payable))
        .order_by()
        .values("entry__order_reference")
        .annotate(
            sum=Sum(Case(When(credit=payable, then=F("amount")), default=-F("amount"))),
        )
        .exclude(sum=0)
    )
    return {row["entry__order_reference"]: row["sum"] for row in rows}


def _payable_pots(
    account: ConnectedAccount, currency: str
) -> list[tuple[SellerOrder | None, int]]:
    payable = party_accounts.payable(account, currency)
    if account.shop_id is None:
        return [(None, ledger.balance(payable))]
    pots = payable_by_order(payable)
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
