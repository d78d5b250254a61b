"""Who stands behind the platform, a shop or a creator, as rows of a legal page. No row
is ever empty: what is not on file is promised on request, with the address to ask.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext, pgettext

from creators.models import Creator
from marketplace.kit.templatetags import formats
from sellers.models import DeliveryProfile, Shop

PAGES = {
    "terms": _l("Terms"),
    "privacy": _l("Privacy"),
    "cookies": _l("Cookies"),
    "returns": _l("Withdraw from a contract"),
    "tokushoho": _l("Commercial transactions act (Japan)"),
    "imprint": _l("Company details"),
    "dsa": _l("Reporting and moderation"),
}
# The day each text was last changed in what it says.
VERSIONS = {
    "terms": date(2026, 11, 21),
    "privacy": date(2026, 11, 21),
    "cookies": date(2026, 11, 21),
    "returns": date(2026, 11, 21),
    "tokushoho": date(2026, 11, 21),
    "imprint": date(2026, 11, 21),
    "dsa": date(2026, 11, 21),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A label and what stands beside it; lines are broken as written."""

    label: str
    words: str


def platform_rows() -> list[Row]:
    """Name the operator, from the settings."""
    known: dict[str, str] = settings.PLATFORM_LEGAL
    return [
        Row(_("Operator"), _stated(known["name"])),
        Row(_("Address"), _stated(known["address"])),
        Row(_("Register"), _stated(known["register"])),
        Row(_("VAT number"), _stated(known["vat"])),
        Row(_("Represented by"), _stated(known["representative"])),
        Row(_("E-mail"), _stated(known["email"])),
        Row(_("Phone"), _stated(known["phone"])),
    ]


def _stated(words: str) -> str:
    return words or _("To be named by the operator before the site opens")


def shop_rows(shop: Shop) -> list[Row]:
    """Tell who a seller is: what article 30 of the Digital Services Act has a platform
    show, and what an imprint must hold.
    """
    kind = _("A business") if shop.is_business else _("A private person")
    rows = [
        Row(_("Name"), shop.legal_name or shop.name),
        Row(_("Sells as"), kind),
        Row(_("Address"), shop.legal_address or _on_request(shop)),
        Row(_("Country"), _country(shop.country)),
        Row(_("E-mail"), shop.contact_email),
    ]
    if shop.is_business:
        number = shop.registration_number or _on_request(shop)
        rows.insert(3, Row(_("Registration number"), number))
    return rows


def creator_rows(creator: Creator) -> list[Row]:
    """Tell who recommends; a creator sells nothing, and is reached through us."""
    reached = settings.PLATFORM_LEGAL["email"] or settings.SITE_NAME
    return [
        Row(_("Name"), creator.name),
        Row(_("Page"), f"@{creator.handle}"),
        Row(_("Country"), _country(creator.country)),
        Row(_("Role"), _("Recommends products and earns a share when they are bought")),
        Row(_("Contact"), _("Through the marketplace: %(who)s") % {"who": reached}),
    ]


def tokushoho_of_platform() -> list[Row]:
    """The fields of Japan's act on specified commercial transactions for the platform,
    which sells no goods itself.
    """
    known: dict[str, str] = settings.PLATFORM_LEGAL
    return _tokushoho(
        seller=_stated(known["name"]),
        responsible=_stated(known["representative"]),
        address=_stated(known["address"]),
        phone=_stated(known["phone"]),
        email=_stated(known["email"]),
        fees=_("Delivery, as each seller's product page says, before the order."),
        delivery=_("As each seller's product page says."),
        returns=_("As each seller's page says; at least what the law gives."),
    )


def tokushoho_of_shop(shop: Shop, deliveries: Sequence[DeliveryProfile]) -> list[Row]:
    """The same fields for a seller."""
    days = max(shop.return_days, settings.WITHDRAWAL_DAYS if shop.is_business else 0)
    return _tokushoho(
        seller=shop.legal_name or shop.name,
        responsible=shop.legal_name or _on_request(shop),
        address=shop.legal_address or _on_request(shop),
        phone=_on_request(shop),
        email=shop.contact_email,
        fees="\n".join(_fee(one) for one in deliveries)
        or _("Delivery is not offered yet."),
        delivery="\n".join(_time(one) for one in deliveries)
        or _("Delivery is not offered yet."),
        returns=ngettext(
            "%(n)d day from the day it reaches you; how to send it back stands on the"
            " order page.",
            "%(n)d days from the day it reaches you; how to send it back stands on the"
            " order page.",
            days,
        )
        % {"n": days},
    )


def _tokushoho(
    *,
    seller: str,
    responsible: str,
    address: str,
    phone: str,
    email: str,
    fees: str,
    delivery: str,
    returns: str,
) -> list[Row]:
    return [
        Row(pgettext("commercial transactions act", "Seller"), seller),
        Row(_("Person responsible"), responsible),
        Row(_("Address"), address),
        Row(_("Phone"), phone),
        Row(_("E-mail"), email),
        Row(_("Selling price"), _("As each product page says, with tax.")),
        Row(_("Charges besides the price"), fees),
        Row(_("Ways to pay"), _ways_to_pay()),
        Row(_("When to pay"), _when_to_pay()),
        Row(_("When it is delivered"), delivery),
        Row(_("Returns and exchange"), returns),
        Row(
            _("How long an offer stands"),
            _("While the product page offers it; goods are held during payment."),
        ),
    ]


def _ways_to_pay() -> str:
    if settings.PLATFORM_COUNTRY == "JP":
        return _("Card at Stripe, or cash at a convenience store.")
    return _("Card and what else Stripe offers in your country.")


def _when_to_pay() -> str:
    card = _("Card: charged when you order.")
    if settings.PLATFORM_COUNTRY != "JP":
        return card
    cash = ngettext(
        "Convenience store: within %(n)d day of the order.",
        "Convenience store: within %(n)d days of the order.",
        settings.KONBINI_DAYS,
    ) % {"n": settings.KONBINI_DAYS}
    return f"{card}\n{cash}"


def _fee(delivery: DeliveryProfile) -> str:
    return _("Delivery to %(countries)s: %(price)s") % {
        "countries": _countries(delivery.countries),
        "price": formats.write_money(delivery.price_amount, delivery.currency),
    }


def _time(delivery: DeliveryProfile) -> str:
    return _("%(countries)s: %(least)d–%(most)d days after the order") % {
        "countries": _countries(delivery.countries),
        "least": delivery.days_min,
        "most": delivery.days_max,
    }


def _on_request(shop: Shop) -> str:
    return _("Given without delay when you ask: %(email)s") % {
        "email": shop.contact_email
    }


def _countries(codes: Any) -> str:
    return ", ".join(_country(code) for code in codes)


def _country(code: str) -> str:
    return str(formats.babel_locale().territories.get(code, code))
