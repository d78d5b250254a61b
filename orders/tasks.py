"""Jobs: mails after a commit, and what time does to orders. Each may run twice."""

import logging
from datetime import datetime

from marketplace.kit import clock
from orders import emails
from orders.models import Order, Shipment
from orders.services import fulfilment, links

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


def assume_delivered(*, at: datetime) -> None:
    """Take what was shipped some days ago as delivered."""
    fulfilment.assume_delivered(at=at)
