"""Getting an order paid: its page at the provider, and what a payment changes here.

The provider is asked outside any transaction, with a key that was stored before. An
answer that did not come leaves the payment `unknown`; `open` may be called again and
gets the same page. What a payment means for the money is payouts' `settlement`.
"""

import contextlib
import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace import gateway
from marketplace.kit import jobs, states
from orders.models import (
    OPEN_PAYMENTS,
    Cart,
    Order,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentCustomer,
    PaymentStatus,
    SellerOrder,
)
from orders.services import cash, charging, paying, returning, saved_cards, terms
from orders.services.charging import CardDeclined
from orders.services.paying import (
    AlreadyPaid,
    PaymentPageUnavailable,
    PaymentRefused,
    VoucherIssued,
)
from sellers.services import stock

__all__ = [
    "AlreadyPaid",
    "CardDeclined",
    "PaymentPageUnavailable",
    "PaymentRefused",
    "VoucherIssued",
]

logger = logging.getLogger(__name__)

ITEMS_PER_PAGE = 90
ASK_AGAIN_AFTER = timedelta(seconds=3)
ASK_CASH_AGAIN_AFTER = timedelta(seconds=30)
# What the provider says of a payment that can become nothing any more.
OVER = ("failed", "cancelled")


def open(*, payment_id: int, at: datetime) -> Payment:
    """Ask the provider for the payment page, or for the same page again; where a saved
    card pays, have it charged, once.

    :raises PaymentPageUnavailable: the answer did not come; a resolver goes on asking.
    :raises PaymentRefused: the provider said no (CardDeclined: the bank, to a saved
        card); the payment is closed as failed.
    """
    payment = Payment.objects.select_related("order__user", "saved_card__customer").get(
        pk=payment_id
    )
    if payment.status not in (PaymentStatus.STARTED, PaymentStatus.UNKNOWN):
        return payment
    if payment.amount == 0:
        jobs.enqueue("payouts.tasks.settle", payment_id=payment.pk)
        return payment
    if payment.saved_card is not None:
        return charging.charge(payment=payment, at=at)
    request = _request(payment, customer_id=_customer_id(payment.order))
    try:
        page = gateway.open_checkout(request=request, key=payment.key)
    except gateway.OutcomeUnknown as problem:
        return _resolve_unknown(payment, problem, at=at)
    except (gateway.KeyInUse, gateway.RateLimited, gateway.NotAuthorised) as problem:
        raise PaymentPageUnavailable from problem
    except gateway.Refused as problem:
        paying.move_if_still(payment, PaymentStatus.FAILED, at=at)
        raise PaymentRefused from problem
    return _record_page(payment, page, at=at)


def close_session(*, payment: Payment, at: datetime) -> None:
    """Make sure the buyer cannot pay this any more, before its order is given up: the
    page is closed, the charge is cancelled, or the voucher that was issued is made void.

    :raises VoucherIssued: the buyer has just got a voucher; it was noted and is good.
    :raises AlreadyPaid: the buyer has finished paying; the order must be kept.
    :raises PaymentPageUnavailable: the provider did not answer; nothing was changed.
    """
    try:
        if payment.status == PaymentStatus.AWAITING_CASH:
            assert payment.payment_intent_id
            gateway.cancel_payment(payment_intent_id=payment.payment_intent_id)
            return
        if payment.saved_card_id is not None:
            charging.close(payment=payment, at=at)
            return
        session_id = payment.session_id or _find_session(payment)
        if session_id is None:
            return
        try:
            gateway.expire_checkout(session_id=session_id)
        except gateway.CheckoutComplete:
            _look_behind(payment, session_id, at=at)
    except gateway.CheckoutComplete as problem:
        raise AlreadyPaid from problem
    except gateway.GatewayError as problem:
        raise PaymentPageUnavailable from problem


def _look_behind(payment: Payment, session_id: str, *, at: datetime) -> None:
    """A complete page is paid, or a voucher was issued on it, which may be over."""
    page = gateway.fetch_checkout(session_id=session_id)
    if page.payment_status == "paid" or page.payment_intent_id is None:
        raise AlreadyPaid
    facts = gateway.fetch_payment(payment_intent_id=page.payment_intent_id)
    if facts.status in OVER:
        return
    if facts.status != "awaiting_cash":
        raise AlreadyPaid
    with contextlib.suppress(states.NotAllowed, states.Raced):
        cash.take_voucher(payment_id=payment.pk, facts=facts, at=at)
    raise VoucherIssued


def ask_again(*, payment: Payment, at: datetime) -> None:
    """Have the provider asked how this payment stands, at most every few seconds."""
    # A voucher is paid in minutes or days, and a notice tells of it: no hurry.
    waits_for_cash = payment.status == PaymentStatus.AWAITING_CASH
    pause = ASK_CASH_AGAIN_AFTER if waits_for_cash else ASK_AGAIN_AFTER
    asked = Payment.objects.filter(pk=payment.pk, status__in=OPEN_PAYMENTS).exclude(
        asked_at__gt=at - pause
    )
    with transaction.atomic():
        if asked.update(asked_at=at):
            jobs.enqueue("payouts.tasks.refresh_payment", payment_id=payment.pk)


def mark_paid(
    *,
    payment: Payment,
    order: Order,
    charge_id: str | None,
    payment_intent_id: str | None,
    method: str,
    card_fingerprint: str,
    card_label: str,
    at: datetime,
) -> bool:
    """Take a payment in: payment and order paid, goods out of stock, cart closed.

    Assumes a transaction that holds the order's lock. An order that was given up
    meanwhile is taken up again when its goods are still there; otherwise it becomes a
    problem, and the caller owes the money back. Returns whether the goods are the
    buyer's.
    """
    payment.move_to(
        PaymentStatus.PAID,
        at=at,
        paid_at=at,
        charge_id=charge_id,
        payment_intent_id=payment_intent_id,
        method=method,
        card_fingerprint=card_fingerprint,
        card_label=card_label,
    )
    if order.status == OrderStatus.AWAITING_PAYMENT:
        stock.consume(order_reference=order.public_id, at=at)
    elif not _take_up_again(order, at=at):
        mark_problem(order=order, at=at)
        return False
    order.move_to(OrderStatus.PAID, at=at, paid_at=at)
    for part in order.seller_orders.order_by("pk"):
        part.move_to(OrderStatus.TO_SHIP, at=at)
    Cart.objects.filter(pk=order.cart_id, closed_at=None).update(closed_at=at)
    jobs.enqueue("orders.tasks.send_confirmation", order_id=order.pk)
    _keep_card(order)
    return True


def is_left_failed(*, payment: Payment) -> bool:
    """Say whether a failed payment is the last word on its bag: the order was not paid
    after all, and no other order of the bag was placed after it.
    """
    order = payment.order
    if payment.status != PaymentStatus.FAILED or order.status not in (
        OrderStatus.AWAITING_PAYMENT,
        OrderStatus.CANCELLED,
    ):
        return False
    later = Order.objects.filter(cart_id=order.cart_id, pk__gt=order.pk)
    return not later.exists()


def mark_problem(*, order: Order, at: datetime) -> None:
    """Set an order aside for staff: money came that cannot become this sale.

    Assumes a transaction that holds the order's lock; what it still holds is released.
    """
    stock.release(order_reference=order.public_id, at=at)
    order.move_to(OrderStatus.PROBLEM, at=at)
    for part in order.seller_orders.order_by("pk"):
        part.move_to(OrderStatus.PROBLEM, at=at)


def _keep_card(order: Order) -> None:
    """Show the card that was saved while paying in the buyer's list."""
    if not order.saves_card or order.user_id is None:
        return
    customer = PaymentCustomer.objects.filter(user_id=order.user_id).first()
    if customer is not None:
        jobs.enqueue("orders.tasks.take_in_saved_cards", customer_id=customer.pk)


def _take_up_again(order: Order, *, at: datetime) -> bool:
    """Locks cart, discount and goods in the order in which placing locks them."""
    Cart.objects.select_for_update(no_key=True).get(pk=order.cart_id)
    live = Order.objects.filter(cart_id=order.cart_id).exclude(
        status__in=[OrderStatus.CANCELLED, OrderStatus.PROBLEM]
    )
    if live.exists():
        return False
    with transaction.atomic():
        terms.take_again(order=order, at=at)
        if not stock.take_again(order_reference=order.public_id, at=at):
            transaction.set_rollback(True)
            return False
    return True


def _customer_id(order: Order) -> str | None:
    """Give whom Stripe keeps the card for, where the buyer asked for that.

    :raises PaymentPageUnavailable: Stripe did not answer.
    """
    if not order.saves_card or order.user is None:
        return None
    try:
        return saved_cards.customer_id_of(user=order.user)
    except gateway.Refused as problem:
        # Paying matters more than keeping the card.
        logger.warning("no card is kept for order %s: %s", order, problem)
        Order.objects.filter(pk=order.pk).update(saves_card=False)
        return None
    except gateway.GatewayError as problem:
        raise PaymentPageUnavailable from problem


def _request(payment: Payment, *, customer_id: str | None) -> gateway.CheckoutRequest:
    order = payment.order
    landing = settings.SITE_URL + returning.path(order=order)
    with override(order.language):
        return gateway.CheckoutRequest(
            payment_reference=payment.public_id,
            order_reference=order.public_id,
            currency=payment.currency,
            total_amount=payment.amount,
            items=_items(order),
            email=order.email,
            locale=order.language,
            success_url=f"{landing}&paid=1",
            cancel_url=landing,
            transfer_group=order.public_id,
            expires_at=order.expires_at,
            konbini_expires_after_days=cash.days_for(
                amount=payment.amount, currency=payment.currency
            ),
            custom_text=_(
                "By paying you buy from each seller named above. You may withdraw "
                "within 14 days of receiving the goods."
            ),
            customer_id=customer_id,
            saves_card=customer_id is not None,
        )


def _items(order: Order) -> tuple[gateway.CheckoutItem, ...]:
    """Give one row for each line and each delivery, as the buyer pays them; rows of
    nothing are left out, and above ITEMS_PER_PAGE there is one row a seller.
    """
    parts = list(order.seller_orders.select_related("shop").order_by("pk"))
    lines: dict[int, list[OrderLine]] = {part.pk: [] for part in parts}
    for line in OrderLine.objects.filter(seller_order__order=order).order_by("pk"):
        lines[line.seller_order_id].append(line)
    rows: list[gateway.CheckoutItem] = []
    for part in parts:
        rows += [
            gateway.CheckoutItem(name=_item_name(line), amount=line.paid_amount)
            for line in lines[part.pk]
        ]
        rows.append(
            gateway.CheckoutItem(
                name=_("Delivery, %(shop)s") % {"shop": part.shop.name},
                amount=delivery_paid_amount(part),
            )
        )
    if len(rows) > ITEMS_PER_PAGE:
        rows = [
            gateway.CheckoutItem(
                name=part.shop.name,
                amount=sum(line.paid_amount for line in lines[part.pk])
                + delivery_paid_amount(part),
            )
            for part in parts
        ]
    return tuple(row for row in rows if row.amount)


def delivery_paid_amount(part: SellerOrder) -> int:
    """What the buyer pays for a seller's delivery, minor units."""
    return part.delivery_amount + part.delivery_tax_added_amount


def _item_name(line: OrderLine) -> str:
    options = f" ({line.options_label})" if line.options_label else ""
    return f"{line.title}{options} × {line.quantity}"


def _resolve_unknown(
    payment: Payment, problem: gateway.OutcomeUnknown, *, at: datetime
) -> Payment:
    """Keep the payment `unknown`; after a stored failure look the page up, and ask
    with a new key only when there is none.
    """
    paying.move_if_still(payment, PaymentStatus.UNKNOWN, at=at)
    if not problem.replayed:
        raise PaymentPageUnavailable from problem
    try:
        page = gateway.find_checkout(
            payment_reference=payment.public_id, created_after=payment.started_at
        )
    except gateway.GatewayError as lost:
        raise PaymentPageUnavailable from lost
    if page is not None:
        return _record_page(payment, page, at=at)
    # There is none: the stored failure had no effect. One more try, with a new key.
    Payment.objects.filter(pk=payment.pk, attempt=payment.attempt).update(
        attempt=payment.attempt + 1
    )
    return open(payment_id=payment.pk, at=at)


def _find_session(payment: Payment) -> str | None:
    """Look for a page whose answer was lost."""
    page = gateway.find_checkout(
        payment_reference=payment.public_id, created_after=payment.started_at
    )
    return page.session_id if page else None


def _record_page(
    payment: Payment, page: gateway.CheckoutPage, *, at: datetime
) -> Payment:
    paying.move_if_still(
        payment,
        PaymentStatus.NEEDS_ACTION,
        at=at,
        session_id=page.session_id,
        page_url=page.url or "",
        payment_intent_id=page.payment_intent_id,
    )
    return payment
