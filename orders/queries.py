"""Reads over carts and orders, for pages, each with a known number of queries."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet, Sum
from django.utils import timezone

from marketplace.kit.errors import NotFound
from orders.models import (
    Cart,
    CartLine,
    Order,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentStatus,
    Review,
    SellerOrder,
    Shipment,
    Voucher,
)
from orders.models.review import ReviewQuerySet
from sellers.models import Product, Shop

# The tabs of a seller's orders, in the order of the work.
# Waiting for payment: in cash only, since nobody can say how soon.
SELLER_TABS = {
    "to_ship": (OrderStatus.TO_SHIP,),
    "awaiting_payment": (OrderStatus.AWAITING_PAYMENT,),
    "shipped": (OrderStatus.SHIPPED,),
    "delivered": (OrderStatus.DELIVERED,),
    "returns": (OrderStatus.RETURN_OPEN, OrderStatus.WITHDRAWN),
    "over": (OrderStatus.CANCELLED, OrderStatus.REFUNDED),
}
GIVEN_BACK = (OrderStatus.WITHDRAWN, OrderStatus.CANCELLED, OrderStatus.REFUNDED)
NEVER_BOUGHT = Q(status=OrderStatus.CANCELLED, order__paid_at=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One seller's part of an order, as its page shows it."""

    part: SellerOrder
    lines: tuple[OrderLine, ...]
    shipments: tuple[Shipment, ...]
    expected_from: date
    expected_until: date

    @property
    def goods_amount(self) -> int:
        return sum(line.gross_amount for line in self.lines)

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def arrived(self) -> set[int]:
        """Give the ids of the lines of which something has arrived."""
        if self.part.delivered_at is None:
            return set()
        return {row.line_id for one in self.shipments for row in one.lines.all()}

    @property
    def is_given_back(self) -> bool:
        """Say whether its buyer kept nothing of it that he could judge."""
        return self.part.status in GIVEN_BACK

    @property
    def is_partly_shipped(self) -> bool:
        return bool(self.shipments) and self.part.status == OrderStatus.TO_SHIP


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderPage:
    """An order with all its page shows."""

    order: Order
    parts: tuple[Part, ...]
    payment: Payment | None

    @property
    def units(self) -> int:
        return sum(part.units for part in self.parts)

    @property
    def parcels(self) -> "Parcels":
        """Count the parts that come or came; what is cancelled does not."""
        coming = [
            part.part
            for part in self.parts
            if part.part.status != OrderStatus.CANCELLED
        ]
        return Parcels(
            all=len(coming),
            sent=sum(part.fulfilled_at is not None for part in coming),
            arrived=sum(part.delivered_at is not None for part in coming),
            going_back=coming[0].status
            if len(coming) == 1 and coming[0].status in SELLER_TABS["returns"]
            else "",
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Parcels:
    """How far the parcels of an order have come; `going_back` is the state of the only
    one when its buyer gives it back.
    """

    all: int
    sent: int
    arrived: int
    going_back: str = ""


def cart_line(*, cart: Cart | None, variant_public_id: str) -> CartLine:
    """Give the line of a variant in this cart; one query.

    :raises NotFound: without a cart, or when it holds no such line.
    """
    if cart is None:
        raise NotFound
    line = (
        cart.lines.select_related("cart", "variant__product")
        .filter(variant__public_id=variant_public_id)
        .first()
    )
    if line is None:
        raise NotFound
    return line


def units_in(*, token_hash: str) -> int:
    """Count the units in the open cart of a token; one query."""
    counted = CartLine.objects.filter(
        cart__token_hash=token_hash, cart__closed_at=None
    ).aggregate(units=Sum("quantity"))
    return counted["units"] or 0


def order_page(*, order: Order) -> OrderPage:
    """Load what an order's page shows, in 5 queries however many parts and lines:
    parts with shops, lines, shipments, what is in them, payments.
    """
    parts = (
        order.seller_orders.select_related("shop")
        .prefetch_related(
            Prefetch(
                "lines",
                OrderLine.objects.select_related("review").order_by("position", "pk"),
            ),
            Prefetch(
                "shipments",
                Shipment.objects.order_by("shipped_at", "pk").prefetch_related("lines"),
            ),
        )
        .order_by("pk")
    )
    begun = order.paid_at or order.placed_at
    return OrderPage(
        order=order,
        parts=tuple(_part(part, begun) for part in parts),
        payment=order.payments.select_related("voucher").order_by("-pk").first(),
    )


def _part(part: SellerOrder, begun: datetime) -> Part:
    return Part(
        part=part,
        lines=tuple(part.lines.all()),
        shipments=tuple(part.shipments.all()),
        expected_from=_day(begun, part.delivery_days_min),
        expected_until=_day(begun, part.delivery_days_max),
    )


def _day(begun: datetime, days: int) -> date:
    """Give the day so many days later, as it is called where the platform is."""
    return timezone.localdate(begun + timedelta(days=days))


def orders_of(user: Any) -> QuerySet[Order]:
    """List a buyer's orders, newest first, with parts, shops and lines."""
    return Order.objects.visible_to(user).with_parts().order_by("-placed_at", "-pk")


def order_of(user: Any, public_id: str) -> Order:
    """Give one of this buyer's orders.

    :raises NotFound: for none, or someone else's.
    """
    found = (
        Order.objects.visible_to(user)
        .select_related("address", "cart")
        .filter(public_id=public_id)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def shop_of(user: Any, public_id: str) -> Shop:
    """Give a shop this person runs.

    :raises NotFound: for none, or someone else's.
    """
    found = Shop.objects.visible_to(user).filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def seller_orders(*, shop: Shop, tab: str) -> QuerySet[SellerOrder]:
    """List a shop's parts in a tab with order, address and lines, and the voucher where
    one is awaited: what waits longest first, what is done newest first.
    """
    parts = (
        SellerOrder.objects.filter(shop=shop, status__in=SELLER_TABS[tab])
        .of_concern()
        .exclude(NEVER_BOUGHT)
        .select_related("order__address")
        .prefetch_related(
            Prefetch("lines", OrderLine.objects.order_by("position", "pk"))
        )
    )
    if tab == "awaiting_payment":
        unpaid = Payment.objects.filter(status=PaymentStatus.AWAITING_CASH)
        parts = parts.prefetch_related(
            Prefetch("order__payments", unpaid.select_related("voucher"))
        )
    waits = tab in ("to_ship", "awaiting_payment", "returns")
    return parts.order_by("pk") if waits else parts.order_by("-pk")


def seller_tab_counts(*, shop: Shop) -> dict[str, int]:
    """Count a shop's parts in each tab; one query."""
    rows = (
        SellerOrder.objects.filter(shop=shop)
        .of_concern()
        .exclude(NEVER_BOUGHT)
        .order_by()
        .values_list("status")
        .annotate(Count("pk"))
    )
    counted: dict[str, int] = dict(rows)
    return {
        tab: sum(counted.get(status, 0) for status in statuses)
        for tab, statuses in SELLER_TABS.items()
    }


def seller_order(*, user: Any, shop: Shop, public_id: str) -> SellerOrder:
    """Give one part of a shop this person runs; one query.

    :raises NotFound: for none, an unpaid one, or another shop's.
    """
    found = (
        SellerOrder.objects.visible_to(user)
        .select_related("order__address", "shop")
        .filter(shop=shop, public_id=public_id)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def voucher_of(part: SellerOrder) -> Voucher | None:
    """Give the voucher a part waits for; one query while it waits, else none."""
    if part.status != OrderStatus.AWAITING_PAYMENT:
        return None
    return Voucher.objects.filter(
        payment__order=part.order_id, payment__status=PaymentStatus.AWAITING_CASH
    ).first()


def seller_order_page(*, part: SellerOrder) -> Part:
    """Load what a seller sees of his part, in 3 queries: lines with variant and
    creator, shipments, what is in them. Other sellers' lines are not in it.
    """
    lines = part.lines.select_related("variant", "creator").order_by("position", "pk")
    shipments = part.shipments.order_by("shipped_at", "pk").prefetch_related("lines")
    begun = part.order.paid_at or part.order.placed_at
    return Part(
        part=part,
        lines=tuple(lines),
        shipments=tuple(shipments),
        expected_from=_day(begun, part.delivery_days_min),
        expected_until=_day(begun, part.delivery_days_max),
    )


def line_of(*, order: Order, public_id: str) -> OrderLine:
    """Give a line of an order with its part, order, address, shop, variant and review;
    one query.

    :raises NotFound: it is none, or another order's.
    """
    found = (
        OrderLine.objects.select_related(
            *("seller_order__order__address", "seller_order__shop"),
            *("variant__product", "review"),
        )
        .filter(seller_order__order=order, public_id=public_id)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def reviews_of(*, product: Product) -> ReviewQuerySet:
    """List what buyers say of a product, newest first; one query."""
    return (
        Review.objects.shown()
        .filter(product=product)
        .select_related("line", "shop")
        .with_return()
        .order_by("-written_at", "-pk")
    )


def reviews_for_seller(*, user: Any, shop: Shop) -> ReviewQuerySet:
    """List the reviews of a shop this person runs, newest first; one query."""
    return (
        Review.objects.visible_to(user)
        .filter(shop=shop)
        .select_related("line", "product", "shop")
        .with_return()
        .order_by("-written_at", "-pk")
    )
