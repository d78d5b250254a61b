"""Shops: how one starts, what it says about itself, whether it can be paid."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from marketplace.accounts import handles
from marketplace.accounts.models import HandleKind
from marketplace.kit.errors import MarketplaceError
from sellers.models import Membership, MembershipRole, Shop, ShopKind
from sellers.services import indexing

HandleTaken = handles.HandleTaken
HandleRefused = handles.HandleRefused
SHORTEST_RETURN_DAYS = 14
LONGEST_RETURN_DAYS = 365


class EmptyName(MarketplaceError):
    """The shop has no name."""

    def __init__(self) -> None:
        super().__init__(_("A shop needs a name. Nothing was saved."))


class CountryNotServed(MarketplaceError):
    """The country is outside the platform's region."""

    def __init__(self) -> None:
        super().__init__(
            _("Shops in this country cannot sell here yet. Nothing was saved.")
        )


class CurrencyNotListed(MarketplaceError):
    """The region does not list the currency."""

    def __init__(self) -> None:
        super().__init__(
            _("This marketplace does not sell in this currency. Nothing was saved.")
        )


class LegalDetailsMissing(MarketplaceError):
    """A business without its legal name or address."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "A business shows buyers its legal name and address; enter both."
                " Nothing was saved."
            )
        )


class BadReturnDays(MarketplaceError):
    """Fewer return days than the law gives buyers, or more than a year."""

    def __init__(self) -> None:
        super().__init__(
            _("Buyers have 14 to 365 days to return things. Nothing was saved.")
        )


def region() -> dict[str, list[str]]:
    """Give the countries and currencies this platform serves: those of the region its
    own country is in.
    """
    for served in settings.PLATFORM_REGIONS.values():
        if settings.PLATFORM_COUNTRY in served["countries"]:
            return dict(served)
    raise CountryNotServed


def handle_of(name: str) -> str:
    """Make the handle a shop's name suggests; it may be taken, or be too short."""
    return slugify(name).replace("_", "-")[:30].strip("-")


def start(
    *,
    user: Any,
    name: str,
    handle: str,
    kind: ShopKind | str,
    country: str,
    currency: str,
    contact_email: str,
    at: datetime,
    legal_name: str = "",
    legal_address: str = "",
) -> Shop:
    """Open a shop under a handle, owned by `user`.

    A business may add its legal name and address later; it cannot publish without.

    :raises EmptyName: without a name.
    :raises CountryNotServed: for a country outside the platform's region.
    :raises CurrencyNotListed: for a currency the region does not list.
    :raises HandleRefused: for a handle of a form or word that is not allowed.
    :raises HandleTaken: when a shop or creator has it.
    """
    if not name.strip():
        raise EmptyName
    served = region()
    if country not in served["countries"]:
        raise CountryNotServed
    if currency not in served["currencies"]:
        raise CurrencyNotListed
    shop = Shop(
        handle=handles.clean(handle),
        name=name.strip(),
        kind=ShopKind(kind),
        country=country,
        currency=currency,
        contact_email=contact_email,
        legal_name=legal_name.strip(),
        legal_address=legal_address.strip(),
        started_at=at,
    )
    indexing.index_shop(shop)
    with transaction.atomic():
        handles.take(handle=shop.handle, kind=HandleKind.SHOP, reference=shop.public_id)
        shop.save()
        Membership.objects.create(shop=shop, user=user, role=MembershipRole.OWNER)
    return shop


def update_profile(
    *,
    shop: Shop,
    name: str,
    about: str,
    contact_email: str,
    kind: ShopKind | str,
    legal_name: str,
    legal_address: str,
    registration_number: str,
    return_days: int,
) -> None:
    """Change what buyers read about a shop. Handle, country and currency stay.

    :raises EmptyName: without a name.
    :raises LegalDetailsMissing: for a business without legal name or address.
    :raises BadReturnDays: for less than 14 days or more than a year.
    """
    if not name.strip():
        raise EmptyName
    if kind == ShopKind.BUSINESS and not (legal_name.strip() and legal_address.strip()):
        raise LegalDetailsMissing
    if not SHORTEST_RETURN_DAYS <= return_days <= LONGEST_RETURN_DAYS:
        raise BadReturnDays
    changed = {
        "name": name.strip(),
        "about": about.strip(),
        "contact_email": contact_email,
        "kind": ShopKind(kind),
        "legal_name": legal_name.strip(),
        "legal_address": legal_address.strip(),
        "registration_number": registration_number.strip(),
        "return_days": return_days,
    }
    for field, value in changed.items():
        setattr(shop, field, value)
    before = shop.folded_name
    indexing.index_shop(shop)
    with transaction.atomic():
        shop.save(update_fields=[*changed, "folded_name"])
        if shop.folded_name != before:
            indexing.index_products_of(shop)


def set_payable(*, shop: Shop, payable: bool) -> None:
    """Note whether the shop's payout account can be paid; payouts says so."""
    Shop.objects.filter(pk=shop.pk).update(is_payable=payable)
    shop.is_payable = payable


def missing_for_sale(shop: Shop) -> list[str]:
    """Name what the shop itself still needs before it may sell to the public: codes
    `delivery` and `legal_details`. May query.
    """
    missing = []
    if not shop.delivery_profiles.exists():
        missing.append("delivery")
    if shop.is_business and not (shop.legal_name and shop.legal_address):
        missing.append("legal_details")
    return missing


def describe_missing(codes: list[str]) -> str:
    """Say in words what `missing_for_sale` and `catalog.missing` name."""
    words = {
        "photo": _("a photo"),
        "variant": _("something to buy"),
        "delivery": _("a delivery price"),
        "legal_details": _("the legal name and address of the business"),
    }
    return ", ".join(words[code] for code in codes)
