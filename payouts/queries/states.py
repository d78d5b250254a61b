"""What a party has earned and how each of it stands.

State words are derived from the ledger's releases and from transfers, never stored:
pending → available → in_payout → paid.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    When,
)
from django.db.models import Value as V
from django.db.models.functions import Coalesce

from payouts.models import (
    OPEN_TRANSFERS,
    Accrual,
    AccrualKind,
    ConnectedAccount,
    Dispute,
    DisputeStatus,
    EntryKind,
    Hold,
    Netting,
    PayoutItem,
    Posting,
    ReversedShare,
    Transfer,
    TransferStatus,
)

STATES = ("pending", "available", "in_payout", "paid", "held", "reversed")
# A dispute in one of these may still take the money; what it concerns is held.
OPEN_DISPUTES = [
    DisputeStatus.NEEDS_RESPONSE,
    DisputeStatus.UNDER_REVIEW,
    DisputeStatus.APPEAL_NEEDS_RESPONSE,
    DisputeStatus.APPEAL_UNDER_REVIEW,
]
# Accruals with what `with_state` adds to each.
Accruals = QuerySet[Any]


def earnings(account: ConnectedAccount) -> Accruals:
    """Give a party's earning lines, newest first, each with its derived `state`.

    Two statements; products, orders and attribution are loaded with it, and what was
    taken back of each with its cause.
    """
    return (
        with_state(Accrual.objects.filter(account_id=account.pk))
        .select_related(
            "seller_order__order",
            "seller_order__shop",
            "line__attribution",
            "line__seller_order",
        )
        .prefetch_related(
            Prefetch(
                "reversed_shares",
                ReversedShare.objects.select_related("refund", "dispute").order_by(
                    "pk"
                ),
            )
        )
        .order_by("-accrued_at", "-pk")
    )


def with_state(accruals: QuerySet[Accrual]) -> Accruals:
    """Annotate `left_amount` (less what refunds and disputes took), `state`, and for
    creators `run_public_id` of the payout it is in.
    """
    return _in_state(_with_facts(_with_left(accruals)))


def _with_left(accruals: QuerySet[Accrual]) -> Accruals:
    """Annotate what is left of each after what was taken back."""
    taken = (
        ReversedShare.objects.counting()
        .filter(accrual=OuterRef("pk"))
        .order_by()
        .values("accrual")
        .annotate(sum=Sum("amount"))
    )
    found: Accruals = accruals.annotate(
        left_amount=F("amount") - Coalesce(Subquery(taken.values("sum")), 0)
    )
    return found


def _with_facts(accruals: Accruals) -> Accruals:
    """Annotate releases, payout items and transfers, which tell the state."""
    released = Posting.objects.filter(
        entry__kind=EntryKind.CREATOR_RELEASE, entry__reference=OuterRef("public_id")
    )
    items = (
        PayoutItem.objects.filter(
            account=OuterRef("account"),
            run__currency=OuterRef("currency"),
            last_posting_id__gte=OuterRef("release_id"),
        )
        .exclude(transfer__status=TransferStatus.FAILED)
        .order_by("last_posting_id")
    )
    seller_released = Posting.objects.filter(
        entry__kind=EntryKind.SELLER_RELEASE,
        entry__reference=OuterRef("seller_order__public_id"),
    )
    sent = Transfer.objects.filter(
        seller_order=OuterRef("seller_order"), status=TransferStatus.SENT
    )
    netted = Netting.objects.filter(seller_order=OuterRef("seller_order"))
    drawn = ReversedShare.objects.filter(seller_order=OuterRef("seller_order"))
    with_release: Accruals = accruals.annotate(
        release_id=Case(
            When(kind=AccrualKind.SHARE, then=Subquery(released.values("pk")[:1])),
            default=Subquery(seller_released.values("pk")[:1]),
        ),
    )
    found: Accruals = with_release.annotate(
        released_amount=Subquery(seller_released.values("amount")[:1]),
        gone_amount=(
            _sum_of(sent, "amount")
            + _sum_of(netted, "amount")
            + _sum_of(drawn.filter(role="seller"), "from_payable_amount")
        ),
        item_status=Subquery(items.values("transfer__status")[:1]),
        run_public_id=Subquery(items.values("run__public_id")[:1]),
        is_disputed=Exists(
            Dispute.objects.filter(
                payment__order=OuterRef("seller_order__order"),
                status__in=OPEN_DISPUTES,
            )
        ),
        is_on_hold=Exists(
            Hold.objects.filter(
                Q(accrual=OuterRef("pk")) | Q(seller_order=OuterRef("seller_order")),
                account=OuterRef("account"),
                released_at=None,
            )
        ),
    )
    return found


def _sum_of(rows: QuerySet[Any], field: str) -> Coalesce:
    sums = rows.order_by().values("seller_order").annotate(sum=Sum(field))
    return Coalesce(Subquery(sums.values("sum")), 0)


def _in_state(accruals: Accruals) -> Accruals:
    on_its_way = Transfer.objects.filter(
        seller_order=OuterRef("seller_order"),
        status__in=OPEN_TRANSFERS,
    )
    share = {"kind": AccrualKind.SHARE}
    found: Accruals = accruals.annotate(
        state=Case(
            When(left_amount=0, then=V("reversed")),
            When(release_id=None, is_disputed=True, then=V("held")),
            When(release_id=None, is_on_hold=True, then=V("held")),
            When(release_id=None, then=V("pending")),
            When(**share, item_status=TransferStatus.SENT, then=V("paid")),
            When(**share, item_status__isnull=False, then=V("in_payout")),
            When(**share, then=V("available")),
            When(Exists(on_its_way), then=V("in_payout")),
            When(gone_amount__gte=F("released_amount"), then=V("paid")),
            default=V("available"),
            output_field=CharField(),
        ),
    )
    return found


def pending(account: ConnectedAccount) -> Accruals:
    """Give what is pending of a party with its order, the oldest first."""
    return (
        with_state(Accrual.objects.filter(account_id=account.pk))
        .filter(state="pending")
        .select_related("seller_order__order", "line")
        .order_by("pk")
    )


def next_available(account: ConnectedAccount) -> datetime | None:
    """Give the nearest day on which something pending becomes available, if known."""
    pending = with_state(Accrual.objects.filter(account_id=account.pk)).filter(
        state="pending"
    )
    dated = pending.exclude(seller_order__fulfilled_at=None).select_related(
        "seller_order"
    )
    days = [
        accrual.available_at
        for accrual in dated.order_by("seller_order__fulfilled_at")[:50]
        if accrual.available_at is not None
    ]
    return min(days, default=None)


def expected_at(accrual: Accrual) -> datetime | None:
    """Give the day an accrual becomes available; for a parcel under way, the day by
    the assumed delivery. None while nothing was shipped.
    """
    if accrual.available_at is not None:
        return accrual.available_at
    shipped: datetime | None = accrual.seller_order.fulfilled_at
    if shipped is None:
        return None
    days = settings.ASSUMED_DELIVERY_DAYS + accrual.hold_days
    return shipped + timedelta(days=days)
