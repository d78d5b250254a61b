"""Jobs: mails after a commit, and what time does to orders. Each may run twice."""

import contextlib
import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from marketplace import gateway
from marketplace.kit import clock, ids, mails, states
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
    SellerOrder,
    Shipment,
)
from orders.services import (
    cash,
    checkout,
    fulfilment,
    invitations,
    links,
    overdue,
    payments,
    saved_cards,
    together,
)

logger = logging.getLogger(__name__)

BATCH = 200


def send_confirmation(*, order_id: int) -> None:
    """Tell the buyer that the order is received and paid."""
    order = Order.objects.with_parts().select_related("address").get(pk=order_id)
    _once(f"confirmation:{order}", emails.send_confirmation, order=order)


def send_payment_failed(*, payment_id: int) -> None:
    """Tell a buyer who has gone away that his payment failed, once for a bag: unless he
    paid or is paying by another order meanwhile.
    """
    payment = Payment.objects.select_related("order").get(pk=payment_id)
    if payments.is_left_failed(payment=payment):
        key = f"payment_failed:{payment.order}"
        _once(key, emails.send_payment_failed, payment=payment)


def send_shipped(*, shipment_id: int) -> None:
    """Tell the buyer that a parcel is on its way."""
    shipment = Shipment.objects.select_related("seller_order__shop").get(pk=shipment_id)
    key = f"shipped:{shipment.public_id}"
    _once(key, emails.send_shipped, shipment=shipment)


def send_delivered(*, seller_order_id: int) -> None:
    """Tell the buyer that a parcel has arrived, unless it is on its way back."""
    parts = SellerOrder.objects.select_related("order", "shop")
    part = parts.get(pk=seller_order_id)
    if part.status == OrderStatus.DELIVERED:
        _once(f"delivered:{part}", emails.send_delivered, part=part)


def send_review_invitation(*, order_id: int) -> None:
    """Ask a buyer what he thinks of what has arrived, once for an order, when all of it
    has been there for a week and something is not reviewed yet.
    """
    at = clock.now()
    order = Order.objects.select_related("address").get(pk=order_id)
    lines = invitations.lines_to_review(order=order, at=at)
    if lines and not mails.is_refused(email=order.email, kind="reviews"):
        key = f"review_invitation:{order}"
        _once(key, emails.send_review_invitation, order=order, lines=lines)


def send_voucher(*, order_id: int) -> None:
    """Give the buyer the codes to pay with at a konbini, unless it was paid meanwhile."""
    _send_while_unpaid("voucher", order_id, emails.send_voucher)


def send_voucher_reminder(*, order_id: int) -> None:
    """Remind the buyer of the last day to pay, unless it was paid meanwhile."""
    _send_while_unpaid("voucher_reminder", order_id, emails.send_voucher_reminder)


def send_voucher_expired(*, order_id: int) -> None:
    """Tell the buyer that the time to pay is over, and how to order again."""
    order = Order.objects.get(pk=order_id)
    if order.status == OrderStatus.CANCELLED:
        _once(f"voucher_expired:{order}", emails.send_voucher_expired, order=order)


def _send_while_unpaid(what: str, order_id: int, send: Callable[..., None]) -> None:
    payment = (
        Payment.objects.select_related("order", "voucher")
        .filter(order_id=order_id, status=PaymentStatus.AWAITING_CASH)
        .first()
    )
    if payment is not None:
        key = f"{what}:{payment.public_id}"
        _once(key, send, order=payment.order, voucher=payment.voucher)


def send_refund_started(*, refund_id: int) -> None:
    """Tell the buyer what goes back to him and why."""
    refund = Refund.objects.select_related("order").get(pk=refund_id)
    _once(f"refund_started:{refund}", emails.send_refund_started, refund=refund)


def send_refund_reached(*, refund_id: int, status: str) -> None:
    """Tell the buyer that a refund waits for him, was sent, or came back."""
    refund = Refund.objects.select_related("order").get(pk=refund_id)
    if emails.is_told(refund, status):
        key = f"refund_{status}:{refund}"
        _once(key, emails.send_refund_reached, refund=refund, status=status)


def send_return_noted(*, parcel_id: int) -> None:
    """Confirm to the buyer what he sends back."""
    parcel = _parcel(parcel_id)
    _once(f"return_noted:{parcel}", emails.send_return_noted, parcel=parcel)


def send_return_to_seller(*, parcel_id: int) -> None:
    """Tell the shop what comes back."""
    parcel = _parcel(parcel_id)
    mails.once(
        f"return_to_seller:{parcel}",
        partial(emails.send_return_to_seller, parcel=parcel),
    )


def send_return_received(*, parcel_id: int) -> None:
    """Tell the buyer that goods have arrived, unless their refund has told him."""
    parcel = _parcel(parcel_id)
    if parcel.status == ReturnStatus.RECEIVED:
        _once(f"return_received:{parcel}", emails.send_return_received, parcel=parcel)


def send_return_taken_over(*, parcel_id: int) -> None:
    """Tell the buyer that we decide about his return, unless it was answered."""
    parcel = _parcel(parcel_id)
    if overdue.is_waiting(parcel):
        key = f"return_taken_over:{parcel}:{parcel.taken_over_at}"
        _once(key, emails.send_return_taken_over, parcel=parcel)


def send_return_taken_from_seller(*, parcel_id: int) -> None:
    """Tell the shop that a return it did not answer is ours to decide."""
    parcel = _parcel(parcel_id)
    if overdue.is_waiting(parcel):
        mails.once(
            f"return_taken_from_seller:{parcel}:{parcel.taken_over_at}",
            partial(emails.send_return_taken_from_seller, parcel=parcel),
        )


def send_return_declined(*, parcel_id: int) -> None:
    """Tell the buyer that goods are not taken back, and why."""
    parcel = _parcel(parcel_id)
    if parcel.status == ReturnStatus.DECLINED:
        _once(f"return_declined:{parcel}", emails.send_return_declined, parcel=parcel)


def _parcel(parcel_id: int) -> Return:
    found: Return = Return.objects.select_related(
        "seller_order__shop", "seller_order__order__address"
    ).get(pk=parcel_id)
    return found


def send_links(*, email: str, wish: str = "") -> None:
    """Send an address the links of its newest orders, if it has any. `wish` names the
    one time that somebody asked for them.
    """
    orders = links.orders_of(email=email, at=clock.now())
    if orders:
        _once(f"links:{wish or ids.new('wish')}", emails.send_links, orders=orders)


def _once(key: str, send: Callable[..., None], **what: Any) -> None:
    mails.once(key, partial(send, **what, at=clock.now()))


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


def take_over_returns(*, at: datetime) -> None:
    """Make the returns their sellers left unanswered staff's to decide."""
    overdue.take_over(at=at)


def count_together(*, at: datetime) -> None:
    """Count anew what is often bought together."""
    together.count(at=at)
