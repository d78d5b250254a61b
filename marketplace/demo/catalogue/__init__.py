"""The demo's world, written down: who sells what, who recommends it, who buys.

Plain frozen dataclasses without Django, so that it can be read, tested and planned with
before a database exists. `marketplace.demo.load` makes it real through the services.
"""

from marketplace.demo.catalogue import (
    accessories,
    bath,
    clothing,
    furniture,
    kitchen,
    textiles,
)
from marketplace.demo.catalogue.creators import COLLABORATIONS, CREATORS
from marketplace.demo.catalogue.people import BUYERS, STAFF
from marketplace.demo.catalogue.sellers import SELLERS

PRODUCTS = (
    *kitchen.PRODUCTS,
    *clothing.PRODUCTS,
    *textiles.PRODUCTS,
    *furniture.PRODUCTS,
    *bath.PRODUCTS,
    *accessories.PRODUCTS,
)
SELLER = {seller.handle: seller for seller in SELLERS}
PRODUCT = {product.key: product for product in PRODUCTS}
CREATOR = {creator.handle: creator for creator in CREATORS}
BUYER = {buyer.key: buyer for buyer in BUYERS}

__all__ = [
    "BUYER",
    "BUYERS",
    "COLLABORATIONS",
    "CREATOR",
    "CREATORS",
    "PRODUCT",
    "PRODUCTS",
    "SELLER",
    "SELLERS",
    "STAFF",
]
