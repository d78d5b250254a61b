"""A capture: an order split by its frozen terms, with what each party is now owed.

Called by `settlement` inside its transaction, once for each payment.
"""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from creators.models import Creator
from orders.models import Order, OrderLine, Payment, PaymentStatus, SellerOrder
from payouts.models import (
    AccountKind,
    Accrual,
    AccrualKind,
    ConnectedAccount,
    EntryKind,
    WaitsFor,
    WithheldShare,
)
from payouts.services import ledger, onboarding, splits, terms
from payouts.services.ledger import Move, Name

K = AccountKind
STRIPE, CLEARING = Name(K.STRIPE_BALANCE), Name(K.ORDER_CLEARING)
SELF_PURCHASE_BY_CARD = "self_purchase_card"


def capture(*, payment: Payment, order: Order, at: datetime) -> None:
    """Split the order by its frozen terms, write the accruals, post the capture.

    Assumes the transaction in which the payment became paid.
    """
    parts = list(order.seller_orders.select_related("shop").order_by("pk"))
    lines = list(
        OrderLine.objects.filter(seller_order__order=order)
        .select_related("seller_order__shop", "creator__user")
        .order_by("pk")
    )
    withheld = _withhold_self_purchases(payment, order, lines, at=at)
    shares = split_order(parts=parts, lines=lines, withheld=withheld)
    accounts = _accounts(parts, lines)
    Accrual.objects.bulk_create(_accruals(shares, parts, lines, accounts, at))
    moves = _capture_moves(payment, order, shares, accounts)
    if any(move.amount for move in moves):
        ledger.post(
            kind=EntryKind.CAPTURE,
            reference=reference_of(payment),
            currency=order.currency,
            moves=moves,
            at=at,
            order_reference=order.public_id,
            provider_id=payment.charge_id or "",
        )


def split_order(
    *,
    parts: Sequence[SellerOrder],
    lines: Sequence[OrderLine],
    withheld: frozenset[int] = frozenset(),
) -> list[splits.Share]:
    """Split a sold order by the terms frozen on its rows.

    `withheld`: ids of lines split as if they had no creator. Lines come with
    `seller_order__shop` and `creator` loaded, parts with `shop`.
    """
    return splits.split(
        lines=[line_terms(line, withheld=line.pk in withheld) for line in lines],
        deliveries=[
            splits.DeliveryTerms(
                seller=part.shop.public_id,
                amount=part.delivery_amount,
                tax_included_amount=part.delivery_tax_included_amount,
                tax_added_amount=part.delivery_tax_added_amount,
                platform_collects_tax=part.tax_collected_by == "platform",
            )
            for part in parts
        ],
    )


def line_terms(line: OrderLine, *, withheld: bool = False) -> splits.LineTerms:
    """Read a line's frozen terms for splitting."""
    creator = None if withheld else line.creator
    return splits.LineTerms(
        line=line.public_id,
        seller=line.seller_order.shop.public_id,
        gross_amount=line.gross_amount,
        seller_discount_amount=line.seller_discount_amount,
        platform_discount_amount=line.platform_discount_amount,
        tax_included_amount=line.tax_included_amount,
        tax_added_amount=line.tax_added_amount,
        platform_collects_tax=line.seller_order.tax_collected_by == "platform",
        platform_bps=line.platform_bps,
        creator=creator.public_id if creator else None,
        creator_bps=line.creator_bps if creator else None,
        creator_funded_by=_funder(line) if creator else None,
    )


def _funder(line: OrderLine) -> splits.Funder:
    return "platform" if line.creator_funded_by == "platform" else "seller"


def _withhold_self_purchases(
    payment: Payment, order: Order, lines: Sequence[OrderLine], *, at: datetime
) -> frozenset[int]:
    """Find lines whose creator paid with a card known as his own: he earns nothing."""
    creators = {line.creator for line in lines if line.creator is not None}
    if not creators or not payment.card_fingerprint:
        return frozenset()
    own = set(
        Payment.objects.filter(
            card_fingerprint=payment.card_fingerprint,
            status=PaymentStatus.PAID,
            order__user__in=[creator.user_id for creator in creators],
        ).values_list("order__user_id", flat=True)
    )
    found = [line for line in lines if line.creator and line.creator.user_id in own]
    WithheldShare.objects.bulk_create(
        WithheldShare(
            line=line,
            account=onboarding.account_of(line.creator),
            reason=SELF_PURCHASE_BY_CARD,
            at=at,
        )
        for line in found
        if line.creator is not None
    )
    return frozenset(line.pk for line in found)


def _accounts(
    parts: Sequence[SellerOrder], lines: Sequence[OrderLine]
) -> dict[str, ConnectedAccount]:
    """Give the money side of everybody in this order, by public id."""
    creators: dict[int, Creator] = {
        line.creator.pk: line.creator for line in lines if line.creator
    }
    found = [onboarding.account_of(part.shop) for part in parts]
    found += [onboarding.account_of(creator) for creator in creators.values()]
    return {account.reference: account for account in found}


def _accruals(
    shares: Sequence[splits.Share],
    parts: Sequence[SellerOrder],
    lines: Sequence[OrderLine],
    accounts: dict[str, ConnectedAccount],
    at: datetime,
) -> list[Accrual]:
    part_of = {part.shop.public_id: part for part in parts}
    line_of = {line.public_id: line for line in lines}
    extra_days = terms.extra_hold_days(accounts.values())
    return [
        Accrual(
            account=accounts[share.party],
            seller_order=part_of[share.seller],
            line=line_of[share.line] if share.line else None,
            kind=AccrualKind(share.kind),
            amount=share.amount,
            currency=part_of[share.seller].order.currency,
            base_amount=share.base_amount,
            waits_for=(
                WaitsFor.DELIVERED if share.role == "creator" else WaitsFor.FULFILLED
            ),
            hold_days=(
                settings.RETURN_WINDOW_DAYS
                if share.role == "creator"
                else settings.SELLER_HOLD_DAYS
            )
            + extra_days[share.party],
            accrued_at=at,
        )
        for share in shares
        if share.role in ("seller", "creator")
    ]


def _capture_moves(
    payment: Payment,
    order: Order,
    shares: Sequence[splits.Share],
    accounts: dict[str, ConnectedAccount],
) -> list[Move]:
    """One move for each account: what came in, and whose it is."""
    subsidy = -sum(share.amount for share in shares if share.kind == "subsidy")
    owed: dict[Name, int] = {}
    for share in shares:
        if share.kind != "subsidy":
            name = _credited(share, order, accounts)
            owed[name] = owed.get(name, 0) + share.amount
    return [
        Move(STRIPE, CLEARING, payment.amount),
        Move(Name(K.PLATFORM_DISCOUNTS), CLEARING, subsidy),
        *(Move(CLEARING, name, amount) for name, amount in owed.items()),
    ]


def _credited(
    share: splits.Share, order: Order, accounts: dict[str, ConnectedAccount]
) -> Name:
    match share.role:
        case "seller":
            return Name(K.SELLER_HELD, accounts[share.party])
        case "creator":
            return Name(K.CREATOR_HELD, accounts[share.party])
        case "tax":
            return Name(K.TAX_PAYABLE, jurisdiction=order.address.country)
        case "platform":
            return Name(K.PLATFORM_COMMISSION)


def reference_of(payment: Payment) -> str:
    """Give the charge, or for an order of total 0 the payment itself."""
    return payment.charge_id or payment.public_id
