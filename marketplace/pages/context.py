"""What the frame of every page shows of its visitor."""

from functools import cache

from django.http import HttpRequest

from orders import queries
from orders.forms.addresses import country_choices
from orders.views import browser


def bag(request: HttpRequest) -> dict[str, object]:
    """Give the number of units in the bag, looked up when a page draws it: one query,
    and none for a browser without a bag.
    """

    @cache
    def cart_count() -> int:
        token_hash = browser.token_hash_of(request)
        return queries.units_in(token_hash=token_hash) if token_hash else 0

    return {"cart_count": cart_count}


def place(request: HttpRequest) -> dict[str, object]:
    """Give the country goods are sent to, and those to choose from: no query."""

    @cache
    def here() -> dict[str, object]:
        code = browser.country_of(request)
        choices = country_choices(browser.countries())
        return {"code": code, "name": dict(choices).get(code, code), "choices": choices}

    return {"place": here}
