"""Staff read creators, their terms and what they show; a collaboration that the
platform pays for is opened here, by the service that checks its rate.
"""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from creators.models import (
    ClickCount,
    Code,
    Collaboration,
    Collection,
    Creator,
    Link,
    Partnership,
    Pick,
    Post,
    Tag,
)
from creators.services import partnerships
from marketplace.kit.admin import ReadOnlyAdmin, ReadOnlyInline
from marketplace.kit.templatetags import formats


class LinkInline(ReadOnlyInline):
    model = Link
    fields: ClassVar = ["slug"]


class CodeInline(ReadOnlyInline):
    model = Code
    fields: ClassVar = ["word"]


class JoinedInline(ReadOnlyInline):
    model = Partnership
    fields: ClassVar = ["public_id", "collaboration", "joined_at", "ended_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Partnership]:
        found: QuerySet[Partnership] = super().get_queryset(request)
        return found.select_related("collaboration__shop").order_by("pk")


class CreatorsInline(ReadOnlyInline):
    model = Partnership
    fields: ClassVar = ["public_id", "creator", "joined_at", "ended_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Partnership]:
        found: QuerySet[Partnership] = super().get_queryset(request)
        return found.select_related("creator").order_by("pk")


@admin.register(Creator)
class CreatorAdmin(ReadOnlyAdmin):
    list_display: ClassVar = [
        *("name", "handle", "country", "is_payable", "collaborations", "joined_at"),
    ]
    list_filter: ClassVar = ["country", "is_payable"]
    search_fields: ClassVar = ["name", "handle", "public_id", "user__email"]
    ordering: ClassVar = ["-joined_at", "-pk"]
    fields: ClassVar = [
        *("public_id", "name", "handle", "user", "country", "bio", "is_payable"),
        "joined_at",
    ]
    inlines: ClassVar = [JoinedInline, LinkInline, CodeInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Creator]:
        found: QuerySet[Creator] = super().get_queryset(request)
        running = Count("partnerships", filter=Q(partnerships__ended_at=None))
        return found.annotate(running=running)

    @admin.display(description=_("collaborations"))
    def collaborations(self, creator: Any) -> int:
        return int(creator.running)


class CollaborationForm(forms.ModelForm):  # type: ignore[type-arg]
    """Refuses in words what the service would refuse."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        most = partnerships.most_bps(funded_by=cleaned.get("funded_by", ""))
        if not 0 < cleaned.get("rate_bps", 1) <= most:
            self.add_error(
                "rate_bps",
                _("This funding allows 1 to %(most)d basis points.") % {"most": most},
            )
        starts_at, ends_at = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends_at", _("The end must be after the start."))
        return cleaned


@admin.register(Collaboration)
class CollaborationAdmin(ReadOnlyAdmin):
    form = CollaborationForm
    list_display: ClassVar = [
        *("public_id", "shop", "rate", "funded_by", "creators", "starts_at", "ends_at"),
    ]
    list_select_related: ClassVar = ["shop"]
    list_filter: ClassVar = ["funded_by"]
    search_fields: ClassVar = ["public_id", "shop__name", "shop__handle"]
    ordering: ClassVar = ["-starts_at", "-pk"]
    fields: ClassVar = ["shop", "rate_bps", "funded_by", "starts_at", "ends_at"]
    autocomplete_fields: ClassVar = ["shop"]
    inlines: ClassVar = [CreatorsInline]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("creators.add_collaboration"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Collaboration]:
        found: QuerySet[Collaboration] = super().get_queryset(request)
        running = Count("partnerships", filter=Q(partnerships__ended_at=None))
        return found.annotate(running=running)

    @admin.display(description=_("rate"), ordering="rate_bps")
    def rate(self, collaboration: Collaboration) -> str:
        return formats.write_rate(collaboration.rate_bps)

    @admin.display(description=_("creators"))
    def creators(self, collaboration: Any) -> int:
        return int(collaboration.running)

    def save_model(
        self, request: HttpRequest, obj: Collaboration, form: Any, change: bool
    ) -> None:
        """Open it through the service; nothing is ever changed here."""
        opened = partnerships.open(**form.cleaned_data)
        obj.pk, obj.public_id = opened.pk, opened.public_id
        obj._state.adding = False


@admin.register(Partnership)
class PartnershipAdmin(ReadOnlyAdmin):
    list_display: ClassVar = [
        *("public_id", "creator", "collaboration", "joined_at", "ended_at"),
    ]
    list_select_related: ClassVar = ["creator", "collaboration__shop"]
    search_fields: ClassVar = [
        *("public_id", "creator__handle", "collaboration__shop__handle"),
    ]
    ordering: ClassVar = ["-joined_at", "-pk"]


class PickInline(ReadOnlyInline):
    model = Pick
    fields: ClassVar = ["position", "product", "note"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pick]:
        found: QuerySet[Pick] = super().get_queryset(request)
        return found.select_related("product").order_by("position", "pk")


@admin.register(Collection)
class CollectionAdmin(ReadOnlyAdmin):
    list_display: ClassVar = ["title", "creator", "is_published", "created_at"]
    list_select_related: ClassVar = ["creator"]
    list_filter: ClassVar = ["is_published"]
    search_fields: ClassVar = ["title", "public_id", "creator__handle"]
    ordering: ClassVar = ["-created_at", "-pk"]
    inlines: ClassVar = [PickInline]


class TagInline(ReadOnlyInline):
    model = Tag
    fields: ClassVar = ["number", "product", "x", "y"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        found: QuerySet[Tag] = super().get_queryset(request)
        return found.select_related("product").order_by("number")


@admin.register(Post)
class PostAdmin(ReadOnlyAdmin):
    list_display: ClassVar = ["public_id", "creator", "slug", "published_at"]
    list_select_related: ClassVar = ["creator"]
    search_fields: ClassVar = ["public_id", "caption", "creator__handle"]
    ordering: ClassVar = ["-published_at", "-pk"]
    inlines: ClassVar = [TagInline]


@admin.register(ClickCount)
class ClickCountAdmin(ReadOnlyAdmin):
    list_display: ClassVar = ["day", "creator", "source_type", "source_id", "clicks"]
    list_select_related: ClassVar = ["creator"]
    list_filter: ClassVar = ["source_type"]
    search_fields: ClassVar = ["creator__handle", "source_id"]
    ordering: ClassVar = ["-day", "-pk"]
