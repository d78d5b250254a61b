"""What is kept of a person who bought: see `kit.personal`. An order stays as long as
bookkeeping asks for it: what was sold, when, for how much, to which country; who it was
and where it went goes.
"""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from marketplace.accounts.models import User
from marketplace.kit import jobs
from marketplace.kit.personal import Obstacle, Tables
from orders.models import (
    Address,
    BuyLink,
    Cart,
    Order,
    OrderLine,
    OrderLink,
    OrderStatus,
    Payment,
    PaymentCustomer,
    Refund,
    RefundDoor,
    RefundStatus,
    Return,
    ReturnStatus,
    SavedAddress,
    SavedCard,
    SellerOrder,
)
from orders.services import addresses, reviews
from sellers.services import personal_data as of_sellers

OPEN_PARTS = (OrderStatus.TO_SHIP, OrderStatus.SHIPPED)


def orders_of(*, user: User) -> QuerySet[Order]:
    """List a person's orders: those of the account, and those made without one with its
    address, which is verified.
    """
    as_guest = Q(user=None, email__iexact=user.email)
    return Order.objects.filter(Q(user=user) | as_guest)


def export_of(*, user: User) -> Tables:
    """Give all a person bought, sent back, wrote and keeps here."""
    orders = orders_of(user=user)
    return {
        "addresses": [
            {**addresses.written(row), "is_default": row.is_default}
            for row in SavedAddress.objects.visible_to(user).in_order()
        ],
        "saved_cards": [
            {"brand": row.brand, "last4": row.last4, "expires": row.expires}
            for row in SavedCard.objects.visible_to(user).order_by("pk")
        ],
        "orders": _orders(orders),
        "order_lines": _lines(orders),
        "refunds": _refunds(orders),
        "returns": _returns(orders),
        "order_links": [
            {"order": order, "made_at": made.isoformat()}
            for order, made in OrderLink.objects.filter(order__in=orders)
            .order_by("pk")
            .values_list("order__public_id", "created_at")
        ],
        "buy_links": [
            {"code": row.code, "made_at": row.made_at.isoformat(), "views": row.views}
            for row in BuyLink.objects.filter(made_by=user).order_by("pk")
        ],
        "reviews": reviews.export_of(user=user, email=user.email),
    }


def obstacles(*, user: User, at: datetime) -> list[Obstacle]:
    """Name what is not finished of the orders a person made, or has to send."""
    orders = orders_of(user=user)
    mine = SellerOrder.objects.filter(order__in=orders)
    shops = of_sellers.shops_of(user=user)
    theirs = SellerOrder.objects.filter(shop__in=shops)
    found = []
    if (
        orders.filter(status=OrderStatus.AWAITING_PAYMENT).exists()
        or mine.filter(status__in=OPEN_PARTS).exists()
    ):
        found.append(Obstacle("orders", _("An order of yours is still on its way.")))
    open_returns = Return.objects.filter(
        Q(seller_order__in=mine) | Q(seller_order__in=theirs),
        status__in=[ReturnStatus.OPEN, ReturnStatus.RECEIVED],
    )
    if open_returns.exists():
        found.append(Obstacle("returns", _("A return is not finished yet.")))
    unsent = Refund.objects.filter(order__in=orders).exclude(
        status__in=[RefundStatus.SENT, RefundStatus.FAILED]
    )
    failed = Refund.objects.filter(
        order__in=orders, status=RefundStatus.FAILED, retry=None
    )
    if unsent.exists() or failed.exists():
        found.append(Obstacle("refunds", _("A refund has not reached you yet.")))
    if theirs.of_concern().filter(status__in=OPEN_PARTS).exists():
        found.append(
            Obstacle("sales", _("Your shop has orders that have not arrived yet."))
        )
    return found


def erase(*, user: User, at: datetime) -> None:
    """Take away who bought and where it went, the cards, addresses and reviews. Stripe
    is asked to forget the customer by a job, again until it answers.
    """
    orders = orders_of(user=user)
    order_ids = list(orders.values_list("pk", flat=True))
    reviews.erase(user=user, email=user.email)
    Address.objects.filter(order__in=order_ids).update(
        name="", line1="", postal_code="", city="", phone=""
    )
    OrderLink.objects.filter(order__in=order_ids, revoked_at=None).update(revoked_at=at)
    Return.objects.filter(seller_order__order__in=order_ids).update(note="")
    Refund.objects.filter(order__in=order_ids, door=RefundDoor.BUYER).update(note="")
    Payment.objects.filter(order__in=order_ids).update(
        card_fingerprint="", card_label=""
    )
    Cart.objects.filter(user=user).update(user=None)
    SavedAddress.objects.visible_to(user).delete()
    BuyLink.objects.filter(made_by=user).update(made_by=None)
    _forget_cards(user, at=at)
    for order in Order.objects.filter(pk__in=order_ids).order_by("pk"):
        order.email = f"erased-{order.public_id}@erased.invalid"
        order.save(update_fields=["email"])


def _forget_cards(user: User, *, at: datetime) -> None:
    customer = PaymentCustomer.objects.filter(user=user).first()
    if customer is None:
        return
    customer.cards.filter(removed_at=None).update(removed_at=at)
    for card in customer.cards.order_by("pk"):
        card.card_id = f"erased-{card.pk}"
        card.brand = card.last4 = card.fingerprint = ""
        card.save(update_fields=["card_id", "brand", "last4", "fingerprint"])
    jobs.enqueue("orders.tasks.forget_customer", customer_id=customer.pk)


def _orders(orders: QuerySet[Order]) -> list[dict[str, Any]]:
    found = orders.select_related("address").prefetch_related("payments")
    return [
        {
            "order": order.public_id,
            "status": order.status,
            "placed_at": order.placed_at.isoformat(),
            "paid_at": order.paid_at and order.paid_at.isoformat(),
            "email": order.email,
            "total_amount": order.total_amount,
            "currency": order.currency,
            "delivery_amount": order.delivery_amount,
            "discount_amount": order.discount_amount,
            "tax_amount": order.included_tax_amount + order.added_tax_amount,
            "code": order.code,
            "paid_with": [row.card_label or row.method for row in order.payments.all()],
            "name": order.address.name,
            "line1": order.address.line1,
            "postal_code": order.address.postal_code,
            "city": order.address.city,
            "region": order.address.region,
            "country": order.address.country,
            "phone": order.address.phone,
        }
        for order in found.order_by("pk")
    ]


def _lines(orders: QuerySet[Order]) -> list[dict[str, Any]]:
    found = OrderLine.objects.filter(seller_order__order__in=orders)
    return [
        {
            "order": line.seller_order.order.public_id,
            "shop": line.seller_order.shop.name,
            "status": line.seller_order.status,
            "title": line.title,
            "options": line.options_label,
            "quantity": line.quantity,
            "paid_amount": line.paid_amount,
            "currency": line.seller_order.order.currency,
        }
        for line in found.select_related(
            "seller_order__order", "seller_order__shop"
        ).order_by("pk")
    ]


def _refunds(orders: QuerySet[Order]) -> list[dict[str, Any]]:
    found = Refund.objects.filter(order__in=orders).select_related("order")
    return [
        {
            "refund": row.public_id,
            "order": row.order.public_id,
            "status": row.status,
            "amount": row.amount,
            "currency": row.currency,
            "reason": row.reason,
            "note": row.note if row.door == RefundDoor.BUYER else "",
        }
        for row in found.order_by("pk")
    ]


def _returns(orders: QuerySet[Order]) -> list[dict[str, Any]]:
    found = Return.objects.filter(seller_order__order__in=orders)
    return [
        {
            "return": row.public_id,
            "order": row.seller_order.order.public_id,
            "kind": row.kind,
            "status": row.status,
            "note": row.note,
            "requested_at": row.requested_at.isoformat(),
        }
        for row in found.select_related("seller_order__order").order_by("pk")
    ]
