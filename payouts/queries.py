"""What a party has earned and how it stands: reads for pages and admin.

State words are derived from the ledger's releases and from transfers, never stored:
pending → available → in_payout → paid.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    When,
)
from django.db.models import Value as V

from payouts.models import (
    Accrual,
    AccrualKind,
    ConnectedAccount,
    EntryKind,
    PayoutItem,
    PayoutSkip,
    Posting,
    Transfer,
    TransferStatus,
    WithheldShare,
)

STATES = ("pending", "available", "in_payout", "paid")
# Accruals with what `with_state` adds to each.
Accruals = QuerySet[Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Balance:
    """A party's sums by state in one currency, minor units."""

    currency: str
    pending: int
    available: int
    in_payout: int
    paid: int

    @property
    def waiting(self) -> int:
        """What is earned and not paid yet."""
        return self.pending + self.available + self.in_payout


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A row of a waterfall: what the buyer paid, and what was taken on the way."""

    key: str
    amount: int
    is_sum: bool


def earnings(account: ConnectedAccount) -> Accruals:
    """Give a party's earning lines, newest first, each with its derived `state`.

    One statement; products, orders and attribution are loaded with it.
    """
    return (
        with_state(Accrual.objects.filter(account_id=account.pk))
        .select_related(
            "seller_order__order",
            "seller_order__shop",
            "line__attribution",
            "line__seller_order",
        )
        .order_by("-accrued_at", "-pk")
    )


def with_state(accruals: QuerySet[Accrual]) -> Accruals:
    """Annotate `state`, and for creators `run_public_id` of the payout it is in."""
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
    on_its_way = Transfer.objects.filter(
        seller_order=OuterRef("seller_order"),
        status__in=[
            TransferStatus.PLANNED,
            TransferStatus.SUBMITTED,
            TransferStatus.UNKNOWN,
        ],
    )
    sent_sums = sent.order_by().values("seller_order").annotate(sum=Sum("amount"))
    share = {"kind": AccrualKind.SHARE}
    with_release: Accruals = accruals.annotate(
        release_id=Case(
            When(**share, then=Subquery(released.values("pk")[:1])),
            default=Subquery(seller_released.values("pk")[:1]),
        ),
    )
    found: Accruals = with_release.annotate(
        released_amount=Subquery(seller_released.values("amount")[:1]),
        sent_amount=Subquery(sent_sums.values("sum")),
        item_status=Subquery(items.values("transfer__status")[:1]),
        run_public_id=Subquery(items.values("run__public_id")[:1]),
        state=Case(
            When(release_id=None, then=V("pending")),
            When(**share, item_status=TransferStatus.SENT, then=V("paid")),
            When(**share, item_status__isnull=False, then=V("in_payout")),
            When(**share, then=V("available")),
            When(Exists(on_its_way), then=V("in_payout")),
            When(sent_amount__gte=F("released_amount"), then=V("paid")),
            default=V("available"),
            output_field=CharField(),
        ),
    )
    return found


def balances(account: ConnectedAccount) -> list[Balance]:
    """Sum a party's earnings by state, one Balance a currency; one statement."""
    sums: dict[str, dict[str, int]] = {}
    rows = (
        with_state(Accrual.objects.filter(account_id=account.pk))
        .order_by()
        .values("currency", "state")
        .annotate(sum=Sum("amount"))
    )
    for row in rows:
        sums.setdefault(row["currency"], {})[row["state"]] = row["sum"]
    return [
        Balance(currency=currency, **{state: found.get(state, 0) for state in STATES})
        for currency, found in sorted(sums.items())
    ]


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


def waterfall(accrual: Accrual) -> list[Step]:
    """Explain a share: from what the buyer paid for the line down to it.

    The platform's own discounts are added back, they lower nobody's share.
    """
    line = accrual.line
    assert line is not None
    paid, subsidy = line.paid_amount, line.platform_discount_amount
    tax = line.tax_included_amount + line.tax_added_amount
    others = accrual.base_amount - accrual.amount
    steps = [
        Step(key="paid", amount=paid, is_sum=True),
        Step(key="subsidy", amount=subsidy, is_sum=False),
        Step(key="tax", amount=-tax, is_sum=False),
        Step(key="base", amount=accrual.base_amount, is_sum=True),
        Step(key="others", amount=-others, is_sum=False),
        Step(key="share", amount=accrual.amount, is_sum=True),
    ]
    return [step for step in steps if step.amount or step.is_sum]


def bars(steps: list[Step]) -> list[dict[str, object]]:
    """Place the steps of a waterfall: start and width in percent of the widest sum."""
    whole = max((step.amount for step in steps if step.is_sum), default=0) or 1
    placed: list[dict[str, object]] = []
    end = 0
    for step in steps:
        start = 0 if step.is_sum else min(end, end + step.amount)
        width = abs(step.amount)
        end = step.amount if step.is_sum else end + step.amount
        placed.append(
            {
                "key": step.key,
                "amount": step.amount,
                "sum": step.is_sum,
                "start": round(100 * max(start, 0) / whole, 2),
                "width": round(100 * width / whole, 2),
            }
        )
    return placed


def payout_history(account: ConnectedAccount) -> "QuerySet[PayoutItem]":
    """Give what payout runs took for a payee, newest first, with run and transfer."""
    return (
        PayoutItem.objects.filter(account_id=account.pk)
        .select_related("run", "transfer")
        .order_by("-pk")
    )


def skips(account: ConnectedAccount) -> "QuerySet[PayoutSkip]":
    """Give the runs that passed a payee over, newest first."""
    found = PayoutSkip.objects.filter(account_id=account.pk).select_related("run")
    return found.order_by("-pk")


def withheld(account: ConnectedAccount) -> "QuerySet[WithheldShare]":
    """Give the shares a creator agreed on and did not earn, newest first."""
    found = WithheldShare.objects.filter(account_id=account.pk).select_related(
        "line__seller_order__order"
    )
    return found.order_by("-pk")


def seller_transfers(account: ConnectedAccount) -> "QuerySet[Transfer]":
    """Give a seller's transfers, newest first, with their orders."""
    found = Transfer.objects.filter(account_id=account.pk).select_related(
        "seller_order__order"
    )
    return found.order_by("-pk")
