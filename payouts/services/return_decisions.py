"""What staff decide about goods on their way back, above all those their sellers left
unanswered. To decline one is `refund_doors.decline_return`, as for its seller.
"""

from datetime import datetime

from django.conf import settings

from marketplace.kit.errors import MarketplaceError
from marketplace.kit.models import AuditEvent
from orders.models import Refund, RefundDoor, Return
from orders.services import overdue
from payouts.services import refund_doors, refunds


class PreviewChanged(MarketplaceError):
    """It would be another amount now. Nothing was refunded; look again."""

    status_code = 409


def refund(
    *,
    parcel: Return,
    note: str,
    actor: str,
    shown_amount: int,
    with_delivery: bool,
    is_restocked: bool,
    is_unlimited: bool,
    at: datetime,
) -> Refund:
    """Decide a return for the buyer, with a reason that is kept: it counts as received.
    `shown_amount` is what the preview said, minor units. Above
    STAFF_REFUND_LIMIT_AMOUNTS only by who may refund without limit.

    :raises ReasonMissing: without a note.
    :raises PreviewChanged: it would be another amount now.
    :raises AboveLimit: it is more than this person may refund.
    :raises AlreadyRequested: it was refunded before.
    :raises MarketplaceError: what `receive_return` raises.
    """
    if not note.strip():
        raise refund_doors.ReasonMissing
    order = parcel.seller_order.order
    refunds.refuse_repeated(f"return:{parcel.public_id}")
    planned = refunds.preview(
        order=order,
        wanted=refund_doors.wanted_of(parcel=parcel, with_delivery=with_delivery),
        reason=refund_doors.reason_of(parcel=parcel),
        at=at,
    )
    if planned.amount != shown_amount:
        raise PreviewChanged
    limit = settings.STAFF_REFUND_LIMIT_AMOUNTS[order.currency]
    if planned.amount > limit and not is_unlimited:
        raise refund_doors.AboveLimit(limit, order.currency)
    made = refund_doors.receive_return(
        parcel=parcel,
        door=RefundDoor.STAFF,
        actor=actor,
        with_delivery=with_delivery,
        is_restocked=is_restocked,
        at=at,
    )
    _note("refund_return", parcel, actor=actor, note=note, at=at)
    return made


def leave_to_seller(*, parcel: Return, actor: str, note: str, at: datetime) -> Return:
    """Give the seller of a return that was taken over time to answer again.

    :raises ReasonMissing: without a word why.
    :raises overdue.NotTakenOver: it is its seller's, or it is over.
    """
    if not note.strip():
        raise refund_doors.ReasonMissing
    row = overdue.give_time(parcel=parcel, at=at)
    _note("leave_return_to_seller", parcel, actor=actor, note=note, at=at)
    return row


def _note(action: str, parcel: Return, *, actor: str, note: str, at: datetime) -> None:
    AuditEvent.objects.create(
        actor=actor,
        action=action,
        reference=parcel.public_id,
        reason=note.strip(),
        at=at,
    )
