"""What a seller can expect of a price, before anything is sold."""

from dataclasses import dataclass

from django.conf import settings

from marketplace.kit import money
from sellers.models import Shop


@dataclass(frozen=True, slots=True)
class Receives:
    """What is left of a price when nobody recommended the thing, in minor units.

    For a business the commission is taken of the price without its tax, which depends
    on where the buyer is: then `is_least` is true, and the fee is the most it can be.
    """

    amount: int
    fee_amount: int
    fee_bps: int
    currency: str
    is_least: bool


def receives(*, shop: Shop, price_amount: int) -> Receives:
    """Give what the shop receives for one unit at a price, tax included."""
    bps = settings.PLATFORM_COMMISSION_BPS
    fee = money.rate_floor(price_amount, bps)
    return Receives(price_amount - fee, fee, bps, shop.currency, shop.is_business)
