"""The doors to a refund, each with its own rules; behind all of them is `refunds`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from marketplace.kit.errors import MarketplaceError, NotFound
from marketplace.kit.models import AuditEvent
from marketplace.kit.templatetags import formats
from orders.models import (
    Order,
    OrderStatus,
    Refund,
    RefundDoor,
    RefundFunding,
    RefundReason,
    Return,
    ReturnKind,
    ReturnStatus,
    SellerOrder,
)
from orders.services import fulfilment, refunding, returns
from payouts.services import refunds
from payouts.services.refunds import Units, Wanted
from sellers.models import Shop


class TooLateToCancel(MarketplaceError):
    """It can be cancelled at once for a while only, and until it is shipped."""

    status_code = 409

    def __init__(self) -> None:
        super().__init__(
            _(
                "This can be cancelled for %(minutes)d minutes and until it is shipped."
                " Nothing was changed; withdraw from it instead."
            )
            % {"minutes": settings.BUYER_CANCEL_MINUTES}
        )


class ReasonMissing(MarketplaceError):
    """Say why: the reason is kept with the refund. Nothing was refunded."""


class AboveLimit(MarketplaceError):
    """More than one person may refund alone; `limit_amount`, minor units."""

    status_code = 403

    def __init__(self, limit_amount: int, currency: str) -> None:
        super().__init__(
            _(
                "Refunds above %(limit)s need somebody who may refund without limit."
                " Nothing was refunded."
            )
            % {"limit": formats.write_money(limit_amount, currency)}
        )
        self.limit_amount = limit_amount


@dataclass(frozen=True, kw_only=True, slots=True)
class Withdrawal:
    """What a withdrawal came to: units not shipped are refunded now, the others when
    they are back.
    """

    refund: Refund | None
    parcel: Return | None


def can_cancel(*, seller_order: SellerOrder, at: datetime) -> bool:
    """Say whether its buyer may still cancel a part at once."""
    paid_at = seller_order.order.paid_at
    return (
        seller_order.status == OrderStatus.TO_SHIP
        and paid_at is not None
        and at <= paid_at + timedelta(minutes=settings.BUYER_CANCEL_MINUTES)
        and not refunding.has_shipped(seller_order)
    )


def cancel_by_buyer(
    *, seller_order: SellerOrder, actor: str, request_key: str, at: datetime
) -> Refund:
    """Cancel a whole part, delivery included, within BUYER_CANCEL_MINUTES of paying.

    :raises AlreadyRequested: this very wish was carried out.
    :raises TooLateToCancel: the time is over, or a parcel has left.
    :raises MarketplaceError: what `refunds.refund` raises.
    """
    refunds.refuse_repeated(request_key)
    if not can_cancel(seller_order=seller_order, at=at):
        raise TooLateToCancel
    return refunds.refund(
        order=seller_order.order,
        wanted=Units(lines=fulfilment.units_to_ship(seller_order=seller_order)),
        door=RefundDoor.BUYER,
        reason=RefundReason.CANCELLED,
        actor=actor,
        note="",
        request_key=request_key,
        at=at,
    )


def withdraw(
    *,
    seller_order: SellerOrder,
    quantities: Mapping[int, int] | None,
    actor: str,
    request_key: str,
    at: datetime,
) -> Withdrawal:
    """Withdraw from units of a part (by line pk; None for all there is a right for),
    until WITHDRAWAL_DAYS after it arrived. What has not been shipped is cancelled and
    refunded now; the rest comes back first.

    :raises AlreadyRequested: this very wish was carried out.
    :raises returns.TooLateToReturn: the time is over.
    :raises returns.NothingToReturn: the buyer has not so many units.
    :raises returns.NotWithdrawable: one of them cannot be withdrawn from.
    :raises MarketplaceError: what `refunds.refund` raises.
    """
    refunds.refuse_repeated(request_key)
    waiting = fulfilment.units_to_ship(seller_order=seller_order)
    has = refunding.units_with_buyer(part=seller_order)
    if quantities is None:
        both = {pk: waiting.get(pk, 0) + has.get(pk, 0) for pk in waiting | has}
        quantities, _kept = returns.withdrawable(part=seller_order, units=both)
        if both and not quantities:
            raise returns.NotWithdrawable
    if returns.withdrawable(part=seller_order, units=quantities)[1]:
        raise returns.NotWithdrawable
    cancelled = {pk: min(units, waiting.get(pk, 0)) for pk, units in quantities.items()}
    back = {pk: units - cancelled[pk] for pk, units in quantities.items()}
    parcel = None
    if any(back.values()) or not any(cancelled.values()):
        parcel = returns.request(
            seller_order=seller_order,
            kind=ReturnKind.WITHDRAWAL,
            quantities=back,
            note="",
            at=at,
        )
    refund = None
    if any(cancelled.values()):
        refund = refunds.refund(
            order=seller_order.order,
            wanted=Units(lines=cancelled),
            door=RefundDoor.BUYER,
            reason=RefundReason.CANCELLED,
            actor=actor,
            note="",
            request_key=request_key,
            at=at,
        )
    return Withdrawal(refund=refund, parcel=parcel)


def request_return(
    *,
    seller_order: SellerOrder,
    quantities: Mapping[int, int] | None,
    note: str,
    at: datetime,
) -> Return:
    """Note that a buyer wants to send units back, and why.

    :raises ReasonMissing: without a word why.
    :raises MarketplaceError: what `returns.request` raises.
    """
    if not note.strip():
        raise ReasonMissing
    return returns.request(
        seller_order=seller_order,
        kind=ReturnKind.RETURN,
        quantities=quantities,
        note=note.strip(),
        at=at,
    )


def receive_return(
    *,
    parcel: Return,
    door: str,
    actor: str,
    at: datetime,
    with_delivery: bool = False,
    is_restocked: bool = True,
) -> Refund:
    """Note that goods came back, and refund them. Delivery is refunded with a whole
    withdrawal, else only `with_delivery`. Safe to repeat when the refund was refused.

    :raises AlreadyRequested: it was refunded before.
    :raises NotAllowed: it was declined.
    :raises MarketplaceError: what `refunds.refund` raises; the goods stay received.
    """
    if parcel.status != ReturnStatus.REFUNDED:
        parcel = returns.receive(parcel=parcel, at=at)
    part = parcel.seller_order
    return refunds.refund(
        order=part.order,
        wanted=wanted_of(parcel=parcel, with_delivery=with_delivery),
        door=door,
        reason=reason_of(parcel=parcel),
        actor=actor,
        note=parcel.note,
        request_key=f"return:{parcel.public_id}",
        is_restocked=is_restocked,
        parcel=parcel,
        at=at,
    )


def wanted_of(*, parcel: Return, with_delivery: bool) -> Units:
    """Give what a return wants back: its units, and the delivery where that is said."""
    return Units(
        lines=dict(parcel.lines.values_list("line_id", "quantity")),
        deliveries=frozenset({parcel.seller_order_id}) if with_delivery else None,
    )


def reason_of(*, parcel: Return) -> RefundReason:
    """Say why the goods of a return come back."""
    if parcel.kind == ReturnKind.WITHDRAWAL:
        return RefundReason.WITHDRAWN
    return RefundReason.RETURNED


def decline_return(*, parcel: Return, actor: str, note: str, at: datetime) -> Return:
    """Refuse a return with a reason the buyer reads.

    :raises ReasonMissing: without one.
    :raises MarketplaceError: what `returns.decline` raises.
    """
    if not note.strip():
        raise ReasonMissing
    declined = returns.decline(parcel=parcel, note=note.strip(), at=at)
    AuditEvent.objects.create(
        actor=actor,
        action="decline_return",
        reference=parcel.public_id,
        reason=note.strip(),
        at=at,
    )
    return declined


def refund_by_seller(
    *,
    shop: Shop,
    seller_order: SellerOrder,
    wanted: Wanted,
    reason: str,
    note: str,
    actor: str,
    request_key: str,
    at: datetime,
) -> Refund:
    """Refund of a shop's own part: its units, with or without delivery, or an amount,
    up to SELLER_REFUND_LIMIT_AMOUNTS at once.

    :raises NotFound: the part, or something of the wish, is another shop's.
    :raises AlreadyRequested: this very wish was carried out.
    :raises AboveLimit: it is more than a shop may refund at once.
    :raises MarketplaceError: what `refunds.refund` raises.
    """
    if seller_order.shop_id != shop.pk:
        raise NotFound
    own = set(seller_order.lines.values_list("pk", flat=True))
    if isinstance(wanted, Units):
        is_own = set(wanted.lines) <= own and (wanted.deliveries or frozenset()) <= {
            seller_order.pk
        }
    else:
        is_own = wanted.line_id in own or (
            wanted.line_id is None and wanted.seller_order_id == seller_order.pk
        )
    if not is_own:
        raise NotFound
    refunds.refuse_repeated(request_key)
    planned = refunds.preview(
        order=seller_order.order, wanted=wanted, reason=reason, at=at
    )
    limit = settings.SELLER_REFUND_LIMIT_AMOUNTS[planned.currency]
    if planned.amount > limit:
        raise AboveLimit(limit, planned.currency)
    return refunds.refund(
        order=seller_order.order,
        wanted=wanted,
        door=RefundDoor.SELLER,
        reason=reason,
        actor=actor,
        note=note,
        request_key=request_key,
        at=at,
    )


def refund_by_staff(
    *,
    order: Order,
    wanted: Wanted,
    reason: str,
    note: str,
    actor: str,
    request_key: str,
    at: datetime,
    is_unlimited: bool,
    funded_by: str = RefundFunding.PARTIES,
    is_restocked: bool = True,
) -> Refund:
    """Refund of any order, with a reason that is kept. Above STAFF_REFUND_LIMIT_AMOUNTS
    only by who may refund without limit.

    :raises ReasonMissing: without a note.
    :raises AboveLimit: it is more than this person may refund.
    :raises MarketplaceError: what `refunds.refund` raises.
    """
    if not note.strip():
        raise ReasonMissing
    planned = refunds.preview(
        order=order, wanted=wanted, reason=reason, at=at, funded_by=funded_by
    )
    limit = settings.STAFF_REFUND_LIMIT_AMOUNTS[order.currency]
    if planned.amount > limit and not is_unlimited:
        raise AboveLimit(limit, order.currency)
    return refunds.refund(
        order=order,
        wanted=wanted,
        door=RefundDoor.STAFF,
        reason=reason,
        actor=actor,
        note=note.strip(),
        request_key=request_key,
        at=at,
        funded_by=funded_by,
        is_restocked=is_restocked,
    )
