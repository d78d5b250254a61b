"""Goods on their way back that their seller does not answer for: after a time they are
staff's to decide. What is decided goes through payouts' `refund_doors`.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from marketplace.kit import jobs
from marketplace.kit.errors import MarketplaceError
from orders.models import Return
from orders.services import returns

BATCH = 200


class NotTakenOver(MarketplaceError):
    """This return is its seller's to answer, or it is over. Nothing was changed."""

    status_code = 409


def due(*, at: datetime) -> QuerySet[Return]:
    """Keep what is neither refunded nor declined past its day, and still its seller's."""
    return Return.objects.filter(
        status__in=returns.OPEN, taken_over_at=None, answer_by__lte=at
    )


def waiting() -> QuerySet[Return]:
    """Keep what staff took over and have not decided, the longest waiting first."""
    return Return.objects.filter(
        status__in=returns.OPEN, taken_over_at__isnull=False
    ).order_by("taken_over_at", "pk")


def take_over(*, at: datetime) -> int:
    """Take over what its sellers left unanswered, and tell both sides; returns how many.
    Twice at once takes each over once.
    """
    taken = 0
    for parcel in due(at=at).order_by("answer_by", "pk")[:BATCH]:
        with transaction.atomic():
            if due(at=at).filter(pk=parcel.pk).update(taken_over_at=at):
                jobs.enqueue("orders.tasks.send_return_taken_over", parcel_id=parcel.pk)
                jobs.enqueue(
                    "orders.tasks.send_return_taken_from_seller", parcel_id=parcel.pk
                )
                taken += 1
    return taken


def give_time(*, parcel: Return, at: datetime) -> Return:
    """Leave a return that was taken over to its seller once more, for as long as at
    first: as where the buyer has not sent anything yet.

    :raises NotTakenOver: it is its seller's, or it is over.
    """
    with transaction.atomic():
        row = returns.lock(parcel)
        if row.status not in returns.OPEN or row.taken_over_at is None:
            raise NotTakenOver
        row.taken_over_at = None
        row.answer_by = returns.answer_by(at=at)
        row.save(update_fields=["taken_over_at", "answer_by"])
    return row


def is_waiting(parcel: Return) -> bool:
    """Say whether a return is staff's to decide now."""
    return parcel.status in returns.OPEN and parcel.taken_over_at is not None
