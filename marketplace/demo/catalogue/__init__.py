"""The demo's world, written down: who sells what, who recommends it, who buys.

Plain frozen dataclasses without Django, so that it can be read, tested and planned with
before a database exists. `marketplace.demo.load` makes it real through the services.
"""

from marketplace.demo.catalogue import (
    accessories,
    bath,
    clothing,
    furniture,
    japan,
    japan_people,
    kitchen,
    textiles,
)
from marketplace.demo.catalogue.creators import COLLABORATIONS, CREATORS
from marketplace.demo.catalogue.people import BUYERS, SECOND_STAFF, STAFF
from marketplace.demo.catalogue.sellers import SELLERS
from marketplace.demo.catalogue.shapes import Catalogue, Tax

PRODUCTS = (
    *kitchen.PRODUCTS,
    *clothing.PRODUCTS,
    *textiles.PRODUCTS,
    *furniture.PRODUCTS,
    *bath.PRODUCTS,
    *accessories.PRODUCTS,
)

# Standard rates of value added tax, contained in prices; the trader hands it to the
# state, in Japan the platform does.
EUROPE = Catalogue(
    sellers=SELLERS,
    products=PRODUCTS,
    creators=CREATORS,
    collaborations=COLLABORATIONS,
    buyers=BUYERS,
    taxes=tuple(
        Tax(country, rate_bps, "seller")
        for country, rate_bps in (
            ("SE", 2500),
            ("NL", 2100),
            ("DE", 1900),
            ("BE", 2100),
            ("DK", 2500),
            ("FI", 2550),
            ("FR", 2000),
        )
    ),
    delivers_to=("SE", "NL", "DE", "BE", "DK", "FI"),
    orders_per_day=(0.9, 2.3),
)
JAPAN = Catalogue(
    sellers=japan.SELLERS,
    products=japan.PRODUCTS,
    creators=japan_people.CREATORS,
    collaborations=japan_people.COLLABORATIONS,
    buyers=japan_people.BUYERS,
    taxes=(Tax("JP", 1000, "platform"),),
    delivers_to=("JP",),
    orders_per_day=(0.1, 0.6),
    takes_cash=True,
)
SELLER, PRODUCT = EUROPE.seller, EUROPE.product
CREATOR, BUYER = EUROPE.creator, EUROPE.buyer

__all__ = [
    "BUYER",
    "BUYERS",
    "COLLABORATIONS",
    "CREATOR",
    "CREATORS",
    "EUROPE",
    "JAPAN",
    "PRODUCT",
    "PRODUCTS",
    "SECOND_STAFF",
    "SELLER",
    "SELLERS",
    "STAFF",
]
