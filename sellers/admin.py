"""Staff read shops, products and the stock journal; nothing is changed from here."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from marketplace.kit import clock
from marketplace.kit.admin import JudgedAdmin, ReadOnlyAdmin, ReadOnlyInline, moment
from sellers.models import (
    DeliveryProfile,
    Membership,
    Photo,
    PriceChange,
    Product,
    Question,
    Reservation,
    SearchMiss,
    Shop,
    StockMove,
    Variant,
)
from sellers.services import questions


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
    list_filter: ClassVar = ["status", "category", "withdrawal_exception"]
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


@admin.register(Question)
class QuestionAdmin(JudgedAdmin):
    """What people ask shops. Shops hide spam; what staff hide, no shop shows again."""

    list_display: ClassVar = [
        *("public_id", "product", "shop", "status", "hidden_by", "asked", "text"),
    ]
    list_filter: ClassVar = ["status", "hidden_by"]
    list_select_related: ClassVar = ["product", "shop"]
    search_fields: ClassVar = ["public_id", "text", "answer", "product__title"]
    fields: ClassVar = [
        *("public_id", "product", "shop", "asker", "text", "asked", "answer"),
        *("answered_at", "status", "hidden_by", "hidden_reason", "judge_it"),
    ]
    readonly_fields: ClassVar = ["asked", "judge_it"]

    asked = moment("asked_at", description=_("asked"))

    def is_hidden(self, row: Any) -> bool:
        return bool(row.hidden_by == "staff")

    def judge(
        self, request: HttpRequest, row: Any, *, hidden: bool, reason: str
    ) -> bool:
        return questions.judge(
            question=row,
            hidden=hidden,
            reason=reason,
            actor=str(request.user.pk),
            at=clock.now(),
        )
