"""Staff read shops, products and the stock journal; nothing is changed from here."""

from typing import ClassVar

from django.contrib import admin

from marketplace.kit.admin import ReadOnlyAdmin, ReadOnlyInline
from sellers.models import (
    DeliveryProfile,
    Membership,
    Photo,
    PriceChange,
    Product,
    Reservation,
    SearchMiss,
    Shop,
    StockMove,
    Variant,
)


class MembershipInline(ReadOnlyInline):
    model = Membership
    fields: ClassVar = ["user", "role"]
    extra = 0
    tab = True


class DeliveryInline(ReadOnlyInline):
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


class VariantInline(ReadOnlyInline):
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
    show_change_link = True


class PhotoInline(ReadOnlyInline):
    model = Photo
    fields: ClassVar = ["position", "alt", "width", "height"]
    extra = 0
    tab = True


class StockMoveInline(ReadOnlyInline):
    model = StockMove
    fields: ClassVar = ["at", "kind", "delta", "reference"]
    ordering: ClassVar = ["-pk"]
    extra = 0
    tab = True


class PriceChangeInline(ReadOnlyInline):
    model = PriceChange
    fields: ClassVar = ["at", "price_amount", "currency"]
    ordering: ClassVar = ["-at", "-pk"]
    extra = 0
    tab = True


class ReservationInline(ReadOnlyInline):
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
class ShopAdmin(ReadOnlyAdmin):
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
    inlines: ClassVar = [MembershipInline, DeliveryInline]


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    list_display: ClassVar = ["title", "shop", "category", "status", "listed_at"]
    list_filter: ClassVar = ["status", "category"]
    list_select_related: ClassVar = ["shop"]
    search_fields: ClassVar = ["title", "public_id", "shop__name", "shop__handle"]
    ordering: ClassVar = ["-listed_at", "-pk"]
    inlines: ClassVar = [VariantInline, PhotoInline]


@admin.register(Variant)
class VariantAdmin(ReadOnlyAdmin):
    """A variant with its journals: why its stock and its price are what they are."""

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
    inlines: ClassVar = [PriceChangeInline, StockMoveInline, ReservationInline]


@admin.register(StockMove)
class StockMoveAdmin(ReadOnlyAdmin):
    list_display: ClassVar = ["at", "variant", "kind", "delta", "reference"]
    list_filter: ClassVar = ["kind"]
    list_select_related: ClassVar = ["variant__product"]
    search_fields: ClassVar = ["reference", "variant__public_id"]
    ordering: ClassVar = ["-pk"]


@admin.register(SearchMiss)
class SearchMissAdmin(ReadOnlyAdmin):
    """What buyers looked for and nobody sells, the most wanted first."""

    list_display: ClassVar = ["words", "day", "number"]
    list_filter: ClassVar = ["day"]
    search_fields: ClassVar = ["words"]
    ordering: ClassVar = ["-number", "-day", "-pk"]
