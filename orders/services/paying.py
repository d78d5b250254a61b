"""What getting an order paid can end in, and noting an answer once, for both ways of
paying: a page at the provider (`payments`) and a saved card (`charging`).
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from marketplace.kit import jobs, states
from marketplace.kit.errors import MarketplaceError
from orders.models import Payment, PaymentStatus

# Who tries again at once needs no mail that the first try failed.
TOLD_AFTER = timedelta(minutes=10)


class PaymentPageUnavailable(MarketplaceError):
    """The payment provider could not be reached just now. Your order and its goods are
    kept; try 'continue paying' in a moment.
    """

    status_code = 503


class PaymentRefused(MarketplaceError):
    """The payment provider does not take this order. Nothing was charged and your bag
    is kept; change it or try again.
    """

    status_code = 409


class AlreadyPaid(MarketplaceError):
    """This order is paid already."""

    status_code = 409


class VoucherIssued(AlreadyPaid):
    """The buyer has chosen to pay this order in cash. The order is kept as it is; it
    can be cancelled on its own page.
    """


def move_if_still(
    payment: Payment, status: str, *, at: datetime, **fields: Any
) -> None:
    """Move a payment, unless somebody else has an answer for it already. A buyer whose
    payment failed is told of it by mail if he does nothing about it.
    """
    try:
        with transaction.atomic():
            payment.move_to(status, at=at, asked_at=at, **fields)
            if status == PaymentStatus.FAILED:
                jobs.enqueue(
                    "orders.tasks.send_payment_failed",
                    run_at=at + TOLD_AFTER,
                    payment_id=payment.pk,
                )
    except (states.NotAllowed, states.Raced):
        payment.refresh_from_db()
