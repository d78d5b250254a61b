"""What becomes payable, and when: a seller's part after its hold, a creator's share
after the return window. Each release is one entry, posted under the payee's lock.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import (
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
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
    Posting,
    Transfer,
    TransferStatus,
    WaitsFor,
)
from payouts.services import ledger, transfers
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
    """Plan transfers of seller orders released while their payee could not be paid, or
    one of whose transfers was refused.
    """
    released = Posting.objects.filter(
        entry__kind=EntryKind.SELLER_RELEASE, entry__reference=OuterRef("public_id")
    )
    live = Transfer.objects.filter(seller_order=OuterRef("pk")).exclude(
        status=TransferStatus.FAILED
    )
    sums = live.order_by().values("seller_order").annotate(sum=Sum("amount"))
    waiting = (
        SellerOrder.objects.filter(
            shop__connected_account__status="active",
        )
        .annotate(
            released=Subquery(released.values("amount")[:1]),
            planned=Coalesce(Subquery(sums.values("sum")), 0),
        )
        .filter(released__gt=F("planned"))
    )
    for part_id in waiting.order_by("pk").values_list("pk", flat=True)[:BATCH]:
        with transaction.atomic(durable=True):
            part = _part(part_id)
            account = part.shop.connected_account
            ledger.lock_payable(transfers.payable_account(account, part.order.currency))
            transfers.plan_seller(part=part, amount=_amount(part), at=at)


def release_creators(*, at: datetime, before: datetime) -> int:
    """Release the creator shares that became available before a moment (a midnight, so
    that a run's cut-off takes whole days). Returns how many.
    """
    due = _unreleased(before)
    payees = due.values_list("account_id", flat=True).distinct().order_by("account_id")
    return sum(_release_creator(pk, before=before, at=at) for pk in payees)


def due_to_creators(*, currency: str, before: datetime) -> dict[int, int]:
    """Sum what `release_creators` would release: minor units by account id."""
    rows = (
        _unreleased(before)
        .filter(currency=currency)
        .order_by()
        .values("account_id")
        .annotate(sum=Sum("amount"))
    )
    return {row["account_id"]: row["sum"] for row in rows}


def _unreleased(before: datetime) -> "QuerySet[Accrual]":
    """Keep the creator shares due before a moment that no entry has released."""
    released = Entry.objects.filter(
        kind=EntryKind.CREATOR_RELEASE, reference=OuterRef("public_id")
    )
    return _due(WaitsFor.DELIVERED, before).filter(~Exists(released))


def _due(waits_for: WaitsFor, at: datetime) -> "QuerySet[Accrual]":
    """Keep the accruals whose hold is over at a moment."""
    moment = (
        "seller_order__fulfilled_at"
        if waits_for == WaitsFor.FULFILLED
        else "seller_order__delivered_at"
    )
    hold = ExpressionWrapper(
        F("hold_days") * Value(timedelta(days=1)), output_field=DurationField()
    )
    due = ExpressionWrapper(F(moment) + hold, output_field=DateTimeField())
    return (
        Accrual.objects.filter(waits_for=waits_for)
        .annotate(due_at=due)
        .filter(due_at__lte=at)
    )


def _release_seller(part_id: int, *, at: datetime) -> int:
    with transaction.atomic(durable=True):
        part = _part(part_id)
        account, currency = part.shop.connected_account, part.order.currency
        amount = _amount(part)
        ledger.lock_payable(transfers.payable_account(account, currency))
        try:
            ledger.post(
                kind=EntryKind.SELLER_RELEASE,
                reference=part.public_id,
                currency=currency,
                moves=[
                    Move(
                        Name(K.SELLER_HELD, account),
                        Name(K.SELLER_PAYABLE, account),
                        amount,
                    )
                ],
                at=at,
                order_reference=part.order.public_id,
            )
        except ledger.AlreadyPosted:
            return 0
        if account.is_active:
            transfers.plan_seller(part=part, amount=amount, at=at)
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
            ledger.lock_payable(transfers.payable_account(account, currency))
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
                        accrual.amount,
                    )
                ],
                at=at,
                order_reference=accrual.seller_order.order.public_id,
            )
            released += 1
    return released


def _part(part_id: int) -> SellerOrder:
    found: SellerOrder = SellerOrder.objects.select_related(
        "order", "shop__connected_account"
    ).get(pk=part_id)
    return found


def _amount(part: SellerOrder) -> int:
    """What a seller order brings its seller: goods and delivery, minor units."""
    rows = part.accruals.filter(waits_for=WaitsFor.FULFILLED)
    return sum(rows.values_list("amount", flat=True))
