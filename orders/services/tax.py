"""What part of a price is tax, by where the goods go, what they are and who sells.

The table must have a row for every country that is served: a missing one is an error,
never a rate of zero. A private person sells without tax.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from marketplace.kit.errors import MarketplaceError
from orders.models import TaxCollector, TaxRate
from orders.services import pricing
from sellers.models import ShopKind

DELIVERY = ""


class TaxRateMissing(MarketplaceError):
    """No tax rate is known for a country, so nothing can be sold there yet."""

    status_code = 409

    def __init__(self, *, country: str) -> None:
        super().__init__(
            _(
                "We cannot sell to %(country)s yet. Your bag is kept; choose another "
                "country."
            )
            % {"country": country}
        )


class TaxRateRefused(MarketplaceError):
    """A tax rate is 0 to 5000 basis points, and a trader or the platform collects it."""


@dataclass(frozen=True, slots=True)
class Table:
    """The rates of one country, by category."""

    country: str
    rates: Mapping[str, pricing.Tax]

    def rate_for(self, *, category: str, shop_kind: str) -> pricing.Tax:
        """Give the tax on a category's goods, or on delivery (DELIVERY).

        :raises TaxRateMissing: when the country has no rate for it.
        """
        if shop_kind == ShopKind.PRIVATE:
            return pricing.NO_TAX
        rate = self.rates.get(category) or self.rates.get("")
        if rate is None:
            raise TaxRateMissing(country=self.country)
        return rate


def table(*, country: str) -> Table:
    """Load the rates of a country, in one query."""
    rows = TaxRate.objects.filter(country=country)
    return Table(
        country,
        {
            row.category: pricing.Tax(
                rate_bps=row.rate_bps,
                is_included=row.is_included,
                collected_by=(
                    "seller" if row.collected_by == TaxCollector.SELLER else "platform"
                ),
            )
            for row in rows
        },
    )


def rate_for(*, country: str, category: str, shop_kind: str) -> pricing.Tax:
    """Give one rate; for many lines load the `table` once.

    :raises TaxRateMissing: when the country has no rate for it.
    """
    return table(country=country).rate_for(category=category, shop_kind=shop_kind)


def set_rate(
    *,
    country: str,
    rate_bps: int,
    is_included: bool,
    collected_by: str,
    category: str = "",
) -> TaxRate:
    """Write the rate of a country (and category), in basis points; for later sales
    only, since a sold line keeps its own.

    :raises TaxRateRefused: for a rate or collector that cannot be.
    """
    if not 0 <= rate_bps <= 5000 or collected_by not in (
        TaxCollector.SELLER,
        TaxCollector.PLATFORM,
    ):
        raise TaxRateRefused
    rate, _made = TaxRate.objects.update_or_create(
        country=country,
        category=category,
        defaults={
            "rate_bps": rate_bps,
            "is_included": is_included,
            "collected_by": collected_by,
        },
    )
    return rate
