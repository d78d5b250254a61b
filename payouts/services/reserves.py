"""Reserves: a share of each release that stays held for some days, so that returns
which come late find money. What is left of it on the day is released.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from orders.models import SellerOrder
from payouts.models import (
    Accrual,
    ConnectedAccount,
    EntryKind,
    Reserve,
    ReversedShare,
)
from payouts.services import (
    clawbacks,
    holds,
    ledger,
    party_accounts,
    takebacks,
    terms,
    transfers,
)
from payouts.services.ledger import Move

BATCH = 500


def less_reserve(*, account: ConnectedAccount, amount: int) -> int:
    """Give what is released of an amount whose hold is over, minor units: never
    nothing, as the release says that the hold is over.
    """
    share_bps, _days = terms.reserve(account)
    return amount - amount * share_bps // 10_000


def keep(
    *,
    account: ConnectedAccount,
    released_from: int,
    currency: str,
    accrual: Accrual | None = None,
    seller_order: SellerOrder | None = None,
    at: datetime,
) -> None:
    """Note what a release left in held, and until when; nothing where that is 0.

    Assumes the transaction of the release, under the payee's lock.
    """
    share_bps, days = terms.reserve(account)
    kept = released_from * share_bps // 10_000
    if kept:
        newest = ReversedShare.objects.filter(account=account).aggregate(n=Max("pk"))
        Reserve.objects.create(
            last_share_id=newest["n"] or 0,
            account=account,
            accrual=accrual,
            seller_order=seller_order,
            amount=kept,
            currency=currency,
            kept_at=at,
            until=at + timedelta(days=days),
        )


def release_due(*, at: datetime) -> int:
    """Release the reserves whose day has come, less what refunds took of them. A held
    one waits. Returns how many.
    """
    due = Reserve.objects.filter(until__lte=at, released_at=None).order_by("pk")
    return sum(_release(pk, at=at) for pk in due.values_list("pk", flat=True)[:BATCH])


def _release(reserve_id: int, *, at: datetime) -> int:
    with transaction.atomic(durable=True):
        reserve = Reserve.objects.select_related(
            *("account__shop", "account__creator", "seller_order__order"),
            "accrual__seller_order__order",
        ).get(pk=reserve_id)
        account, part = reserve.account, _part(reserve)
        ledger.lock_payable(party_accounts.payable(account, reserve.currency))
        if holds.on_hold(part, account):
            return 0
        amount = min(reserve.amount, _held_amount(reserve, part))
        kept = Reserve.objects.filter(pk=reserve.pk, released_at=None)
        if not kept.update(released_at=at):
            return 0
        if amount > 0:
            ledger.post(
                kind=EntryKind.RESERVE_RELEASE,
                reference=reserve.public_id,
                currency=reserve.currency,
                moves=[
                    Move(
                        party_accounts.held_name(account),
                        party_accounts.payable_name(account),
                        amount,
                    )
                ],
                at=at,
                order_reference=part.order.public_id,
            )
            clawbacks.net(account=account, currency=reserve.currency, at=at)
        if account.shop_id and holds.blocking_reason(account=account, at=at) is None:
            transfers.plan_seller(part=part, at=at)
    return 1


def _held_amount(reserve: Reserve, part: SellerOrder) -> int:
    """What is still held of the earning or seller order, minor units."""
    if reserve.accrual is not None:
        return takebacks.held_amount(part.order, reserve.accrual)
    held = party_accounts.held(reserve.account, reserve.currency)
    return ledger.balance(held, order_reference=part.order.public_id)


def _part(reserve: Reserve) -> SellerOrder:
    if reserve.seller_order is not None:
        return reserve.seller_order
    assert reserve.accrual is not None
    return reserve.accrual.seller_order
