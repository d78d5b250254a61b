"""What a party took in a year, by quarter: the figures tax reports ask for.

Gross, fees, refunds and counts, as platforms report of sellers (DAC7 in the EU, 1099-K
in the US). A creator's shares are another kind of income, and stand apart.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db.models import BigIntegerField, Case, Count, F, Sum, When
from django.db.models.functions import Coalesce, ExtractQuarter

from marketplace.kit import money
from marketplace.kit.spreadsheets import Cell
from orders.models import RefundFunding, RefundLine, SellerOrder
from payouts.models import (
    Accrual,
    AccrualKind,
    ConnectedAccount,
    Entry,
    EntryKind,
    ReversedShare,
)

HEAD = (
    *("party", "name", "account at Stripe", "year", "quarter", "currency", "sales"),
    *("gross", "fees", "refunds", "refunded"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Quarter:
    """One quarter of one party and currency; amounts in minor units.

    For a seller `gross_amount` is what his goods and deliveries were sold for (the
    platform's discounts added back), `fees_amount` what the platform and creators were
    given of it; for a creator gross is what he earned. `refunded_amount` is gross given
    back, `count` the sales (orders for a seller, lines for a creator).
    """

    year: int
    quarter: int
    currency: str
    count: int
    gross_amount: int
    fees_amount: int
    refunded_amount: int
    refunds: int


def totals(*, account: ConnectedAccount, year: int) -> list[Quarter]:
    """Give a party's quarters of a year (UTC) in which anything happened, by currency.
    A bounded number of statements.
    """
    if account.pk is None:
        return []
    starts_at = datetime(year, 1, 1, tzinfo=UTC)
    ends_at = datetime(year + 1, 1, 1, tzinfo=UTC)
    within = (starts_at, ends_at)
    sold = _sold(account, within) if account.shop_id else _earned(account, within)
    back = (
        _given_back(account, within) if account.shop_id else _reversed(account, within)
    )
    keys = sorted({*sold, *back})
    return [
        Quarter(
            year=year,
            quarter=quarter,
            currency=currency,
            count=sold.get((quarter, currency), (0, 0, 0))[0],
            gross_amount=sold.get((quarter, currency), (0, 0, 0))[1],
            fees_amount=sold.get((quarter, currency), (0, 0, 0))[2],
            refunds=back.get((quarter, currency), (0, 0))[0],
            refunded_amount=back.get((quarter, currency), (0, 0))[1],
        )
        for quarter, currency in keys
    ]


def rows(*, year: int) -> Iterator[list[Cell]]:
    """Give every party's quarters of a year as a table for a tax report, its head first;
    amounts in the units people write. A bounded number of statements a party.
    """
    yield [*HEAD]
    for account, one in _all_totals(year=year):
        amounts = (one.gross_amount, one.fees_amount, one.refunded_amount)
        gross, fees, refunded = (money.plain(a, one.currency) for a in amounts)
        yield [
            *(account.reference, account.party.name, account.provider_id or ""),
            *(one.year, one.quarter, one.currency, one.count),
            *(Decimal(gross), Decimal(fees), one.refunds, Decimal(refunded)),
        ]


def _all_totals(*, year: int) -> Iterator[tuple[ConnectedAccount, Quarter]]:
    accounts = ConnectedAccount.objects.select_related("shop", "creator")
    for account in accounts.order_by("pk").iterator(chunk_size=500):
        for quarter in totals(account=account, year=year):
            yield account, quarter


Key = tuple[int, str]
Within = tuple[datetime, datetime]


def _sold(account: ConnectedAccount, within: Within) -> dict[Key, tuple[int, int, int]]:
    """Count a shop's captured orders, what they were sold for, and what of it went to
    the platform and to creators (gross less what accrued to the shop).
    """
    captured = Entry.objects.filter(
        kind=EntryKind.CAPTURE, occurred_at__gte=within[0], occurred_at__lt=within[1]
    )
    parts = SellerOrder.objects.filter(
        shop=account.shop,
        order__public_id__in=captured.values("order_reference"),
    ).annotate(quarter=ExtractQuarter("order__paid_at", tzinfo=UTC))
    found: dict[Key, list[int]] = {}
    # Tax that the platform collects is nobody's turnover here.
    tax = Case(
        When(
            tax_collected_by="platform",
            then=F("lines__tax_included_amount") + F("lines__tax_added_amount"),
        ),
        default=0,
    )
    gross = F("lines__paid_amount") + F("lines__platform_discount_amount") - tax
    for row in _grouped(parts, goods=Sum(gross)):
        sums = found.setdefault((row["quarter"], row["order__currency"]), [0, 0, 0])
        sums[1] += row["goods"] or 0
    delivered = F("delivery_amount") + Case(
        When(tax_collected_by="platform", then=-F("delivery_tax_included_amount")),
        default=F("delivery_tax_added_amount"),
        output_field=BigIntegerField(),
    )
    for row in _grouped(parts, n=Count("pk"), delivered=Sum(delivered)):
        sums = found.setdefault((row["quarter"], row["order__currency"]), [0, 0, 0])
        sums[0] += row["n"]
        sums[1] += row["delivered"]
    own = Accrual.objects.filter(account=account, seller_order__in=parts).annotate(
        quarter=ExtractQuarter("accrued_at", tzinfo=UTC)
    )
    kept = own.order_by().values("quarter", "currency").annotate(sum=Sum("amount"))
    for row in kept:
        sums = found.setdefault((row["quarter"], row["currency"]), [0, 0, 0])
        sums[2] = sums[1] - row["sum"]
    return {key: (n, gross, fees) for key, (n, gross, fees) in found.items()}


def _grouped(parts: Any, **sums: Any) -> Any:
    return parts.order_by().values("quarter", "order__currency").annotate(**sums)


def _given_back(
    account: ConnectedAccount, within: Within
) -> dict[Key, tuple[int, int]]:
    rows = (
        RefundLine.objects.filter(
            seller_order__shop=account.shop,
            refund__withdrawn_at=None,
            refund__requested_at__gte=within[0],
            refund__requested_at__lt=within[1],
        )
        # What the platform gave out of its own is not the shop's.
        .exclude(refund__funded_by=RefundFunding.PLATFORM)
        .annotate(quarter=ExtractQuarter("refund__requested_at", tzinfo=UTC))
        .order_by()
        .values("quarter", "refund__currency")
        .annotate(
            n=Count("refund", distinct=True),
            sum=Coalesce(
                Sum(F("amount") + F("subsidy_amount") + F("goodwill_amount")), 0
            ),
        )
    )
    return {
        (row["quarter"], row["refund__currency"]): (row["n"], row["sum"])
        for row in rows
    }


def _earned(
    account: ConnectedAccount, within: Within
) -> dict[Key, tuple[int, int, int]]:
    rows = (
        Accrual.objects.filter(
            account=account,
            kind=AccrualKind.SHARE,
            accrued_at__gte=within[0],
            accrued_at__lt=within[1],
        )
        .annotate(quarter=ExtractQuarter("accrued_at", tzinfo=UTC))
        .order_by()
        .values("quarter", "currency")
        .annotate(n=Count("pk"), sum=Sum("amount"))
    )
    return {
        (row["quarter"], row["currency"]): (row["n"], row["sum"], 0) for row in rows
    }


def _reversed(account: ConnectedAccount, within: Within) -> dict[Key, tuple[int, int]]:
    rows = (
        ReversedShare.objects.counting()
        .filter(account=account, at__gte=within[0], at__lt=within[1])
        .annotate(quarter=ExtractQuarter("at", tzinfo=UTC))
        .order_by()
        .values("quarter", "currency")
        .annotate(n=Count("pk"), sum=Sum("amount"))
    )
    return {(row["quarter"], row["currency"]): (row["n"], row["sum"]) for row in rows}
