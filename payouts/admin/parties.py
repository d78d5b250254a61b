"""Who is owed, and for what: payout accounts and earning lines."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from marketplace.kit import clock, spreadsheets
from marketplace.kit.admin import (
    NOTHING,
    ReadOnlyAdmin,
    amount,
    link,
    link_list,
    state,
)
from marketplace.kit.templatetags import formats
from payouts import queries
from payouts.admin.ledger import entries_link, order_money_link
from payouts.models import (
    Accrual,
    ConnectedAccount,
    LedgerAccount,
    Transfer,
    WithheldShare,
)
from payouts.services import year_totals

# No marketplace of ours is older.
FIRST_YEAR = 2024


@admin.register(ConnectedAccount)
class ConnectedAccountAdmin(ReadOnlyAdmin):
    """The money side of a shop or creator, with what the provider still asks for."""

    list_display: ClassVar = [
        *("whose", "stands", "payouts_active", "provider_id", "checked_at"),
    ]
    list_filter: ClassVar = ["status", "payouts_active"]
    list_select_related: ClassVar = ["shop", "creator"]
    search_fields: ClassVar = [
        *("provider_id", "shop__public_id", "shop__name", "shop__handle"),
        *("shop__contact_email", "creator__public_id", "creator__name"),
        *("creator__handle", "creator__user__email"),
    ]
    search_help_text = _("Account at Stripe, or a shop's or creator's name or e-mail")
    fields: ClassVar = [
        *("shop", "creator", "stands", "provider_id", "payouts_active"),
        *("requirements", "checked_at", "earned", "follow"),
    ]
    readonly_fields: ClassVar = ["stands", "earned", "follow"]
    list_before_template = "admin/payouts/year_totals_link.html"

    stands = state("account")

    def get_urls(self) -> list[URLPattern]:
        ours = self.page_at("year-totals/<int:year>.csv", self.totals, "year-totals")
        return [ours, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        this = clock.now().year
        context = {"years": [this, this - 1], **(extra_context or {})}
        page: HttpResponse = super().changelist_view(request, context)
        return page

    def totals(self, request: HttpRequest, year: int) -> StreamingHttpResponse:
        """Give what every party took in a year, by quarter, for a tax report."""
        if request.method != "GET" or not self.has_view_permission(request):
            raise PermissionDenied
        if not FIRST_YEAR <= year <= clock.now().year:
            raise Http404
        return StreamingHttpResponse(
            spreadsheets.csv_lines(year_totals.rows(year=year)),
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="totals-{year}.csv"'
            },
        )

    @display(description=_("whose"))
    def whose(self, account: ConnectedAccount) -> str:
        return f"{account.party} ({account.reference})"

    @display(description=_("earned"))
    def earned(self, account: ConnectedAccount) -> str:
        words = _t(
            "%(pending)s pending, %(available)s available, "
            "%(in_payout)s in payout, %(paid)s paid"
        )
        sums = [
            words
            % {
                key: formats.write_money(getattr(balance, key), balance.currency)
                for key in ("pending", "available", "in_payout", "paid")
            }
            for balance in queries.balances(account)
        ]
        return "; ".join(sums) or NOTHING

    @display(description=_("follow the money"))
    def follow(self, account: ConnectedAccount) -> SafeString:
        reference = account.reference
        return format_html(
            "{} &nbsp; {} &nbsp; {} &nbsp; {} &nbsp; {}",
            link_list(Accrual, _t("Earnings"), q=reference),
            link_list(Transfer, _t("Transfers"), q=reference),
            link_list(LedgerAccount, _t("Ledger accounts"), q=reference),
            _to("admin:hold-place", account, _t("Hold")),
            _to("admin:payout-terms", account, _t("Payout terms")),
        )


@admin.register(Accrual)
class AccrualAdmin(ReadOnlyAdmin):
    """What a sale earned for whom; its state is derived from the ledger."""

    list_display: ClassVar = [
        *("public_id", "whose", "kind", "order", "stands", "day", "written_amount"),
    ]
    list_filter: ClassVar = ["kind", "currency"]
    list_select_related: ClassVar = [
        *("account__shop", "account__creator", "seller_order__order", "line"),
    ]
    search_fields: ClassVar = [
        *("public_id", "seller_order__public_id", "seller_order__order__public_id"),
        *("seller_order__order__email", "account__shop__public_id"),
        *("account__shop__handle", "account__creator__public_id"),
        *("account__creator__handle", "line__public_id"),
    ]
    search_help_text = _("Earning, order, buyer's e-mail, shop or creator")
    date_hierarchy = "accrued_at"
    fields: ClassVar = [
        *("public_id", "whose", "kind", "order", "line", "stands", "day", "run"),
        *("written_amount", "base_written_amount", "waits_for", "hold_days"),
        *("accrued_at", "entries"),
    ]
    readonly_fields: ClassVar = [
        *("whose", "order", "stands", "day", "run", "written_amount"),
        *("base_written_amount", "entries"),
    ]

    stands = state("earning", "state")
    written_amount = amount()
    base_written_amount = amount("base_amount", description=_("what it was taken of"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Accrual]:
        found: QuerySet[Accrual] = queries.with_state(super().get_queryset(request))
        return found

    @display(description=_("whose"))
    def whose(self, accrual: Accrual) -> str | SafeString:
        return link(accrual.account, str(accrual.account.party))

    @display(description=_("order"))
    def order(self, accrual: Accrual) -> str | SafeString:
        return order_money_link(accrual.seller_order.order.public_id)

    @display(description=_("becomes available"))
    def day(self, accrual: Accrual) -> str:
        day = queries.expected_at(accrual)
        return formats.write_day(day) if day else _t("Not shipped yet")

    @display(description=_("payout run"))
    def run(self, accrual: Accrual) -> str:
        return getattr(accrual, "run_public_id", None) or NOTHING

    @display(description=_("entries"))
    def entries(self, accrual: Accrual) -> SafeString:
        return entries_link(accrual.seller_order.order.public_id)


@admin.register(WithheldShare)
class WithheldShareAdmin(ReadOnlyAdmin):
    """Shares that were agreed and not earned, and why."""

    list_display: ClassVar = ["line", "account", "reason", "at"]
    list_select_related: ClassVar = ["line", "account__creator", "account__shop"]
    search_fields: ClassVar = ["line__public_id", "account__creator__handle"]


def _to(route: str, account: ConnectedAccount, words: str) -> SafeString:
    return format_html(
        '<a class="staff-link" href="{}">{}</a>',
        reverse(route, args=[account.pk]),
        words,
    )
