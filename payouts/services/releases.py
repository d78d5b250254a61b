"""What becomes payable, and when: a seller's part after its hold, a creator's share
after the return window. Each release is one entry, posted under the payee's lock.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import (
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce

from orders.models import SellerOrder
from payouts.models import (
    AccountKind,
    Accrual,
    ConnectedAccount,
    Entry,
    EntryKind,
    LedgerAccount,
    ReversedShare,
    WaitsFor,
)
from payouts.services import (
    clawbacks,
    freezes,
    holds,
    ledger,
    party_accounts,
    reserves,
    transfers,
)
from payouts.services.ledger import Move, Name

K = AccountKind
BATCH = 500


def release_sellers(*, at: datetime) -> int:
    """Release each seller order whose hold is over, and plan its transfer at once when
    its payee can be paid. Returns how many were released.
    """
    released = Entry.objects.filter(
        kind=EntryKind.SELLER_RELEASE, reference=OuterRef("seller_order__public_id")
    )
    due = (
        _due(WaitsFor.FULFILLED, at)
        .filter(~Exists(released))
        .values_list("seller_order_id", flat=True)
        .distinct()
        .order_by("seller_order_id")
    )
    return sum(_release_seller(part_id, at=at) for part_id in due[:BATCH])


def plan_waiting(*, at: datetime) -> None:
    """Plan transfers of what is payable to sellers and not on its way: released while
    their payee could not be paid, refused, or given back to them.

    Four statements find what there is to plan, whatever the number of payees.
    """
    payees = holds.unblocked(ConnectedAccount.objects.exclude(shop=None), at=at)
    payables = list(
        LedgerAccount.objects.filter(
            pk__in=ledger.in_credit(K.SELLER_PAYABLE), party__in=payees
        )
        .select_related("party")
        .order_by("pk")
    )
    for payable, part_ids in _waiting_parts(payables):
        for part_id in part_ids[:BATCH]:
            with transaction.atomic(durable=True):
                part = _part(part_id)
                if transfers.was_refused_lately(part=part, at=at):
                    continue
                ledger.lock_payable(payable)
                clawbacks.net(
                    account=part.shop.connected_account,
                    currency=payable.currency,
                    at=at,
                )
                transfers.plan_seller(part=part, at=at)


def _waiting_parts(
    payables: Sequence[LedgerAccount],
) -> list[tuple[LedgerAccount, list[int]]]:
    """Give each payable account the seller orders of which something is payable."""
    pots = clawbacks.payable_by_order(payables)
    orders = {reference for by_order in pots.values() for reference in by_order}
    rows = (
        SellerOrder.objects.filter(order__public_id__in=orders)
        .order_by("pk")
        .values_list("shop_id", "order__public_id", "pk")
    )
    part_of = {(shop_id, order): pk for shop_id, order, pk in rows}
    found = []
    for payable in payables:
        assert payable.party is not None
        mine = ((payable.party.shop_id, order) for order in pots[payable.pk])
        found.append((payable, sorted(part_of[one] for one in mine if one in part_of)))
    return found


def release_creators(*, at: datetime, before: datetime) -> int:
    """Release the creator shares that became available before a moment (a midnight, so
    that a run's cut-off takes whole days). Returns how many.
    """
    due = _unreleased(before)
    payees = due.values_list("account_id", flat=True).distinct().order_by("account_id")
    return sum(_release_creator(pk, before=before, at=at) for pk in payees)


def due_to_creators(
    *, currency: str, before: datetime, account: ConnectedAccount | None = None
) -> dict[int, int]:
    """Sum what `release_creators` would release, to all or to one of them: minor units
    by account id.
    """
    whose = Q() if account is None else Q(account=account)
    share_bps = Coalesce(F("account__terms__reserve_bps"), 0)
    rows = (
        _unreleased(before)
        .filter(whose, currency=currency)
        .annotate(released=F("held_amount") - F("held_amount") * share_bps / 10_000)
        .order_by()
        .values("account_id")
        .annotate(sum=Sum("released"))
    )
    return {row["account_id"]: row["sum"] for row in rows}


def _unreleased(before: datetime) -> QuerySet[Any]:
    """Keep the creator shares due before a moment that no entry has released."""
    released = Entry.objects.filter(
        kind=EntryKind.CREATOR_RELEASE, reference=OuterRef("public_id")
    )
    return _due(WaitsFor.DELIVERED, before).filter(~Exists(released))


def _due(waits_for: WaitsFor, at: datetime) -> QuerySet[Any]:
    """Keep the accruals whose hold is over at a moment and of which something is still
    held, as `held_amount`.
    """
    moment = (
        "seller_order__fulfilled_at"
        if waits_for == WaitsFor.FULFILLED
        else "seller_order__delivered_at"
    )
    hold = ExpressionWrapper(
        F("hold_days") * Value(timedelta(days=1)), output_field=DurationField()
    )
    due = ExpressionWrapper(F(moment) + hold, output_field=DateTimeField())
    taken = (
        ReversedShare.objects.counting()
        .filter(accrual=OuterRef("pk"))
        .order_by()
        .values("accrual")
        .annotate(sum=Sum("from_held_amount"))
    )
    return (
        holds.without_held(Accrual.objects.filter(waits_for=waits_for))
        .annotate(
            due_at=due,
            held_amount=F("amount") - Coalesce(Subquery(taken.values("sum")), 0),
        )
        .filter(due_at__lte=at, held_amount__gt=0)
        # What a bank is asking about stays held.
        .exclude(freezes.of_order("seller_order__order"))
    )


def _release_seller(part_id: int, *, at: datetime) -> int:
    with transaction.atomic(durable=True):
        part = _part(part_id)
        account, currency = part.shop.connected_account, part.order.currency
        payable = party_accounts.payable(account, currency)
        ledger.lock_payable(payable)
        amount = _held_amount(part)
        if not amount or holds.on_hold(part, account):
            return 0
        try:
            ledger.post(
                kind=EntryKind.SELLER_RELEASE,
                reference=part.public_id,
                currency=currency,
                moves=[
                    Move(
                        Name(K.SELLER_HELD, account),
                        Name(K.SELLER_PAYABLE, account),
                        reserves.less_reserve(account=account, amount=amount),
                    )
                ],
                at=at,
                order_reference=part.order.public_id,
            )
        except ledger.AlreadyPosted:
            return 0
        reserves.keep(
            account=account,
            seller_order=part,
            released_from=amount,
            currency=currency,
            at=at,
        )
        clawbacks.net(account=account, currency=currency, at=at)
        if holds.blocking_reason(account=account, at=at) is None:
            transfers.plan_seller(part=part, at=at)
    return 1


def _release_creator(account_id: int, *, before: datetime, at: datetime) -> int:
    """Release all due shares of one creator, in the order they became due."""
    released = 0
    with transaction.atomic(durable=True):
        account = ConnectedAccount.objects.select_related("creator").get(pk=account_id)
        done = Entry.objects.filter(
            kind=EntryKind.CREATOR_RELEASE, reference=OuterRef("public_id")
        )
        due = _due(WaitsFor.DELIVERED, before).filter(account=account)
        currencies = sorted(set(due.values_list("currency", flat=True)))
        for currency in currencies:
            ledger.lock_payable(party_accounts.payable(account, currency))
        rows = due.filter(~Exists(done), currency__in=currencies).select_related(
            "seller_order__order"
        )
        for accrual in rows.order_by("seller_order__delivered_at", "hold_days", "pk"):
            ledger.post(
                kind=EntryKind.CREATOR_RELEASE,
                reference=accrual.public_id,
                currency=accrual.currency,
                moves=[
                    Move(
                        Name(K.CREATOR_HELD, account),
                        Name(K.CREATOR_PAYABLE, account),
                        reserves.less_reserve(
                            account=account, amount=accrual.held_amount
                        ),
                    )
                ],
                at=at,
                order_reference=accrual.seller_order.order.public_id,
            )
            reserves.keep(
                account=account,
                accrual=accrual,
                released_from=accrual.held_amount,
                currency=accrual.currency,
                at=at,
            )
            released += 1
        for currency in currencies:
            clawbacks.net(account=account, currency=currency, at=at)
    return released


def _part(part_id: int) -> SellerOrder:
    found: SellerOrder = SellerOrder.objects.select_related(
        "order", "shop__connected_account"
    ).get(pk=part_id)
    return found


def _held_amount(part: SellerOrder) -> int:
    """What is held for the seller of a sale: its part less what was taken back."""
    account = party_accounts.held(part.shop.connected_account, part.order.currency)
    return ledger.balance(account, order_reference=part.order.public_id)
