"""What all admin pages share: read-only rows, pills, amounts, links, the side nav."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.templatetags.admin_urls import admin_urlname
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from marketplace.kit import clock, switches
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.models import AuditEvent, ConsentRecord, Outbox, Switch
from marketplace.kit.templatetags import formats, ui

NOTHING = "\u2013"
# What each switch stops, in words.
SWITCHES = {
    switches.PAYOUTS: _l("Stops payouts: no run is executed, no transfer is sent"),
    switches.MAINTENANCE: _l(
        "Closes the site for maintenance: the public is told to come back, staff and"
        " payment notices go on"
    ),
}
STATE, AMOUNT = _l("state"), _l("amount")


class ReadOnly:
    """No row is added, changed or deleted by hand: services do that, with their rules."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, ModelAdmin):
    """A list and a page to read. A list of money is never counted whole."""

    show_full_result_count = False
    list_per_page = 50
    actions: ClassVar[list[Any]] = []
    ordering: ClassVar[list[str]] = ["-pk"]

    def page_at(self, address: str, view: Callable[..., Any], name: str) -> URLPattern:
        """Give a page of this model's own its address; only staff reach it."""
        page: URLPattern = path(address, self.admin_site.admin_view(view), name=name)
        return page


class JudgedAdmin(ReadOnlyAdmin):
    """What people wrote for others to read: staff hide it, or show it again, each time
    with a reason. A subclass says how (`judge`) and which rows are hidden.
    """

    def is_hidden(self, row: Any) -> bool:
        """Say whether staff have hidden a row."""
        raise NotImplementedError

    def judge(
        self, request: HttpRequest, row: Any, *, hidden: bool, reason: str
    ) -> bool:
        """Call the service that hides or shows a row; says whether it changed."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.model_name}-judge"
        page = self.page_at("<int:pk>/judge/", self.judge_page, name)
        return [page, *super().get_urls()]

    @display(description=_l("judge"))
    def judge_it(self, row: Any) -> str | SafeString:
        address = reverse(f"admin:{self.opts.model_name}-judge", args=[row.pk])
        words = _("Show it again") if self.is_hidden(row) else _("Hide it")
        return format_html('<a class="staff-link" href="{}">{}</a>', address, words)

    def judge_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for the reason; on POST hide the row, or show it again."""
        permission = f"{self.opts.app_label}.change_{self.opts.model_name}"
        if not request.user.has_perm(permission):
            raise PermissionDenied
        row = get_object_or_404(self.model, pk=pk)
        hides = not self.is_hidden(row)
        if request.method == "POST":
            self._judge(request, row)
            page: str = admin_urlname(self.opts, "change")  # type: ignore[arg-type]
            return redirect(page, row.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Hide this") if hides else _("Show this again"),
            "row": row,
            "hides": hides,
        }
        return TemplateResponse(request, "admin/kit/judge.html", context)

    def _judge(self, request: HttpRequest, row: Any) -> None:
        hidden = request.POST.get("hides") == "1"
        reason = request.POST.get("reason", "").replace("\x00", "")
        try:
            changed = self.judge(request, row, hidden=hidden, reason=reason)
        except MarketplaceError as problem:
            self.message_user(request, problem.message, messages.WARNING)
            return
        if not changed:
            words = _("Somebody did so before you. Nothing was changed.")
            self.message_user(request, words, messages.WARNING)
            return
        done = _("It is hidden.") if hidden else _("It is shown again.")
        self.message_user(request, done, messages.SUCCESS)


class ReadOnlyInline(ReadOnly, TabularInline):
    """The rows of a relation, in a tab; computed columns may stand in `fields`."""

    extra = 0
    tab = True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return list(self.fields or [])


def state(
    kind: str, field: str = "status", *, description: Any = STATE
) -> Callable[..., Any]:
    """Make a column that shows a field's state as our pill of that kind, in a list and
    on a row's own page.
    """

    def shown(_self: Any, row: Any) -> SafeString:
        return ui.pill(getattr(row, field), kind)

    made: Callable[..., Any] = display(description=description)(shown)
    return made


def amount(
    field: str = "amount", *, description: Any = AMOUNT, ordering: str | None = ""
) -> Callable[..., Any]:
    """Make a column that writes a row's minor units in its `currency`."""

    def shown(_self: Any, row: Any) -> str:
        value = getattr(row, field)
        return NOTHING if value is None else formats.write_money(value, row.currency)

    ordered = field if ordering == "" else ordering
    made: Callable[..., Any] = display(description=description, ordering=ordered)(shown)
    return made


def moment(field: str, *, description: Any) -> Callable[..., Any]:
    """Make a column that writes a moment as pages do, on a 24-hour clock."""

    def shown(_self: Any, row: Any) -> str:
        value = getattr(row, field)
        return formats.write_moment(value) if value else NOTHING

    made: Callable[..., Any] = display(description=description, ordering=field)(shown)
    return made


def person(field: str, *, description: Any) -> Callable[..., Any]:
    """Make a column that writes who did something: a person's e-mail, or what it was."""

    def shown(_self: Any, row: Any) -> str:
        actor = str(getattr(row, field) or "")
        found = get_user_model().objects.filter(pk=actor) if actor.isdecimal() else ()
        return next((one.email for one in found), actor) or NOTHING

    made: Callable[..., Any] = display(description=description)(shown)
    return made


def link(row: models.Model | None, text: str = "") -> str | SafeString:
    """Lead to the admin page of a row, or a dash for none."""
    if row is None:
        return NOTHING
    address = reverse(admin_urlname(row._meta, "change"), args=[row.pk])  # type: ignore[arg-type]
    return format_html('<a class="staff-link" href="{}">{}</a>', address, text or row)


def link_list(model: type[models.Model], text: str, **query: str) -> SafeString:
    """Lead to a list in the admin, filtered or searched."""
    address = reverse(
        admin_urlname(model._meta, "changelist"),  # type: ignore[arg-type]
        query=query,
    )
    return format_html('<a class="staff-link" href="{}">{}</a>', address, text)


def environment(_request: HttpRequest) -> list[str] | None:
    """Say at the top of every page that no real money moves, where that is so."""
    return [_("Sandbox"), "warning"] if clock.is_movable() else None


def styles(_request: HttpRequest) -> str:
    return static("css/admin.css")


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Build the side nav from `ADMIN_SIDEBAR`: what is registered and may be seen."""
    registered = {
        model._meta.label_lower: (model, page)
        for model, page in admin.site._registry.items()
    }
    groups = []
    groups_of: Any = settings.ADMIN_SIDEBAR
    for title, items in groups_of:
        shown = []
        for label, icon, word in items:
            model, page = registered.get(label, (None, None))
            if model is None or page is None or not page.has_view_permission(request):
                continue
            address = reverse(admin_urlname(model._meta, "changelist"))  # type: ignore[arg-type]
            name = str(word or model._meta.verbose_name_plural)
            shown.append(
                {"title": name[:1].upper() + name[1:], "icon": icon, "link": address}
            )
        if shown:
            groups.append({"title": title, "items": shown})
    return groups


@admin.register(Outbox)
class OutboxAdmin(ReadOnlyAdmin):
    """Work that was promised: what is undone stands out by its attempts and error."""

    list_display: ClassVar = [
        *("id", "function", "arguments", "stands", "attempts", "due", "created"),
        "done",
    ]
    list_filter: ClassVar = [("done_at", admin.EmptyFieldListFilter), "function"]
    search_fields: ClassVar = ["function", "arguments", "last_error"]
    search_help_text = _l("Job, one of its arguments, or words of its error")

    due = moment("run_at", description=_l("due"))
    created = moment("created_at", description=_l("promised"))
    done = moment("done_at", description=_l("done"))

    @display(description=_l("state"))
    def stands(self, job: Outbox) -> SafeString:
        if job.done_at is not None:
            return ui.pill_of(_("Done"), "ok", "check")
        if job.attempts:
            return ui.pill_of(_("Tried, not done"), "warn", "alert")
        return ui.pill_of(_("Planned"), "info", "clock")


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """What members of staff did, to what, and why."""

    list_display: ClassVar = ["when", "action", "reference", "reason", "actor"]
    list_filter: ClassVar = ["action"]
    search_fields: ClassVar = ["reference", "reason", "actor"]
    search_help_text = _l("What it was done to, why, or the key of who did it")

    when = moment("at", description=_l("when"))


@admin.register(ConsentRecord)
class ConsentRecordAdmin(ReadOnlyAdmin):
    """What browsers allowed, to which words."""

    list_display: ClassVar = ["when", "subject", "version", "allowed", "language"]
    list_filter: ClassVar = ["version", "language"]
    search_fields: ClassVar = ["subject"]
    search_help_text = _l("The id in the browser's cookie")

    when = moment("at", description=_l("when"))


@admin.register(Switch)
class SwitchAdmin(ReadOnlyAdmin):
    """One page with every kill switch, and why it stands as it does."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the switches; on POST turn one, with a reason."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        may_turn = request.user.has_perm("kit.change_switch")
        if request.method == "POST":
            if not may_turn:
                raise PermissionDenied
            self._turn(request)
            return redirect("admin:kit_switch_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Switches"),
            "rows": [
                (name, words, switches.find(name)) for name, words in SWITCHES.items()
            ],
            "may_turn": may_turn,
        }
        return TemplateResponse(request, "admin/kit/switches.html", context)

    def _turn(self, request: HttpRequest) -> None:
        on = request.POST.get("on") == "1"
        try:
            changed = switches.turn(
                name=request.POST.get("name", ""),
                on=on,
                actor=str(request.user.pk),
                reason=request.POST.get("reason", ""),
                at=clock.now(),
            )
        except MarketplaceError as problem:
            self.message_user(request, problem.message, messages.WARNING)
            return
        if not changed:
            words = _("Somebody turned it before you. Nothing was changed.")
            self.message_user(request, words, messages.WARNING)
            return
        words = (
            _("It is on: everything it stops stands still.") if on else _("It is off.")
        )
        self.message_user(request, words, messages.SUCCESS)
