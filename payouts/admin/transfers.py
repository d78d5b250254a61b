"""Money on its way to connected accounts."""

from typing import ClassVar

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from marketplace.kit.admin import NOTHING, ReadOnlyAdmin, amount, link, moment, state
from payouts.admin.ledger import entries_link, order_money_link
from payouts.models import Transfer


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    """One transfer. In doubt it is asked for again with the same key, never by hand."""

    list_display: ClassVar = [
        *("public_id", "whose", "kind", "stands", "comes_from", "provider_id"),
        *("planned", "sent", "written_amount"),
    ]
    list_filter: ClassVar = ["status", "kind", "currency"]
    list_select_related: ClassVar = [
        *("account__shop", "account__creator", "seller_order__order"),
        "payout_item__run",
    ]
    search_fields: ClassVar = [
        *("public_id", "provider_id", "seller_order__public_id"),
        *("seller_order__order__public_id", "seller_order__order__email"),
        *("payout_item__run__public_id", "destination", "source_charge_id"),
        *("account__shop__public_id", "account__creator__public_id"),
    ]
    search_help_text = _(
        "Transfer, order, buyer's e-mail, payout run, or Stripe's name"
    )
    date_hierarchy = "planned_at"
    fields: ClassVar = [
        *("public_id", "whose", "kind", "stands", "written_amount", "comes_from"),
        *("destination", "source_charge_id", "transfer_group", "provider_id"),
        *("failure_code", "attempt", "key", "planned_at", "submitted_at", "sent_at"),
        "entries",
    ]
    readonly_fields: ClassVar = [
        *("whose", "stands", "written_amount", "comes_from", "key", "entries"),
    ]

    stands = state("transfer")
    written_amount = amount()
    planned = moment("planned_at", description=_("planned"))
    sent = moment("sent_at", description=_("sent"))

    @display(description=_("whose"))
    def whose(self, transfer: Transfer) -> str | SafeString:
        return link(transfer.account, str(transfer.account.party))

    @display(description=_("order or payout run"))
    def comes_from(self, transfer: Transfer) -> str | SafeString:
        if transfer.seller_order is not None:
            return order_money_link(transfer.seller_order.order.public_id)
        if transfer.payout_item is not None:
            return link(transfer.payout_item.run)
        return NOTHING

    @display(description=_("entries"))
    def entries(self, transfer: Transfer) -> SafeString:
        return entries_link(transfer.public_id)
