"""Every page of the shop in every state: one list for pictures, accessibility, weight
and reflow alike.
"""

from tests.looks.pages import accounts, buying, found, orders, shopping
from tests.looks.state import State

GROUPS: dict[str, tuple[State, ...]] = {
    "shopping": shopping.STATES,
    "products": shopping.PRODUCTS,
    "found": found.STATES,
    "sheets": buying.SHEETS,
    "carts": buying.CARTS,
    "checkouts": buying.CHECKOUTS,
    "orders": orders.STATES,
    "rights": orders.RIGHTS,
    "accounts": accounts.STATES,
    "words": accounts.WORDS,
    "failures": accounts.FAILURES,
}
ALL: tuple[State, ...] = tuple(one for group in GROUPS.values() for one in group)
PUBLIC: tuple[State, ...] = tuple(one for one in ALL if one.is_public)
