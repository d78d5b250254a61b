"""What things cost where they go, before they are in any bag: for sheets and links.

The sums are those of `pricing`, so that what a sheet says is what the checkout says.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from orders.services import pricing, tax
from sellers import queries as sellers_queries
from sellers.models import DeliveryProfile, Product, Shop, Variant


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """How some shops deliver to a country, and the tax there. A shop that is absent
    from `profiles` does not deliver to it.
    """

    country: str
    profiles: Mapping[int, DeliveryProfile]
    rates: tax.Table

    def reaches(self, shop: Shop) -> bool:
        return shop.pk in self.profiles


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """A variant and how many; `off_amount` is what a locked price takes off them."""

    variant: Variant
    product: Product
    quantity: int
    off_amount: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Parcel:
    """What one shop sends: its delivery, and the days it is expected."""

    shop: Shop
    profile: DeliveryProfile
    amount: int
    first_day: date
    last_day: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """Things priced whole: goods, delivery and tax, in minor units of one currency."""

    currency: str
    price: pricing.Price
    parcels: tuple[Parcel, ...]

    @property
    def total_amount(self) -> int:
        return self.price.total_amount

    @property
    def tax_amount(self) -> int:
        return self.price.included_tax_amount + self.price.added_tax_amount

    @property
    def delivery_amount(self) -> int:
        return sum(one.paid_amount for one in self.price.deliveries)


def terms(*, shops: Iterable[Shop], country: str) -> Terms:
    """Load the delivery and the tax of a country for these shops; two queries."""
    return Terms(
        country=country,
        profiles=sellers_queries.delivery_for(shops=shops, country=country),
        rates=tax.table(country=country),
    )


def offer(*, wanted: Sequence[Wanted], terms: Terms, at: datetime) -> Offer:
    """Price these things, each shop's delivery once; no query. Every shop must be
    reached by the terms.

    :raises tax.TaxRateMissing: the country has no tax rate.
    """
    shops = list(dict.fromkeys(one.product.shop for one in wanted))
    rate = terms.rates.rate_for
    price = pricing.price(
        goods=[
            pricing.Goods(
                key=one.variant.public_id,
                seller=one.product.shop.public_id,
                quantity=one.quantity,
                unit_amount=one.variant.price_amount,
                tax=rate(
                    category=one.product.category, shop_kind=one.product.shop.kind
                ),
            )
            for one in wanted
        ],
        deliveries=[
            pricing.Delivery(
                seller=shop.public_id,
                amount=terms.profiles[shop.pk].price_amount,
                tax=rate(category=tax.DELIVERY, shop_kind=shop.kind),
            )
            for shop in shops
        ],
        reduction=None,
        locks={one.variant.public_id: one.off_amount for one in wanted},
    )
    return Offer(
        currency=wanted[0].variant.currency,
        price=price,
        parcels=tuple(
            _parcel(terms.profiles[shop.pk], shop, sent.paid_amount, at)
            for shop, sent in zip(shops, price.deliveries, strict=True)
        ),
    )


def delivered_between(
    *, at: datetime, days_min: int, days_max: int
) -> tuple[date, date]:
    """Give the first and last day a parcel ordered now is expected."""
    today = timezone.localdate(at)
    return today + timedelta(days=days_min), today + timedelta(days=days_max)


def _parcel(profile: DeliveryProfile, shop: Shop, amount: int, at: datetime) -> Parcel:
    first, last = delivered_between(
        at=at, days_min=profile.days_min, days_max=profile.days_max
    )
    return Parcel(
        shop=shop, profile=profile, amount=amount, first_day=first, last_day=last
    )
