"""Staff read orders with everything that hangs on them; money and states move by
services only. Tax rates and discounts are made here, through their services.
"""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, StackedInline

from marketplace.kit import clock
from marketplace.kit.admin import (
    JudgedAdmin,
    ReadOnly,
    ReadOnlyAdmin,
    ReadOnlyInline,
    moment,
)
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.templatetags import formats
from orders.models import (
    Address,
    BuyLink,
    BuyLinkItem,
    Cart,
    CartLine,
    Discount,
    LineAttribution,
    Order,
    OrderEvent,
    OrderLine,
    Payment,
    Redemption,
    Review,
    SellerOrder,
    Shipment,
    ShipmentLine,
    TaxRate,
    Voucher,
)
from orders.services import discounts, reviews, tax


class SellerOrderInline(ReadOnlyInline):
    model = SellerOrder
    fields: ClassVar = [
        *("public_id", "shop", "status", "delivery_name", "delivery_amount"),
        *("tax_collected_by", "fulfilled_at", "delivered_at"),
    ]
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[SellerOrder]:
        found: QuerySet[SellerOrder] = super().get_queryset(request)
        return found.select_related("shop").order_by("pk")


class PaymentInline(ReadOnlyInline):
    model = Payment
    fields: ClassVar = [
        *("public_id", "status", "amount", "currency", "attempt"),
        *("method", "card_label", "failure_code"),
        *("session_id", "payment_intent_id", "charge_id"),
        *("started_at", "asked_at", "paid_at", "fee_booked_at"),
    ]


class EventInline(ReadOnlyInline):
    model = OrderEvent
    fields: ClassVar = ["at", "subject", "before", "after"]
    ordering = ("pk",)


class AddressInline(ReadOnly, StackedInline):
    model = Address
    tab = True


class RedemptionInline(ReadOnlyInline):
    model = Redemption
    fields: ClassVar = ["discount", "redeemed_at", "released_at"]


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """An order, its sellers' parts, payments and history."""

    list_display: ClassVar = ["public_id", "placed_at", "status", "email", "total"]
    list_filter: ClassVar = ["status", "currency"]
    search_fields: ClassVar = ["public_id", "email", "payments__payment_intent_id"]
    search_help_text = _("Order, e-mail, or the payment as Stripe names it")
    date_hierarchy = "placed_at"
    ordering: ClassVar = ["-pk"]
    inlines: ClassVar = [
        SellerOrderInline,
        PaymentInline,
        EventInline,
        AddressInline,
        RedemptionInline,
    ]

    @admin.display(description=_("total"), ordering="total_amount")
    def total(self, order: Order) -> str:
        return formats.write_money(order.total_amount, order.currency)


class LineInline(ReadOnlyInline):
    model = OrderLine
    fields: ClassVar = [
        *("public_id", "title", "options_label", "quantity", "unit_amount"),
        *("gross_amount", "seller_discount_amount", "platform_discount_amount"),
        *("tax_bps", "tax_included_amount", "tax_added_amount", "paid_amount"),
        *("platform_bps", "creator", "creator_bps", "creator_funded_by"),
        "withdrawal_exception",
    ]
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderLine]:
        found: QuerySet[OrderLine] = super().get_queryset(request)
        return found.select_related("creator").order_by("position", "pk")


class ShipmentInline(ReadOnlyInline):
    model = Shipment
    fields: ClassVar = ["public_id", "carrier", "tracking_number", "shipped_at"]
    show_change_link = True


@admin.register(SellerOrder)
class SellerOrderAdmin(ReadOnlyAdmin):
    """One seller's part: its lines with their frozen terms, and its parcels."""

    list_display: ClassVar = [
        *("public_id", "order", "shop", "status", "fulfilled_at", "delivered_at"),
    ]
    list_select_related: ClassVar = ["order", "shop"]
    list_filter: ClassVar = ["status"]
    search_fields: ClassVar = ["public_id", "order__public_id", "shop__name"]
    ordering: ClassVar = ["-pk"]
    inlines: ClassVar = [LineInline, ShipmentInline]


class AttributionInline(ReadOnly, StackedInline):
    model = LineAttribution
    tab = True


@admin.register(OrderLine)
class OrderLineAdmin(ReadOnlyAdmin):
    """A line with its terms, and why its creator was chosen."""

    list_display: ClassVar = [
        *("public_id", "title", "seller_order", "quantity", "paid_amount", "creator"),
    ]
    list_select_related: ClassVar = ["seller_order", "creator"]
    search_fields: ClassVar = ["public_id", "title", "seller_order__order__public_id"]
    ordering: ClassVar = ["-pk"]
    inlines: ClassVar = [AttributionInline]


class VoucherInline(ReadOnlyInline):
    model = Voucher
    fields: ClassVar = [
        *("issued_at", "deadline_at", "expires_at", "reminded_at", "page_url"),
        "stores",
    ]


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display: ClassVar = [
        *("public_id", "order", "status", "total", "method", "card_label"),
        "started_at",
        *("paid_at", "fee_booked_at"),
    ]
    list_select_related: ClassVar = ["order"]
    list_filter: ClassVar = ["status", "method", "currency"]
    inlines: ClassVar = [VoucherInline]
    search_fields: ClassVar = [
        *("public_id", "order__public_id", "session_id", "payment_intent_id"),
        "charge_id",
    ]
    ordering: ClassVar = ["-pk"]

    @admin.display(description=_("amount"), ordering="amount")
    def total(self, payment: Payment) -> str:
        return formats.write_money(payment.amount, payment.currency)


class ShipmentLineInline(ReadOnlyInline):
    model = ShipmentLine
    fields: ClassVar = ["line", "quantity"]


@admin.register(Shipment)
class ShipmentAdmin(ReadOnlyAdmin):
    list_display: ClassVar = [
        *("public_id", "seller_order", "carrier", "tracking_number", "shipped_at"),
    ]
    list_select_related: ClassVar = ["seller_order"]
    search_fields: ClassVar = ["public_id", "tracking_number"]
    ordering: ClassVar = ["-pk"]
    inlines: ClassVar = [ShipmentLineInline]


class CartLineInline(ReadOnlyInline):
    model = CartLine
    fields: ClassVar = [
        *("variant", "quantity", "listed_amount", "source_type", "source_id"),
        *("source_date", "added_at"),
    ]


@admin.register(Cart)
class CartAdmin(ReadOnlyAdmin):
    list_display: ClassVar = [
        *("public_id", "currency", "code", "created_at", "closed_at"),
    ]
    search_fields: ClassVar = ["public_id"]
    exclude: ClassVar = ["token_hash"]
    ordering: ClassVar = ["-pk"]
    inlines: ClassVar = [CartLineInline]


@admin.register(TaxRate)
class TaxRateAdmin(ModelAdmin):
    """Rates for later sales; a sold line keeps its own."""

    list_display: ClassVar = [
        *("country", "category", "rate_bps", "is_included", "collected_by"),
    ]
    list_filter: ClassVar = ["country"]
    ordering: ClassVar = ["country", "category", "pk"]

    def get_readonly_fields(
        self, request: HttpRequest, obj: TaxRate | None = None
    ) -> list[str]:
        return ["country", "category"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: TaxRate, form: Any, change: bool
    ) -> None:
        saved = tax.set_rate(
            country=obj.country,
            category=obj.category,
            rate_bps=obj.rate_bps,
            is_included=obj.is_included,
            collected_by=obj.collected_by,
        )
        obj.pk = saved.pk


@admin.register(Discount)
class DiscountAdmin(ReadOnlyAdmin):
    """Discounts are made here and not changed: orders have agreed to them."""

    list_display: ClassVar = [
        *("word", "rate_bps", "funded_by", "shop", "starts_at", "ends_at"),
        *("redeemed", "max_redemptions"),
    ]
    list_select_related: ClassVar = ["shop"]
    list_filter: ClassVar = ["funded_by"]
    search_fields: ClassVar = ["word"]
    ordering: ClassVar = ["-pk"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("orders.add_discount"))

    def save_model(
        self,
        request: HttpRequest,
        obj: Discount,
        form: Any,
        change: bool,
    ) -> None:
        try:
            made = discounts.create(
                word=obj.word,
                rate_bps=obj.rate_bps,
                funded_by=obj.funded_by,
                shop=obj.shop,
                creator_code=obj.creator_code,
                starts_at=obj.starts_at,
                ends_at=obj.ends_at,
                max_redemptions=obj.max_redemptions,
            )
        except MarketplaceError as problem:
            self.message_user(request, problem.message, messages.ERROR)
            return
        obj.pk = made.pk


@admin.register(Review)
class ReviewAdmin(JudgedAdmin):
    """What buyers say. Only the law and the rules are a reason to hide a review."""

    list_display: ClassVar = [
        *("public_id", "rating", "product", "shop", "status", "written", "text"),
    ]
    list_filter: ClassVar = ["status", "rating"]
    list_select_related: ClassVar = ["product", "shop"]
    search_fields: ClassVar = ["public_id", "text", "product__title", "shop__name"]
    fields: ClassVar = [
        *("public_id", "line", "product", "shop", "rating", "text", "author"),
        *("photo", "written", "edited_at", "reply", "replied_at"),
        *("status", "hidden_reason", "judge_it"),
    ]
    readonly_fields: ClassVar = ["written", "judge_it"]

    written = moment("written_at", description=_("written"))

    def is_hidden(self, row: Any) -> bool:
        return bool(row.is_hidden)

    def judge(
        self, request: HttpRequest, row: Any, *, hidden: bool, reason: str
    ) -> bool:
        act = reviews.hide if hidden else reviews.show_again
        actor = str(request.user.pk)
        return act(review=row, reason=reason, actor=actor, at=clock.now())


class BuyLinkItemInline(ReadOnlyInline):
    model = BuyLinkItem
    fields: ClassVar = ["product", "variant", "quantity", "locked_amount"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[BuyLinkItem]:
        found: QuerySet[BuyLinkItem] = super().get_queryset(request)
        return found.select_related("product", "variant__product").order_by("position")


@admin.register(BuyLink)
class BuyLinkAdmin(ReadOnlyAdmin):
    """Buy links are made and ended by shops and creators."""

    list_display: ClassVar = [
        *("code", "shop", "creator", "locked_amount", "currency", "views", "uses"),
        *("max_uses", "expires_at", "stopped_at"),
    ]
    list_select_related: ClassVar = ["shop", "creator"]
    search_fields: ClassVar = ["code", "shop__name", "creator__handle"]
    ordering: ClassVar = ["-pk"]
    inlines: ClassVar = [BuyLinkItemInline]
