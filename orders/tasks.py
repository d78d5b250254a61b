"""Jobs: mails after a commit, and what time does to orders. Each may run twice."""

import logging
from datetime import datetime

from marketplace.kit import clock, states
from orders import emails
from orders.models import Order, OrderStatus, Shipment
from orders.services import checkout, fulfilment, links, payments

logger = logging.getLogger(__name__)

BATCH = 200


def send_confirmation(*, order_id: int) -> None:
    """Tell the buyer that the order is received and paid."""
    order = Order.objects.with_parts().select_related("address").get(pk=order_id)
    emails.send_confirmation(order=order, at=clock.now())


def send_shipped(*, shipment_id: int) -> None:
    """Tell the buyer that a parcel is on its way."""
    shipment = Shipment.objects.select_related("seller_order__shop").get(pk=shipment_id)
    emails.send_shipped(shipment=shipment, at=clock.now())


def send_links(*, email: str) -> None:
    """Send an address the links of its newest orders, if it has any."""
    at = clock.now()
    orders = links.orders_of(email=email, at=at)
    if orders:
        emails.send_links(orders=orders, at=at)


def expire_unpaid(*, at: datetime) -> None:
    """Give up orders whose time to pay is over, each by itself, oldest first.

    One that turns out to be paid is kept, and one whose payment page cannot be closed
    now is tried again at the next run.
    """
    expired = Order.objects.filter(
        status=OrderStatus.AWAITING_PAYMENT, expires_at__lte=at
    ).order_by("expires_at", "pk")
    for order in expired[:BATCH]:
        try:
            checkout.give_up(order=order, at=at)
        except (payments.AlreadyPaid, states.NotAllowed, states.Raced):
            continue
        except payments.PaymentPageUnavailable as problem:
            logger.warning("order %s not expired yet: %s", order, problem.__cause__)


def assume_delivered(*, at: datetime) -> None:
    """Take what was shipped some days ago as delivered."""
    fulfilment.assume_delivered(at=at)
