"""What an open dispute holds back: nothing of its order is released or sent, and what
the bank has taken is not refunded a second time.
"""

from django.db.models import Exists, OuterRef, Q

from orders.models import Order
from payouts.models import Dispute, DisputeStatus

INQUIRIES = [
    DisputeStatus.WARNING_NEEDS_RESPONSE,
    DisputeStatus.WARNING_UNDER_REVIEW,
]
# Once the parties bear a lost dispute nothing of it is left to hold back, even while it
# is appealed.
FREEZING = Q(closed_at=None) & (Q(lost_at=None) | Q(restored_at__isnull=False))
# The bank has taken the money, or is about to; it ends when the dispute is over.
TAKEN = Q(closed_at=None) & ~Q(status__in=INQUIRIES)


def is_frozen(order: Order) -> bool:
    """Say whether a bank is asking about an order: nothing of it is released or sent."""
    return Dispute.objects.filter(FREEZING, payment__order=order).exists()


def blocks_refund(order: Order) -> bool:
    """Say whether a bank holds an order's money: it cannot be refunded meanwhile. While
    a bank only asks (an inquiry), a refund is still possible and settles the matter.
    """
    return Dispute.objects.filter(TAKEN, payment__order=order).exists()


def of_order(order_field: str) -> Exists:
    """Make the condition that the order a row names by `order_field` is frozen."""
    return Exists(
        Dispute.objects.filter(FREEZING, payment__order=OuterRef(order_field))
    )
