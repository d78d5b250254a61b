"""The platform's commission invoices: one a shop, month and currency."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from marketplace.kit import money
from orders.models import OrderLine
from payouts.models import (
    CommissionInvoice,
    ConnectedAccount,
    Entry,
    EntryKind,
    ReversedShare,
    ShareRole,
)
from payouts.services import splits
from payouts.services.periods import Month
from sellers.models import Shop

# Numbers are given one after the other: one issuer at a time, whoever calls.
NUMBERS_LOCK = 7_203_114
# The kinds of lines that the seller bears; the others were given back to him.
CHARGES = ("sale", "restored")
# When what was given back was taken again.
UNDONE_AT = Coalesce("refund__withdrawn_at", "dispute__restored_at")


def issue_due(*, at: datetime) -> int:
    """Issue the invoices of the month that is over, for every shop that sold or gave
    back. Returns how many were new; safe to run twice at once.
    """
    this = Month.of(at)
    last = Month(this.year - (this.month == 1), (this.month - 2) % 12 + 1)
    if not _has_moved(last):
        return 0
    # A shop sells in one currency: who has that invoice is not looked through again.
    issued = CommissionInvoice.objects.filter(
        account=OuterRef("pk"),
        month_starts_at=last.starts_at,
        currency=OuterRef("shop__currency"),
    )
    waiting = ConnectedAccount.objects.exclude(shop=None).filter(~Exists(issued))
    return sum(
        issue(account=account, month=last, at=at)
        for account in waiting.select_related("shop").order_by("pk").iterator()
    )


def _has_moved(month: Month) -> bool:
    """Say whether anybody sold or gave back in a month, or was charged again."""
    sold = _captured(month)
    back = ReversedShare.objects.annotate(undone_at=UNDONE_AT).filter(
        Q(at__gte=month.starts_at, at__lt=month.ends_at)
        | Q(undone_at__gte=month.starts_at, undone_at__lt=month.ends_at)
    )
    return sold.exists() or back.exists()


def _captured(month: Month) -> QuerySet[Entry]:
    return Entry.objects.filter(
        kind=EntryKind.CAPTURE,
        occurred_at__gte=month.starts_at,
        occurred_at__lt=month.ends_at,
    )


def issue(*, account: ConnectedAccount, month: Month, at: datetime) -> int:
    """Issue a shop's invoices of a month, one a currency it sold in. Returns how many
    were new.
    """
    lines = [
        *_charged(account, month),
        *_restored(account, month),
        *_returned(account, month),
    ]
    issued = 0
    for currency in sorted({line["currency"] for line in lines}):
        with transaction.atomic(durable=True):
            _lock_numbers()
            known = CommissionInvoice.objects.filter(
                account=account, month_starts_at=month.starts_at, currency=currency
            )
            if known.exists():
                continue
            _write(
                account,
                month,
                currency,
                [line for line in lines if line["currency"] == currency],
                at=at,
            )
            issued += 1
    return issued


def _lock_numbers() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBERS_LOCK])


def _write(
    account: ConnectedAccount,
    month: Month,
    currency: str,
    lines: list[dict[str, Any]],
    *,
    at: datetime,
) -> None:
    year = at.year
    newest = CommissionInvoice.objects.filter(year=year).aggregate(n=Max("number"))["n"]
    assert account.shop is not None
    CommissionInvoice.objects.create(
        year=year,
        number=(newest or 0) + 1,
        account=account,
        month_starts_at=month.starts_at,
        currency=currency,
        charged_amount=sum(row["amount"] for row in lines if row["kind"] in CHARGES),
        returned_amount=sum(
            row["amount"] for row in lines if row["kind"] not in CHARGES
        ),
        seller=_address(account.shop),
        lines=lines,
        issued_at=at,
    )


def _address(shop: Shop) -> dict[str, str]:
    return {
        "name": shop.name,
        "legal_name": shop.legal_name,
        "address": shop.legal_address,
        "country": shop.country,
    }


def _charged(account: ConnectedAccount, month: Month) -> list[dict[str, Any]]:
    """List the commission of the month's sales, line by line."""
    sold = (
        OrderLine.objects.filter(
            seller_order__shop=account.shop,
            seller_order__order__public_id__in=_captured(month).values(
                "order_reference"
            ),
        )
        .select_related("seller_order__order")
        .order_by("pk")
    )
    rows = []
    for line in sold:
        base = splits.commission_base(line)
        amount = money.rate_floor(base, line.platform_bps)
        if amount:
            rows.append(
                {
                    "kind": "sale",
                    "order": line.seller_order.order.public_id,
                    "title": line.title,
                    "quantity": line.quantity,
                    "base_amount": base,
                    "rate_bps": line.platform_bps,
                    "amount": amount,
                    "currency": line.seller_order.order.currency,
                }
            )
    return rows


def _returned(account: ConnectedAccount, month: Month) -> list[dict[str, Any]]:
    """List the commission that the month's refunds and lost disputes gave back. What
    was undone in the month itself is on no invoice; what is undone in a later one stays
    here, where it may have been issued, and is charged again there.
    """
    back = _given_back(account).filter(
        Q(undone_at=None) | Q(undone_at__gte=month.ends_at),
        at__gte=month.starts_at,
        at__lt=month.ends_at,
    )
    return [
        _line_of(row, "refund" if row.refund_id else "dispute")
        for row in back.order_by("pk")
    ]


def _restored(account: ConnectedAccount, month: Month) -> list[dict[str, Any]]:
    """List what earlier months' invoices gave back and this month charges again: a
    refund was withdrawn, a dispute won on appeal.
    """
    again = _given_back(account).filter(
        at__lt=month.starts_at,
        undone_at__gte=month.starts_at,
        undone_at__lt=month.ends_at,
    )
    return [_line_of(row, "restored") for row in again.order_by("pk")]


def _given_back(account: ConnectedAccount) -> QuerySet[Any]:
    """Keep the commission that was ever given back of a shop's sales, with when that
    was undone. A creator's share funded by the platform was part of it.
    """
    return (
        ReversedShare.objects.filter(
            Q(role=ShareRole.PLATFORM)
            | Q(role=ShareRole.CREATOR, line__creator_funded_by="platform"),
            seller_order__shop=account.shop,
        )
        .annotate(undone_at=UNDONE_AT)
        .select_related("seller_order__order", "line")
    )


def _line_of(row: ReversedShare, kind: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "order": row.seller_order.order.public_id,
        "title": row.line.title if row.line else "",
        "quantity": None,
        "base_amount": None,
        "rate_bps": None,
        "amount": row.amount,
        "currency": row.currency,
    }
