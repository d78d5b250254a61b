"""What a shop's delivery costs, and where it delivers."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.kit import money
from marketplace.kit.errors import MarketplaceError
from sellers.models import DeliveryProfile, Shop
from sellers.services import shops

LONGEST_DAYS = 90
HIGHEST_PRICE = 9_999_999


class BadDeliveryName(MarketplaceError):
    """The name is empty or too long."""

    def __init__(self) -> None:
        super().__init__(
            _("A delivery needs a name of 1 to 60 characters. Nothing was saved.")
        )


class BadCountries(MarketplaceError):
    """No country, or one this platform does not serve."""

    def __init__(self) -> None:
        super().__init__(
            _("Choose at least one country of this marketplace. Nothing was saved.")
        )


class CountryTwice(MarketplaceError):
    """Another delivery price of the shop covers the country."""

    status_code = 409

    def __init__(self, country: str) -> None:
        super().__init__(
            _("Another delivery price covers %(country)s already. Nothing was saved.")
            % {"country": country}
        )
        self.country = country


class BadDeliveryPrice(MarketplaceError):
    """The price is negative, too high, or no amount of the currency."""

    def __init__(self) -> None:
        super().__init__(
            _("A delivery price is 0 or more, below 100,000. Nothing was saved.")
        )


class BadDays(MarketplaceError):
    """The days are out of order or range."""

    def __init__(self) -> None:
        super().__init__(
            _("Delivery takes 0 to 90 days, the shorter time first. Nothing was saved.")
        )


def set_delivery(
    *,
    shop: Shop,
    name: str,
    countries: Sequence[str],
    price_amount: int,
    days_min: int,
    days_max: int,
) -> DeliveryProfile:
    """Set one delivery price of a shop for some countries; the same name changes it.

    The price is for everything of one shop in an order, in minor units of the shop's
    currency, tax included.

    :raises BadDeliveryName: without a name.
    :raises BadCountries: for none, or one this platform does not serve.
    :raises CountryTwice: when another delivery price of the shop covers a country.
    :raises BadDeliveryPrice: for less than 0 or too much.
    :raises BadDays: for days out of order or range.
    """
    label = name.strip()
    if not 1 <= len(label) <= 60:
        raise BadDeliveryName
    served = shops.region()["countries"]
    if not countries or any(country not in served for country in countries):
        raise BadCountries
    if not 0 <= days_min <= days_max <= LONGEST_DAYS:
        raise BadDays
    fields = {
        "countries": [country for country in served if country in countries],
        "price_amount": _price(price_amount, shop.currency),
        "currency": shop.currency,
        "days_min": days_min,
        "days_max": days_max,
    }
    with transaction.atomic():
        Shop.objects.select_for_update(no_key=True).get(pk=shop.pk)
        profiles = list(shop.delivery_profiles.order_by("position", "pk"))
        for other in profiles:
            twice = set(other.countries) & set(countries)
            if other.name != label and twice:
                raise CountryTwice(min(twice))
        profile = next((one for one in profiles if one.name == label), None)
        if profile is None:
            profile = DeliveryProfile(shop=shop, name=label, position=len(profiles))
        for field, value in fields.items():
            setattr(profile, field, value)
        profile.save()
    return profile


def _price(amount: int, currency: str) -> int:
    if not 0 <= amount <= HIGHEST_PRICE:
        raise BadDeliveryPrice
    try:
        return money.Money(amount, currency).amount
    except ValueError:
        raise BadDeliveryPrice from None
