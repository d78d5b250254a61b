"""People, as staff see them. Staff sign in where everybody does, so that their codes,
limits and second factors are the same ones.
"""

from typing import Any, ClassVar

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from marketplace.accounts.models import Handle, PrivacyRequest, User
from marketplace.kit.admin import ReadOnly, ReadOnlyAdmin, moment, person

# A signed-in person who is no staff is refused there, and sees nothing.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(ReadOnly, ModelAdmin):
    """A person. Passwords are nobody's to see; rights are given by who has them all."""

    list_display: ClassVar = [
        *("email", "name", "is_active", "is_staff", "date_joined", "last_login"),
    ]
    list_filter: ClassVar = ["is_staff", "is_active"]
    search_fields: ClassVar = ["email", "name"]
    search_help_text = _("E-mail or name")
    ordering: ClassVar = ["-pk"]
    show_full_result_count = False
    list_per_page = 50
    actions: ClassVar[list[Any]] = []
    fields: ClassVar = [
        *("email", "name", "is_active", "is_staff", "is_superuser"),
        *("groups", "user_permissions", "date_joined", "last_login"),
    ]
    filter_horizontal: ClassVar = ["groups", "user_permissions"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["email", "date_joined", "last_login"]


@admin.register(Group)
class GroupAdmin(ModelAdmin):
    """What a kind of staff may see and do."""

    search_fields: ClassVar = ["name"]
    ordering: ClassVar = ["name"]
    filter_horizontal: ClassVar = ["permissions"]
    show_full_result_count = False

    def _allowed(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    # Who may give rights could give himself any: only who has them all.
    has_add_permission = has_change_permission = has_delete_permission = _allowed


@admin.register(PrivacyRequest)
class PrivacyRequestAdmin(ReadOnlyAdmin):
    """Who asked for a copy or to be erased, until when, and what holds it up."""

    list_display: ClassVar = [
        *("public_id", "who", "kind", "status", "asked", "due", "held_by", "closed"),
    ]
    list_filter: ClassVar = ["kind", "status"]
    search_fields: ClassVar = ["public_id"]
    fields: ClassVar = [
        *("public_id", "user", "kind", "status", "asked_at", "due_at", "closed_at"),
        *("held_by", "language"),
    ]

    who = person("user_id", description=_("who"))
    asked = moment("asked_at", description=_("asked"))
    due = moment("due_at", description=_("due"))
    closed = moment("closed_at", description=_("closed"))


@admin.register(Handle)
class HandleAdmin(ReadOnlyAdmin):
    """Names under `/@`, and whose they are."""

    list_display: ClassVar = ["handle", "kind", "reference"]
    list_filter: ClassVar = ["kind"]
    search_fields: ClassVar = ["handle", "reference"]
