"""What was bought: the order, each seller's part of it, and the lines with their terms
frozen at sale. Amounts are minor units of the order's currency.
"""

from datetime import datetime
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from creators.models import Creator, FundedBy
from marketplace.kit import ids, states
from orders.models.cart import Cart
from orders.models.event import OrderEvent
from orders.models.tax import TaxCollector
from sellers.models import (
    NEVER_WITHDRAWN,
    Shop,
    Variant,
    WithdrawalException,
    withdrawal_exception_known,
)


class OrderStatus(models.TextChoices):
    """The words of an order and of a seller's part of it."""

    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    TO_SHIP = "to_ship"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    RETURN_OPEN = "return_open"
    REFUNDED = "refunded"
    PROBLEM = "problem"


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, user: Any) -> Self:
        """Keep this person's own orders."""
        return self.filter(user=user)

    def with_parts(self) -> Self:
        """Load sellers' parts, lines and shops, in 3 more queries."""
        return self.prefetch_related("seller_orders__lines", "seller_orders__shop")

    def awaiting_cash(self) -> Self:
        """Keep the unpaid orders whose buyer has a voucher to pay at a konbini."""
        return self.filter(
            status=OrderStatus.AWAITING_PAYMENT, payments__status="awaiting_cash"
        )


class Order(states.Stateful):
    """One checkout of one buyer over one or more sellers, paid at once.

    `total_amount` is what the buyer pays: goods − discount + delivery + added tax. It
    is frozen when the order is placed, with the lines' terms.
    """

    MOVES: ClassVar = {
        OrderStatus.AWAITING_PAYMENT: frozenset(
            {OrderStatus.PAID, OrderStatus.CANCELLED, OrderStatus.PROBLEM}
        ),
        # A payment that succeeds after the order was given up: it is taken up again
        # when the goods are still there, else the money is owed back.
        OrderStatus.CANCELLED: frozenset({OrderStatus.PAID, OrderStatus.PROBLEM}),
        # When the last of it has gone back to the buyer.
        OrderStatus.PAID: frozenset({OrderStatus.REFUNDED}),
        OrderStatus.PROBLEM: frozenset({OrderStatus.REFUNDED}),
        # Its refund was taken back by staff, or a lost dispute was won on appeal.
        OrderStatus.REFUNDED: frozenset({OrderStatus.PAID, OrderStatus.PROBLEM}),
    }

    public_id = ids.field("ord")
    cart = models.ForeignKey(Cart, on_delete=models.PROTECT, related_name="orders")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="orders",
    )
    status = models.CharField(max_length=20, choices=OrderStatus.choices)
    email = models.EmailField()
    language = models.CharField(max_length=5)
    currency = models.CharField(max_length=3)
    goods_amount = models.PositiveBigIntegerField()
    discount_amount = models.PositiveBigIntegerField()
    delivery_amount = models.PositiveBigIntegerField()
    added_tax_amount = models.PositiveBigIntegerField()
    included_tax_amount = models.PositiveBigIntegerField()
    total_amount = models.PositiveBigIntegerField()
    code = models.CharField(max_length=20, blank=True)
    saves_card = models.BooleanField(default=False, help_text="kept for next time")
    # What the buyer was shown and agreed to; the same cart placed again gives it again.
    fingerprint = models.CharField(max_length=64)
    placed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            states.one_of("status", OrderStatus, name="order_status"),
            models.UniqueConstraint(
                fields=["cart"],
                condition=~Q(status__in=["cancelled", "problem", "refunded"]),
                name="order_one_live_per_cart",
            ),
            models.CheckConstraint(
                condition=Q(
                    total_amount=F("goods_amount")
                    - F("discount_amount")
                    + F("delivery_amount")
                    + F("added_tax_amount")
                ),
                name="order_total_adds_up",
            ),
            models.CheckConstraint(
                condition=~Q(status="paid") | Q(paid_at__isnull=False),
                name="order_paid_when",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "-placed_at"]),
            models.Index(
                fields=["expires_at"],
                condition=Q(status="awaiting_payment"),
                name="order_expiring",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_paid(self) -> bool:
        return self.status == OrderStatus.PAID

    def record_move(self, *, before: str, after: str, at: datetime) -> None:
        OrderEvent.objects.create(
            order_id=self.pk, subject=self.public_id, before=before, after=after, at=at
        )


class SellerOrderQuerySet(models.QuerySet["SellerOrder"]):
    def visible_to(self, user: Any) -> Self:
        """Keep the parts of the shops this person runs, once they concern them."""
        return self.filter(shop__memberships__user=user).of_concern()

    def of_concern(self) -> Self:
        """Leave out what is on a payment page right now: it may never be bought. A
        buyer with a voucher has made up his mind, and pays in cash in some days.
        """
        return self.filter(
            ~Q(status=OrderStatus.AWAITING_PAYMENT)
            | Exists(Order.objects.awaiting_cash().filter(pk=OuterRef("order_id")))
        )

    def fulfilled(self) -> Self:
        return self.exclude(fulfilled_at=None)


class SellerOrder(states.Stateful):
    """One seller's part of an order: its lines, its delivery, its own progress.

    *Fulfilled* when the last unit is shipped or cancelled; *delivered* when the carrier
    or the buyer says so, else a few days after shipping (ASSUMED_DELIVERY_DAYS).
    """

    MOVES: ClassVar = {
        OrderStatus.AWAITING_PAYMENT: frozenset(
            {OrderStatus.TO_SHIP, OrderStatus.CANCELLED, OrderStatus.PROBLEM}
        ),
        OrderStatus.CANCELLED: frozenset({OrderStatus.TO_SHIP, OrderStatus.PROBLEM}),
        # Cancelled: every unit of it, before any was shipped.
        OrderStatus.TO_SHIP: frozenset({OrderStatus.SHIPPED, OrderStatus.CANCELLED}),
        OrderStatus.SHIPPED: frozenset(
            {
                OrderStatus.DELIVERED,
                OrderStatus.WITHDRAWN,
                OrderStatus.RETURN_OPEN,
                OrderStatus.REFUNDED,
            }
        ),
        OrderStatus.DELIVERED: frozenset(
            {OrderStatus.WITHDRAWN, OrderStatus.RETURN_OPEN, OrderStatus.REFUNDED}
        ),
        # Declined or refunded in part: it is what it was before.
        OrderStatus.WITHDRAWN: frozenset(
            {OrderStatus.REFUNDED, OrderStatus.DELIVERED, OrderStatus.SHIPPED}
        ),
        OrderStatus.RETURN_OPEN: frozenset(
            {OrderStatus.REFUNDED, OrderStatus.DELIVERED, OrderStatus.SHIPPED}
        ),
        OrderStatus.REFUNDED: frozenset({OrderStatus.DELIVERED, OrderStatus.SHIPPED}),
        OrderStatus.PROBLEM: frozenset({OrderStatus.REFUNDED}),
    }

    public_id = ids.field("so")
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="seller_orders"
    )
    shop = models.ForeignKey(
        Shop, on_delete=models.PROTECT, related_name="seller_orders"
    )
    status = models.CharField(max_length=20, choices=OrderStatus.choices)
    delivery_name = models.CharField(max_length=60)
    delivery_days_min = models.PositiveSmallIntegerField()
    delivery_days_max = models.PositiveSmallIntegerField()
    delivery_amount = models.PositiveBigIntegerField()
    delivery_tax_included_amount = models.PositiveBigIntegerField()
    delivery_tax_added_amount = models.PositiveBigIntegerField()
    tax_collected_by = models.CharField(max_length=10, choices=TaxCollector.choices)
    fulfilled_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)

    objects = SellerOrderQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            states.one_of("status", OrderStatus, name="seller_order_status"),
            states.one_of("tax_collected_by", TaxCollector, name="seller_order_tax"),
            models.UniqueConstraint(
                fields=["order", "shop"], name="seller_order_once_per_shop"
            ),
            models.CheckConstraint(
                condition=Q(delivered_at=None) | Q(fulfilled_at__isnull=False),
                name="seller_order_fulfilled_before_delivered",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["shop", "status", "-id"])]

    def __str__(self) -> str:
        return self.public_id

    def record_move(self, *, before: str, after: str, at: datetime) -> None:
        OrderEvent.objects.create(
            order_id=self.order_id,
            subject=self.public_id,
            before=before,
            after=after,
            at=at,
        )


class OrderLine(models.Model):
    """A variant sold, with its terms frozen: price, discount and who funds it, tax and
    who collects it, the platform's and the creator's rates. Never changed afterwards.

    `paid_amount` is what the buyer pays for the whole line: gross − discounts + added
    tax.
    """

    public_id = ids.field("line")
    seller_order = models.ForeignKey(
        SellerOrder, on_delete=models.PROTECT, related_name="lines"
    )
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=150)
    options_label = models.CharField(max_length=120, blank=True)
    # Renditions of the first photo as it was, as sellers.Photo; [] for none.
    photo = models.JSONField(default=list)
    quantity = models.PositiveIntegerField()
    unit_amount = models.PositiveBigIntegerField()
    gross_amount = models.PositiveBigIntegerField()
    seller_discount_amount = models.PositiveBigIntegerField()
    platform_discount_amount = models.PositiveBigIntegerField()
    tax_bps = models.PositiveIntegerField()
    tax_included_amount = models.PositiveBigIntegerField()
    tax_added_amount = models.PositiveBigIntegerField()
    paid_amount = models.PositiveBigIntegerField()
    # Why and how far it cannot be withdrawn from, as the buyer was told; empty is not.
    withdrawal_exception = models.CharField(
        max_length=20, choices=WithdrawalException.choices, blank=True, default=""
    )
    platform_bps = models.PositiveIntegerField()
    creator = models.ForeignKey(
        Creator,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="order_lines",
    )
    creator_bps = models.PositiveIntegerField(null=True, blank=True)
    creator_funded_by = models.CharField(
        max_length=10, choices=FundedBy.choices, blank=True
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0) & Q(unit_amount__gt=0),
                name="line_quantity_and_price_positive",
            ),
            models.CheckConstraint(
                condition=Q(gross_amount=F("quantity") * F("unit_amount")),
                name="line_gross_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(
                    paid_amount=F("gross_amount")
                    - F("seller_discount_amount")
                    - F("platform_discount_amount")
                    + F("tax_added_amount")
                ),
                name="line_paid_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(platform_bps__lte=10_000), name="line_platform_rate"
            ),
            withdrawal_exception_known(name="line_withdrawal_exception"),
            models.CheckConstraint(
                condition=Q(creator=None, creator_bps=None, creator_funded_by="")
                | Q(
                    creator__isnull=False,
                    creator_bps__gt=0,
                    creator_funded_by__in=["seller", "platform"],
                ),
                name="line_creator_terms_whole",
            ),
            models.UniqueConstraint(
                fields=["seller_order", "variant"], name="line_once_per_variant"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"

    @property
    def is_withdrawable(self) -> bool:
        """Say whether its buyer may withdraw from it, perhaps while it is sealed."""
        return self.withdrawal_exception not in NEVER_WITHDRAWN

    @property
    def is_sealed(self) -> bool:
        """Say whether the right to withdraw ends when the seal is broken."""
        return bool(self.withdrawal_exception) and self.is_withdrawable


class LineAttribution(models.Model):
    """Which creator caused a line, decided once at sale: the rule that won, why, and
    all candidates as they were.
    """

    class Rule(models.TextChoices):
        CODE = "code"
        TAG = "tag"
        LINK = "link"
        NONE = "none"

    line = models.OneToOneField(
        OrderLine, on_delete=models.PROTECT, related_name="attribution"
    )
    creator = models.ForeignKey(
        Creator,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="attributions",
    )
    rule = models.CharField(max_length=10, choices=Rule.choices)
    reason = models.CharField(max_length=40)
    candidates = models.JSONField()
    partnership_reference = models.CharField(max_length=24, blank=True)
    decided_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.rule}: {self.reason}"
