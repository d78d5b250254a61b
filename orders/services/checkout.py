"""Placing an order: what was shown is checked once more, terms are frozen, goods are
held for a while. No network inside; `payments.open` asks for the payment page after.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q

from marketplace.kit import jobs, limits
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.templatetags import formats
from orders.models import (
    OPEN_PAYMENTS,
    Cart,
    Order,
    OrderStatus,
    Payment,
    PaymentStatus,
)
from orders.services import cart as carts
from orders.services import freezing, payments, quotes, terms
from orders.services.freezing import Buyer
from orders.services.quotes import Change, Quote
from sellers.services import stock

__all__ = ["Buyer"]

LIVE = ~Q(status__in=[OrderStatus.CANCELLED, OrderStatus.PROBLEM])


class OrderChanged(MarketplaceError):
    """Something changed since this page was shown. Nothing was charged; look at the
    changes and go on.
    """

    status_code = 409

    def __init__(self, changes: Sequence[Change] = ()) -> None:
        super().__init__()
        self.changes = tuple(changes)


class _LiveOrderDiffers(OrderChanged):
    """The cart's placed order is not this one: it is given up first, once."""

    def __init__(self, order: Order) -> None:
        super().__init__()
        self.order = order


class TooManyOpenOrders(MarketplaceError):
    """You have several unpaid orders. Pay or cancel one of them, or wait until they
    expire.
    """

    status_code = 429


class TotalTooSmall(MarketplaceError):
    """The total is less than a card payment can be. Add something to the cart."""

    status_code = 409


def place(*, cart: Cart, buyer: Buyer, shown: str, at: datetime) -> Order:
    """Place the cart's order, or give the one that is placed already.

    `shown` is the fingerprint of the quote on the buyer's page. An unchanged cart gives
    its live order again; a changed one, or one whose payment was refused, gives the old
    order up first, with its payment page, and is placed anew. The payment is `started`;
    `payments.open` goes on.

    :raises OrderChanged: price, stock, delivery or discount differ; nothing is placed.
    :raises TooManyOpenOrders: the buyer holds too many unpaid orders.
    :raises limits.TooMany: too many orders placed in an hour.
    :raises carts.TooManyUnits: over the units of one variant in an order.
    :raises TotalTooSmall: under the provider's minimum.
    :raises buy_links.LinkUsedUp: a buy link's last use went to someone else.
    :raises payments.AlreadyPaid: the earlier order was paid meanwhile, or is to be paid
        in cash (VoucherIssued); show it.
    :raises payments.PaymentPageUnavailable: the earlier page could not be closed.
    """
    wanted = _fingerprint(shown, buyer)
    _count_places(cart, buyer)
    try:
        with transaction.atomic(durable=True):
            return _place(cart, buyer, shown, wanted, at)
    except _LiveOrderDiffers as found:
        give_up(order=found.order, at=at)
    with transaction.atomic(durable=True):
        return _place(cart, buyer, shown, wanted, at)


def give_up(*, order: Order, at: datetime, by_buyer: bool = False) -> None:
    """Close an unpaid order's payment page or make its voucher void, then cancel it and
    release its goods. `by_buyer`: who asked for it needs no mail that says so.

    :raises payments.AlreadyPaid: it is paid; nothing was changed.
    :raises payments.PaymentPageUnavailable: the page could not be closed.
    """
    if order.is_paid:
        raise payments.AlreadyPaid
    payment = order.payments.order_by("-pk").first()
    if payment is not None and payment.status in OPEN_PAYMENTS:
        payments.close_session(payment=payment, at=at)
    cancel(order_id=order.pk, at=at, by_buyer=by_buyer)


def cancel(*, order_id: int, at: datetime, by_buyer: bool = False) -> None:
    """Cancel an unpaid order whose page is closed: goods and discount are given back.
    A buyer whose voucher ran out is told how to order again.

    :raises NotAllowed: it is not awaiting payment any more.
    """
    with transaction.atomic(durable=True):
        order = Order.objects.select_for_update(no_key=True).get(pk=order_id)
        order.move_to(OrderStatus.CANCELLED, at=at, cancelled_at=at)
        for part in order.seller_orders.order_by("pk"):
            part.move_to(OrderStatus.CANCELLED, at=at)
        # Before the goods, as in `_place`: two who lock alike cannot deadlock.
        terms.release(order=order, at=at)
        stock.release(order_reference=order.public_id, at=at)
        for payment in order.payments.filter(status__in=OPEN_PAYMENTS):
            ran_out = payment.status == PaymentStatus.AWAITING_CASH and not by_buyer
            payment.move_to(PaymentStatus.EXPIRED, at=at)
            if ran_out:
                jobs.enqueue("orders.tasks.send_voucher_expired", order_id=order.pk)


def _place(cart: Cart, buyer: Buyer, shown: str, wanted: str, at: datetime) -> Order:
    """Place under the cart's lock: fifty submits of one cart make one order."""
    cart = Cart.objects.select_for_update(no_key=True).get(pk=cart.pk)
    live = Order.objects.filter(LIVE, cart=cart).first()
    if live is not None:
        if live.payments.filter(status=PaymentStatus.AWAITING_CASH).exists():
            raise payments.VoucherIssued
        if live.fingerprint != wanted or _is_refused(live):
            raise _LiveOrderDiffers(live)
        return live
    quote = quotes.quote(cart=cart, country=buyer.country, at=at, held={})
    if quote.changes or quote.fingerprint != shown:
        raise OrderChanged(quote.changes)
    _check_amounts(quote)
    _check_open_orders(cart, buyer)
    order = freezing.create_order(
        cart=cart, buyer=buyer, quote=quote, fingerprint=wanted, at=at
    )
    lines = freezing.create_parts(order=order, quote=quote, at=at)
    freezing.decide_attribution(order=order, cart=cart, buyer=buyer, lines=lines, at=at)
    Payment.objects.create(
        order=order,
        saved_card=buyer.card if order.total_amount else None,
        status=PaymentStatus.STARTED,
        amount=order.total_amount,
        currency=order.currency,
        started_at=at,
    )
    terms.use(quote=quote, order=order, at=at)
    _reserve(order, quote, lines)
    return order


def _is_refused(order: Order) -> bool:
    """Say whether the provider took no payment of an unpaid order: it leads nowhere."""
    if order.status != OrderStatus.AWAITING_PAYMENT:
        return False
    return not order.payments.exclude(status=PaymentStatus.FAILED).exists()


def _reserve(order: Order, quote: Quote, lines: freezing.Lines) -> None:
    """Hold the goods, last in the transaction so that a hot row is locked shortly."""
    try:
        stock.reserve(
            demands=[
                stock.Demand(
                    variant_id=row.variant_id,
                    quantity=row.quantity,
                    reference=row.public_id,
                )
                for _quoted, row in lines
            ],
            order_reference=order.public_id,
            expires_at=order.expires_at,
        )
    except stock.SoldOut as problem:
        left = dict(problem.shortages)
        raise OrderChanged(
            [
                quotes.stock_change(quoted.line, left=left[row.variant_id])
                for quoted, row in lines
                if row.variant_id in left
            ]
        ) from problem


def _check_amounts(quote: Quote) -> None:
    total = quote.total_amount
    if 0 < total < settings.PAYMENT_MINIMUM_AMOUNTS[quote.currency]:
        smallest = settings.PAYMENT_MINIMUM_AMOUNTS[quote.currency]
        raise TotalTooSmall(
            f"{TotalTooSmall.__doc__ or ''} "
            f"({formats.write_money(smallest, quote.currency)})"
        )
    for part in quote.parts:
        for line in part.lines:
            variant, limit = line.line.variant, carts.limit_of(line.line.variant)
            if line.line.quantity > limit:
                raise carts.TooManyUnits(limit=limit, available=variant.available)


def _check_open_orders(cart: Cart, buyer: Buyer) -> None:
    """Refuse a buyer who holds goods in too many unpaid orders; one query."""
    unpaid = Order.objects.filter(
        Q(cart__token_hash=cart.token_hash) | Q(email__iexact=buyer.email),
        status=OrderStatus.AWAITING_PAYMENT,
    ).aggregate(n=Count("pk"))["n"]
    if unpaid >= settings.UNPAID_ORDERS_PER_BUYER:
        raise TooManyOpenOrders


def _count_places(cart: Cart, buyer: Buyer) -> None:
    """Count a try per visitor, e-mail and address, in the shared cache."""
    hour = 3600
    for who in (cart.token_hash, buyer.email.lower()):
        limits.count(f"place:{who}", limit=settings.PLACES_PER_HOUR, seconds=hour)
    if buyer.ip:
        limits.count(
            f"place:ip:{buyer.ip}",
            limit=settings.PLACES_PER_HOUR_PER_ADDRESS,
            seconds=hour,
        )


def _fingerprint(shown: str, buyer: Buyer) -> str:
    """Digest what the buyer agreed to: what was shown, and who buys it to where."""
    agreed = json.dumps([shown, buyer.digest()], sort_keys=True)
    return hashlib.sha256(agreed.encode()).hexdigest()
