"""Where an order's money is, put together to read: how each line was split and why,
what it earned for whom, what was posted, and what was sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models import Order, OrderLine, Payment, Refund, SellerOrder
from payouts import queries
from payouts.models import (
    Accrual,
    Dispute,
    Entry,
    Reversal,
    Transfer,
    WithheldShare,
)
from payouts.services import captures, refund_unearned, splits

KINDS = {
    "goods": _("Goods, to the seller"),
    "shipping": _("Delivery, to the seller"),
    "share": _("Share, to the creator"),
    "commission": _("Commission, to the marketplace"),
    "tax": _("Tax, collected by the marketplace"),
    "subsidy": _("Discount, paid by the marketplace"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One party's part of a line or a delivery: minor units, the rate and its base."""

    kind: Any
    party: str
    amount: int
    base_amount: int
    rate_bps: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """A line, or a delivery (`line` is None), with its parts and what they sum to."""

    line: OrderLine | None
    seller_order: SellerOrder
    paid_amount: int
    withheld: WithheldShare | None
    parts: list[Part]

    @property
    def is_whole(self) -> bool:
        """Whether the parts sum to what the buyer pays for it."""
        return sum(part.amount for part in self.parts) == self.paid_amount


@dataclass(frozen=True, kw_only=True, slots=True)
class SetAside:
    """What a payment brought that does not fit the order, in minor units."""

    payment: Payment
    amount: int
    currency: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderMoney:
    order: Order
    payments: list[Payment]
    set_aside: list[SetAside]
    refunds: list[Refund]
    splits: list[Split]
    accruals: list[Any]
    entries: list[Entry]
    transfers: list[Transfer]
    disputes: list[Dispute]
    reversals: list[Reversal]


def read(order: Order) -> OrderMoney:
    """Read an order's money; a fixed number of statements however many lines."""
    accruals = list(
        queries.with_state(Accrual.objects.filter(seller_order__order=order))
        .select_related(
            "account__shop", "account__creator", "seller_order__order", "line"
        )
        .order_by("pk")
    )
    entries = Entry.objects.filter(order_reference=order.public_id)
    runs = {row.run_public_id for row in accruals if row.run_public_id}
    payees = {row.account_id for row in accruals}
    transfers = Transfer.objects.filter(
        Q(seller_order__order=order)
        | Q(payout_item__run__public_id__in=runs, account__in=payees)
    ).select_related(
        "account__shop", "account__creator", "payout_item__run", "seller_order"
    )
    payments = list(order.payments.order_by("pk"))
    waiting = refund_unearned.waits_for_staff(payments)
    return OrderMoney(
        order=order,
        payments=payments,
        set_aside=[
            SetAside(payment=payment, amount=amount, currency=currency)
            for payment in payments
            if payment.pk in waiting
            for amount, currency in [waiting[payment.pk]]
        ],
        refunds=list(order.refunds.order_by("pk")),
        splits=_splits(order),
        accruals=accruals,
        entries=list(
            entries.prefetch_related("postings__debit", "postings__credit").order_by(
                "occurred_at", "pk"
            )
        ),
        transfers=list(transfers.order_by("pk")),
        disputes=list(
            Dispute.objects.filter(payment__order=order).order_by("opened_at", "pk")
        ),
        reversals=list(
            Reversal.objects.filter(transfer__seller_order__order=order)
            .select_related("transfer__account__shop", "transfer__account__creator")
            .order_by("pk")
        ),
    )


def _splits(order: Order) -> list[Split]:
    """Split the order by its frozen terms, as the capture did."""
    parts = list(order.seller_orders.select_related("shop").order_by("pk"))
    lines = list(
        OrderLine.objects.filter(seller_order__order=order)
        .select_related("seller_order__shop", "creator", "attribution")
        .order_by("pk")
    )
    withheld = {
        row.line_id: row
        for row in WithheldShare.objects.filter(line__in=lines).select_related(
            "account__creator"
        )
    }
    shares = captures.split_order(
        parts=parts, lines=lines, withheld=frozenset(withheld)
    )
    names = {part.shop.public_id: part.shop.name for part in parts}
    names |= {
        line.creator.public_id: line.creator.name for line in lines if line.creator
    }
    found = [
        Split(
            line=line,
            seller_order=line.seller_order,
            paid_amount=line.paid_amount,
            withheld=withheld.get(line.pk),
            parts=_parts([s for s in shares if s.line == line.public_id], names, line),
        )
        for line in lines
    ]
    deliveries = [
        Split(
            line=None,
            seller_order=part,
            paid_amount=part.delivery_amount + part.delivery_tax_added_amount,
            withheld=None,
            parts=_parts(
                [s for s in shares if not s.line and s.seller == part.shop.public_id],
                names,
                None,
            ),
        )
        for part in parts
        if part.delivery_amount
    ]
    return found + deliveries


def _parts(
    shares: Sequence[splits.Share], names: dict[str, str], line: OrderLine | None
) -> list[Part]:
    rates = {
        "commission": line.platform_bps if line else None,
        "share": line.creator_bps if line else None,
    }
    return [
        Part(
            kind=KINDS[share.kind],
            party=names.get(share.party, ""),
            amount=share.amount,
            base_amount=share.base_amount,
            rate_bps=rates.get(share.kind),
        )
        for share in shares
    ]
