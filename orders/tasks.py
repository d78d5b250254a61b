"""Jobs: mails after a commit, and what time does to orders. Each may run twice."""

import contextlib
import logging
from collections.abc import Callable
from datetime import datetime

from marketplace import gateway
from marketplace.kit import clock, states
from orders import emails
from orders.models import (
    Order,
    OrderStatus,
    Payment,
    PaymentCustomer,
    PaymentStatus,
    Refund,
    Return,
    ReturnStatus,
    Shipment,
)
from orders.services import (
    cash,
    checkout,
    fulfilment,
    links,
    payments,
    saved_cards,
    together,
)

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


def send_voucher(*, order_id: int) -> None:
    """Give the buyer the codes to pay with at a konbini, unless it was paid meanwhile."""
    _send_while_unpaid(order_id, emails.send_voucher)


def send_voucher_reminder(*, order_id: int) -> None:
    """Remind the buyer of the last day to pay, unless it was paid meanwhile."""
    _send_while_unpaid(order_id, emails.send_voucher_reminder)


def send_voucher_expired(*, order_id: int) -> None:
    """Tell the buyer that the time to pay is over, and how to order again."""
    order = Order.objects.get(pk=order_id)
    if order.status == OrderStatus.CANCELLED:
        emails.send_voucher_expired(order=order, at=clock.now())


def _send_while_unpaid(order_id: int, send: Callable[..., None]) -> None:
    payment = (
        Payment.objects.select_related("order", "voucher")
        .filter(order_id=order_id, status=PaymentStatus.AWAITING_CASH)
        .first()
    )
    if payment is not None:
        send(order=payment.order, voucher=payment.voucher, at=clock.now())


def send_refund_started(*, refund_id: int) -> None:
    """Tell the buyer what goes back to him and why."""
    refund = Refund.objects.select_related("order").get(pk=refund_id)
    emails.send_refund_started(refund=refund, at=clock.now())


def send_refund_reached(*, refund_id: int, status: str) -> None:
    """Tell the buyer that a refund waits for him, was sent, or came back."""
    refund = Refund.objects.select_related("order").get(pk=refund_id)
    emails.send_refund_reached(refund=refund, status=status, at=clock.now())


def send_return_noted(*, parcel_id: int) -> None:
    """Confirm to the buyer what he sends back."""
    emails.send_return_noted(parcel=_parcel(parcel_id), at=clock.now())


def send_return_to_seller(*, parcel_id: int) -> None:
    """Tell the shop what comes back."""
    emails.send_return_to_seller(parcel=_parcel(parcel_id))


def send_return_declined(*, parcel_id: int) -> None:
    """Tell the buyer that goods are not taken back, and why."""
    parcel = _parcel(parcel_id)
    if parcel.status == ReturnStatus.DECLINED:
        emails.send_return_declined(parcel=parcel, at=clock.now())


def _parcel(parcel_id: int) -> Return:
    found: Return = Return.objects.select_related(
        "seller_order__shop", "seller_order__order__address"
    ).get(pk=parcel_id)
    return found


def send_links(*, email: str) -> None:
    """Send an address the links of its newest orders, if it has any."""
    at = clock.now()
    orders = links.orders_of(email=email, at=at)
    if orders:
        emails.send_links(orders=orders, at=at)


def take_in_saved_cards(*, customer_id: int) -> None:
    """Bring a buyer's saved cards to what Stripe keeps."""
    customer = PaymentCustomer.objects.get(pk=customer_id)
    saved_cards.take_in(customer=customer, at=clock.now())


def forget_card(*, card_id: str) -> None:
    """Have Stripe forget a card its owner removed."""
    with contextlib.suppress(gateway.NotFound):
        gateway.remove_card(card_id=card_id)


def forget_customer(*, customer_id: int) -> None:
    """Have Stripe forget a person who was erased, with all cards; tried again until it
    answers. An answer that was lost is no harm: who is gone stays gone.
    """
    customer = PaymentCustomer.objects.get(pk=customer_id)
    if customer.customer_id is None:
        return
    gateway.delete_customer(customer_id=customer.customer_id)
    PaymentCustomer.objects.filter(pk=customer.pk).update(customer_id=None)


def expire_unpaid(*, at: datetime) -> None:
    """Give up orders whose time to pay is over, each by itself, oldest first.

    One that turns out to be paid, or to have a voucher that lives, is kept, and one
    whose payment page cannot be closed now is tried again at the next run.
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


def remind_of_cash(*, at: datetime) -> None:
    """Remind buyers whose voucher ends within a day, once each."""
    cash.remind(at=at)


def assume_delivered(*, at: datetime) -> None:
    """Take what was shipped some days ago as delivered."""
    fulfilment.assume_delivered(at=at)


def count_together(*, at: datetime) -> None:
    """Count anew what is often bought together."""
    together.count(at=at)
