"""Staff read shops, products and the stock journal; nothing is changed from here."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from sellers.models import (
    DeliveryProfile,
    Membership,
    Photo,
    Product,
    Reservation,
    Shop,
    StockMove,
    Variant,
)


class ReadOnly:
    """No row is added, changed or deleted by hand: services do that, with their rules."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MembershipInline(ReadOnly, TabularInline):
    model = Membership
    fields: ClassVar = ["user", "role"]
    extra = 0
    tab = True


class DeliveryInline(ReadOnly, TabularInline):
    model = DeliveryProfile
    fields: ClassVar = [
        "name",
        "countries",
        "price_amount",
        "currency",
        "days_min",
        "days_max",
    ]
    extra = 0
    tab = True


class VariantInline(ReadOnly, TabularInline):
    model = Variant
    fields: ClassVar = [
        "public_id",
        "options",
        "price_amount",
        "currency",
        "on_hand",
        "reserved",
        "is_active",
    ]
    readonly_fields: ClassVar = ["public_id"]
    extra = 0
    tab = True
    show_change_link = True


class PhotoInline(ReadOnly, TabularInline):
    model = Photo
    fields: ClassVar = ["position", "alt", "width", "height"]
    extra = 0
    tab = True


class StockMoveInline(ReadOnly, TabularInline):
    model = StockMove
    fields: ClassVar = ["at", "kind", "delta", "reference"]
    ordering: ClassVar = ["-pk"]
    extra = 0
    tab = True


class ReservationInline(ReadOnly, TabularInline):
    model = Reservation
    fields: ClassVar = [
        "order_reference",
        "quantity",
        "status",
        "expires_at",
        "ended_at",
    ]
    ordering: ClassVar = ["-pk"]
    extra = 0
    tab = True


@admin.register(Shop)
class ShopAdmin(ReadOnly, ModelAdmin):
    list_display: ClassVar = [
        "name",
        "handle",
        "kind",
        "country",
        "currency",
        "is_open",
        "is_payable",
        "started_at",
    ]
    list_filter: ClassVar = ["kind", "country", "currency", "is_open", "is_payable"]
    search_fields: ClassVar = ["name", "handle", "public_id", "contact_email"]
    ordering: ClassVar = ["-started_at", "-pk"]
    show_full_result_count = False
    inlines: ClassVar = [MembershipInline, DeliveryInline]


@admin.register(Product)
class ProductAdmin(ReadOnly, ModelAdmin):
    list_display: ClassVar = ["title", "shop", "category", "status", "listed_at"]
    list_filter: ClassVar = ["status", "category"]
    list_select_related: ClassVar = ["shop"]
    search_fields: ClassVar = ["title", "public_id", "shop__name", "shop__handle"]
    ordering: ClassVar = ["-listed_at", "-pk"]
    show_full_result_count = False
    inlines: ClassVar = [VariantInline, PhotoInline]


@admin.register(Variant)
class VariantAdmin(ReadOnly, ModelAdmin):
    """A variant with its journal: why the stock is what it is."""

    list_display: ClassVar = [
        "product",
        "label",
        "price_amount",
        "currency",
        "on_hand",
        "reserved",
        "is_active",
    ]
    list_select_related: ClassVar = ["product"]
    search_fields: ClassVar = ["public_id", "product__title"]
    ordering: ClassVar = ["-pk"]
    show_full_result_count = False
    inlines: ClassVar = [StockMoveInline, ReservationInline]


@admin.register(StockMove)
class StockMoveAdmin(ReadOnly, ModelAdmin):
    list_display: ClassVar = ["at", "variant", "kind", "delta", "reference"]
    list_filter: ClassVar = ["kind"]
    list_select_related: ClassVar = ["variant__product"]
    search_fields: ClassVar = ["reference", "variant__public_id"]
    ordering: ClassVar = ["-pk"]
    show_full_result_count = False
