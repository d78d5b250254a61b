"""What the staff's pages are framed by: the groups of their side nav, and the look."""

from typing import Any

from django.utils.translation import gettext_lazy as _

# (model, icon of Material Symbols, and a name where the model's own is no word for
# staff). What is not registered, or not to be seen by this person, is left out.
SIDEBAR = [
    (
        _("Money"),
        [
            ("payouts.payoutrun", "calendar_month", None),
            ("payouts.hold", "pause_circle", None),
            ("payouts.payoutterms", "tune", None),
            ("payouts.reserve", "lock_clock", None),
            ("payouts.partypayout", "account_balance", _("Payouts to banks")),
            ("payouts.accrual", "savings", _("Earnings")),
            ("payouts.transfer", "send_money", None),
            ("payouts.dispute", "gavel", None),
            ("payouts.reversal", "undo", None),
            ("payouts.netting", "balance", None),
            ("payouts.writeoff", "money_off", None),
            ("orders.payment", "credit_card", None),
            ("orders.refund", "undo", None),
            ("payouts.entry", "menu_book", None),
            ("payouts.ledgeraccount", "account_balance", None),
            ("payouts.reconciliationrun", "balance", _("Reconciliation")),
            ("payouts.discrepancy", "difference", None),
            (
                "payouts.connectedaccount",
                "account_balance_wallet",
                _("Payout accounts"),
            ),
        ],
    ),
    (
        _("Selling"),
        [
            ("orders.order", "shopping_bag", None),
            ("orders.sellerorder", "package_2", None),
            ("orders.return", "assignment_return", _("Returns")),
            ("orders.shipment", "local_shipping", None),
            ("orders.discount", "sell", None),
            ("orders.buylink", "add_link", None),
            ("orders.taxrate", "percent", None),
            ("orders.cart", "shopping_cart", None),
            ("sellers.product", "inventory_2", None),
            ("sellers.variant", "style", None),
            ("orders.review", "star", None),
            ("sellers.question", "help", None),
        ],
    ),
    (
        _("People"),
        [
            ("sellers.shop", "storefront", None),
            ("sellers.searchmiss", "search_off", _("Not found")),
            ("creators.creator", "photo_camera", None),
            ("creators.collaboration", "handshake", None),
            ("creators.partnership", "group", None),
            ("creators.post", "imagesmode", None),
            ("creators.collection", "collections_bookmark", None),
            ("pages.report", "flag", _("Content reports")),
            ("accounts.user", "person", None),
            ("auth.group", "groups", None),
            ("accounts.handle", "alternate_email", None),
            ("accounts.privacyrequest", "shield_person", _("Privacy requests")),
        ],
    ),
    (
        _("System"),
        [
            ("webhooks.stripeevent", "inbox", _("Webhook inbox")),
            ("kit.outbox", "outbox", None),
            ("kit.switch", "toggle_off", None),
            ("kit.auditevent", "history", _("Audit log")),
            ("kit.consentrecord", "privacy_tip", _("Consent log")),
            ("kit.clockoffset", "schedule", _("Clock")),
        ],
    ),
]
# Our warm greys and ink (static/css/tokens.css).
COLORS = {
    "base": {
        "50": "#f7f5f1",
        "100": "#efece6",
        "200": "#dad6ce",
        "300": "#c4bfb5",
        "400": "#9a958c",
        "500": "#6b6f78",
        "600": "#4a4e57",
        "700": "#3a3d44",
        "800": "#2a2c31",
        "900": "#17191d",
        "950": "#0f1013",
    },
    "primary": {
        "50": "#f2f3f4",
        "100": "#e5e6e8",
        "200": "#c9cbd0",
        "300": "#b9bcc4",
        "400": "#d5d7dc",
        "500": "#9a9ea8",
        "600": "#17191d",
        "700": "#17191d",
        "800": "#0f1013",
        "900": "#0f1013",
        "950": "#0a0b0d",
    },
    "font": {
        "subtle-light": "#6b6f78",
        "subtle-dark": "#9a9ea8",
        "default-light": "#4a4e57",
        "default-dark": "#b9bcc4",
        "important-light": "#17191d",
        "important-dark": "#f2f0ec",
    },
}


def frame(site_name: str) -> dict[str, Any]:
    """Give unfold's settings for a platform of this name."""
    return {
        "SITE_TITLE": f"{site_name} staff",
        "SITE_HEADER": site_name,
        "SITE_SUBHEADER": _("Staff"),
        "SITE_SYMBOL": "storefront",
        "SHOW_HISTORY": False,
        "SHOW_VIEW_ON_SITE": False,
        "BORDER_RADIUS": "6px",
        "ENVIRONMENT": "marketplace.kit.admin.environment",
        "STYLES": ["marketplace.kit.admin.styles"],
        "SIDEBAR": {
            "show_search": True,
            "show_all_applications": False,
            "navigation": "marketplace.kit.admin.sidebar",
        },
        "COLORS": COLORS,
    }
