"""What a party has earned and how it stands: reads for pages and admin.

State words are derived from the ledger's releases and from transfers, never stored:
pending → available → in_payout → paid.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
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
    AccountKind,
    Accrual,
    AccrualKind,
    ConnectedAccount,
    Dispute,
    DisputeStatus,
    EntryKind,
    Hold,
    LedgerAccount,
    Netting,
    PartyPayout,
    PayoutItem,
    PayoutSkip,
    Posting,
    Reserve,
    Reversal,
    ReversalStatus,
    ReversedShare,
    Transfer,
    TransferStatus,
    WithheldShare,
    WriteOff,
    WriteOffStatus,
)
from sellers.models import Shop

OPEN_REVERSALS = [
    ReversalStatus.PLANNED,
    ReversalStatus.SUBMITTED,
    ReversalStatus.UNKNOWN,
]
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Balance:
    """A party's money in one currency, minor units: what is held, payable, on its way
    and has arrived (less what was taken back), and what the party owes.
    """

    currency: str
    pending: int
    available: int
    in_payout: int
    paid: int
    owed: int

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
        status__in=[
            TransferStatus.PLANNED,
            TransferStatus.SUBMITTED,
            TransferStatus.UNKNOWN,
        ],
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


BALANCES = """
    SELECT account.currency,
           account.kind,
           coalesce(sum(side.effect), 0)
    FROM payouts_ledgeraccount account
    LEFT JOIN (
        SELECT credit_id AS account_id, amount AS effect FROM payouts_posting
        WHERE credit_id IN (SELECT id FROM payouts_ledgeraccount WHERE party_id = %(p)s)
        UNION ALL
        SELECT debit_id, -amount FROM payouts_posting
        WHERE debit_id IN (SELECT id FROM payouts_ledgeraccount WHERE party_id = %(p)s)
    ) side ON side.account_id = account.id
    WHERE account.party_id = %(p)s
    GROUP BY account.currency, account.kind
    UNION ALL
    SELECT currency, CASE status WHEN 'sent' THEN 'sent' ELSE 'on_its_way' END,
           sum(amount)
    FROM payouts_transfer WHERE account_id = %(p)s AND status <> 'failed'
    GROUP BY 1, 2
    UNION ALL
    SELECT reversal.currency, 'taken_back', sum(reversal.amount)
    FROM payouts_reversal reversal
    JOIN payouts_transfer transfer ON transfer.id = reversal.transfer_id
    WHERE transfer.account_id = %(p)s AND reversal.status = 'sent'
    GROUP BY 1, 2
"""


def balances(account: ConnectedAccount) -> list[Balance]:
    """Read a party's money off the ledger and its transfers, one Balance a currency;
    one statement.
    """
    found: dict[str, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(BALANCES, {"p": account.pk})
        for currency, kind, amount in cursor.fetchall():
            sums = found.setdefault(currency, {})
            sums[kind] = sums.get(kind, 0) + int(amount)
    return [
        Balance(
            currency=currency,
            pending=sums.get("seller_held", 0) + sums.get("creator_held", 0),
            available=sums.get("seller_payable", 0) + sums.get("creator_payable", 0),
            in_payout=sums.get("on_its_way", 0),
            paid=sums.get("sent", 0) - sums.get("taken_back", 0),
            owed=-sums.get("receivable", 0),
        )
        for currency, sums in sorted(found.items())
    ]


def disputes_of(shop: Shop) -> "QuerySet[Dispute]":
    """Give the disputes of a shop's sales, what is open first, then the newest."""
    found = Dispute.objects.concerning(shop).select_related("payment__order")
    return found.order_by(F("closed_at").desc(nulls_first=True), "-opened_at", "-pk")


def borne_by(account: ConnectedAccount, *, dispute: Dispute) -> dict[str, int]:
    """Sum what a party bears of a dispute, and out of what; minor units. Nothing of one
    that was won on appeal.
    """
    rows = ReversedShare.objects.counting().filter(
        account_id=account.pk, dispute=dispute
    )
    sums = rows.aggregate(
        amount=Sum("amount"),
        held=Sum("from_held_amount"),
        payable=Sum("from_payable_amount"),
        owed=Sum("from_receivable_amount"),
    )
    return {name: amount or 0 for name, amount in sums.items()}


@dataclass(frozen=True, kw_only=True, slots=True)
class Debt:
    """What a party owes, minor units: in all, what open reversals will bring of it, and
    what is asked to be written off.
    """

    account: ConnectedAccount
    currency: str
    owed_amount: int
    reversing_amount: int
    asked_amount: int

    @property
    def free_amount(self) -> int:
        """What may still be asked to be written off."""
        return max(self.owed_amount - self.reversing_amount - self.asked_amount, 0)


def debts() -> list[Debt]:
    """List who owes something, the most first; a fixed number of statements."""
    receivables = LedgerAccount.objects.filter(kind=AccountKind.RECEIVABLE)
    owed: dict[tuple[int | None, str], int] = {}
    for side, sign in (("debit", 1), ("credit", -1)):
        rows = (
            Posting.objects.filter(**{f"{side}__in": receivables})
            .order_by()
            .values(f"{side}__party", "currency")
            .annotate(sum=Sum("amount"))
        )
        for row in rows:
            key = row[f"{side}__party"], row["currency"]
            owed[key] = owed.get(key, 0) + sign * row["sum"]
    reversing = _sums(
        Reversal.objects.filter(status__in=OPEN_REVERSALS), "transfer__account"
    )
    asked = _sums(WriteOff.objects.filter(status=WriteOffStatus.REQUESTED), "account")
    accounts = ConnectedAccount.objects.select_related("shop", "creator").in_bulk(
        [party for (party, _), amount in owed.items() if amount > 0 and party]
    )
    found = [
        Debt(
            account=accounts[party],
            currency=currency,
            owed_amount=amount,
            reversing_amount=reversing.get((party, currency), 0),
            asked_amount=asked.get((party, currency), 0),
        )
        for (party, currency), amount in owed.items()
        if amount > 0 and party is not None
    ]
    return sorted(found, key=lambda one: (one.currency, -one.owed_amount))


def _sums(rows: QuerySet[Any], account: str) -> dict[tuple[int, str], int]:
    grouped = rows.order_by().values_list(account, "currency").annotate(Sum("amount"))
    return {(party, currency): amount for party, currency, amount in grouped}


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


def open_holds(account: ConnectedAccount) -> "QuerySet[Hold]":
    """Give what staff hold of a payee now, newest first."""
    found = Hold.objects.filter(account_id=account.pk, released_at=None)
    related = ("accrual__line", "seller_order__order")
    return found.select_related(*related).order_by("-pk")


def open_reserves(account: ConnectedAccount) -> "QuerySet[Any]":
    """Give what is kept back of a payee's releases, the nearest day first, each with
    `order_id`, the order's public id.
    """
    found = Reserve.objects.filter(account_id=account.pk, released_at=None)
    order = Coalesce(
        "seller_order__order__public_id",
        "accrual__seller_order__order__public_id",
    )
    return found.annotate(order_id=order).order_by("until", "pk")


def bank_payouts(account: ConnectedAccount) -> "QuerySet[PartyPayout]":
    """Give a party's payouts to their bank, newest first."""
    found = PartyPayout.objects.filter(account_id=account.pk)
    return found.order_by("-started_at", "-pk")
