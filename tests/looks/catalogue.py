"""Every page of the shop in every state: one list for pictures, accessibility, weight
and reflow alike.
"""

from tests.looks.pages import accounts, buying, corners, found, orders, shopping
from tests.looks.state import State

GROUPS: dict[str, tuple[State, ...]] = {
    "shopping": (*shopping.STATES, *corners.VIDEOS),
    "products": (*shopping.PRODUCTS, *corners.TOLD),
    "found": found.STATES,
    "sheets": (*buying.SHEETS, *corners.SHEETS),
    "carts": (*buying.CARTS, *corners.CARRIED),
    "checkouts": buying.CHECKOUTS,
    "orders": (*orders.STATES, *corners.ORDERS),
    "rights": orders.RIGHTS,
    "accounts": accounts.STATES,
    "words": (*accounts.WORDS, *corners.ENDED),
    "failures": accounts.FAILURES,
    "mails": corners.MAILS,
}
ALL: tuple[State, ...] = tuple(one for group in GROUPS.values() for one in group)
PUBLIC: tuple[State, ...] = tuple(one for one in ALL if one.is_public)
