"""How a party makes good what it owes: by the transfers of that very sale taken back,
planned here under the payee's lock and sent by `reversal_sending`; else by netting.
"""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Case, IntegerField, Sum, Value, When
from django.db.models.functions import Coalesce

from marketplace.kit import jobs
from orders.models import Refund, SellerOrder
from payouts.models import (
    ConnectedAccount,
    Dispute,
    Reversal,
    ReversalStatus,
    ReversedShare,
    Transfer,
    TransferKind,
    TransferStatus,
)
from payouts.services import clawbacks, ledger, party_accounts, write_offs

# What a reversal was refused for when the debt had gone meanwhile.
NO_LONGER_OWED = "no_longer_owed"
NEWEST_FIRST = [TransferKind.RESTORED, TransferKind.SUBSIDY, TransferKind.SELLER]


def settle(
    *,
    account: ConnectedAccount,
    currency: str,
    part: SellerOrder | None,
    refund: Refund | None,
    dispute: Dispute | None,
    at: datetime,
) -> None:
    """Let a party make good what it owes, by the policy of its kind: by taking back
    the transfers of the very sale, else from what is payable to it. What is above the
    most it may owe falls on the platform.

    Assumes a transaction that holds the payee's lock, after the entry of the debt.
    """
    cause = refund or dispute
    if part is not None and cause is not None and _reverses(account):
        plan(part=part, refund=refund, dispute=dispute, at=at)
    clawbacks.net(account=account, currency=currency, at=at)
    write_offs.bound(account=account, currency=currency, at=at)


def plan(
    *,
    part: SellerOrder,
    refund: Refund | None = None,
    dispute: Dispute | None = None,
    at: datetime,
) -> list[Reversal]:
    """Plan to take back what a seller owes for a refund or a dispute out of the
    transfers of that sale, the newest kinds first; never more than is not reversed yet
    of each, nor than is owed. What was refused before is not tried again: it is netted.

    Assumes a transaction that holds the payee's lock. Safe to call again.
    """
    account, currency = part.shop.connected_account, part.order.currency
    wanted = min(
        _owed_for(part, refund, dispute) - _tried(part, refund, dispute),
        clawbacks.nettable_amount(account=account, currency=currency),
    )
    planned = []
    for transfer in _sent(part):
        amount = min(wanted, unreversed_amount(transfer))
        if amount > 0:
            wanted -= amount
            planned.append(
                _plan(transfer, amount, refund=refund, dispute=dispute, at=at)
            )
    return planned


def plan_for_sent(*, transfer: Transfer, at: datetime) -> list[Reversal]:
    """Plan what a transfer that was still in doubt when its money was taken back makes
    possible now that it arrived. No-op for a creator's, which sums many sales.
    """
    part = transfer.seller_order
    if part is None or not _reverses(transfer.account):
        return []
    causes = ReversedShare.objects.counting().filter(
        seller_order=part, account=transfer.account, from_receivable_amount__gt=0
    )
    if not causes.exists():
        return []
    planned = []
    with transaction.atomic():
        ledger.lock_payable(party_accounts.payable(transfer.account, transfer.currency))
        for refund, dispute in {(one.refund, one.dispute) for one in causes}:
            planned += plan(part=part, refund=refund, dispute=dispute, at=at)
    return planned


def unreversed_amount(transfer: Transfer) -> int:
    """Give what of a transfer was not taken back nor is about to be, minor units."""
    taken: int = transfer.reversals.exclude(status=ReversalStatus.FAILED).aggregate(
        sum=Coalesce(Sum("amount"), 0)
    )["sum"]
    return transfer.amount - taken


def _reverses(account: ConnectedAccount) -> bool:
    return bool(settings.CLAWBACK[party_accounts.role(account)]["reverse"])


def _owed_for(part: SellerOrder, refund: Refund | None, dispute: Dispute | None) -> int:
    """What a seller came to owe for a sale by this cause."""
    amount: int = ReversedShare.objects.filter(
        seller_order=part,
        account=part.shop.connected_account,
        refund=refund,
        dispute=dispute,
    ).aggregate(sum=Coalesce(Sum("from_receivable_amount"), 0))["sum"]
    return amount


def _tried(part: SellerOrder, refund: Refund | None, dispute: Dispute | None) -> int:
    """What was planned for this cause before, however it ended."""
    amount: int = (
        Reversal.objects.filter(
            transfer__seller_order=part, refund=refund, dispute=dispute
        )
        .exclude(failure_code=NO_LONGER_OWED)
        .exclude(is_external=True)
        .aggregate(sum=Coalesce(Sum("amount"), 0))["sum"]
    )
    return amount


def _sent(part: SellerOrder) -> Iterable[Transfer]:
    order = Case(
        *(When(kind=kind, then=Value(n)) for n, kind in enumerate(NEWEST_FIRST)),
        default=Value(len(NEWEST_FIRST)),
        output_field=IntegerField(),
    )
    found = part.transfers.filter(status=TransferStatus.SENT)
    return found.order_by(order, "-part", "-pk")


def _plan(
    transfer: Transfer,
    amount: int,
    *,
    refund: Refund | None,
    dispute: Dispute | None,
    at: datetime,
) -> Reversal:
    planned = Reversal.objects.create(
        transfer=transfer,
        refund=refund,
        dispute=dispute,
        amount=amount,
        currency=transfer.currency,
        is_external=False,
        planned_at=at,
    )
    jobs.enqueue("payouts.tasks.send_reversal", reversal_id=planned.pk)
    return planned
