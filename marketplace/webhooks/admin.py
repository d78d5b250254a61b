from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from marketplace import gateway
from marketplace.kit import clock
from marketplace.webhooks.models import StripeEvent
from marketplace.webhooks.services import processing


@admin.register(StripeEvent)
class StripeEventAdmin(ModelAdmin):
    """The inbox, to read; a closed event can be handled anew."""

    list_display = (
        "event_id",
        "type",
        "object_id",
        "endpoint",
        "status",
        "attempts",
        "received_at",
        "handled_at",
        "is_of_our_version",
    )
    list_filter = ("status", "endpoint", "is_polled", "type")
    search_fields = ("event_id", "object_id", "account")
    search_help_text = _("Event, object or account, as Stripe names them")
    ordering = ("-pk",)
    show_full_result_count = False
    list_per_page = 50
    fields = (
        *("event_id", "type", "object_id", "endpoint", "account", "api_version"),
        *("status", "attempts", "received_at", "next_attempt_at", "handled_at"),
        *("is_polled", "last_error", "body"),
    )
    readonly_fields = fields
    actions: ClassVar = ["handle_again"]

    @admin.display(boolean=True, description=_("our version"))
    def is_of_our_version(self, event: StripeEvent) -> bool:
        """Thin events carry no version, and need none."""
        return event.api_version in ("", gateway.API_VERSION)

    @admin.action(description=_("Handle again"), permissions=["replay"])
    def handle_again(
        self, request: HttpRequest, queryset: QuerySet[StripeEvent]
    ) -> None:
        at = clock.now()
        opened = 0
        for pk in queryset.values_list("pk", flat=True):
            try:
                processing.replay(stripe_event_id=pk, actor=str(request.user.pk), at=at)
            except processing.StillOpen as refusal:
                self.message_user(request, refusal.message, messages.WARNING)
            else:
                opened += 1
        if opened:
            said = ngettext(
                "%(count)s event is handled again.",
                "%(count)s events are handled again.",
                opened,
            )
            self.message_user(request, said % {"count": opened})

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("webhooks.replay_stripeevent"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
