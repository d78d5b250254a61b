"""The last use of a buy link bought by many at once; the harm shown first."""

import threading
from unittest import mock

import pytest

from marketplace.kit import clock
from orders.models import BuyLink, BuyLinkUse, Order
from orders.services import buy_links, checkout, quotes
from orders.services import cart as carts
from tests.factories import buy_links as make
from tests.factories import market

pytestmark = pytest.mark.race


def bags(number):
    """A link of one use, 19.95 for 15.00, in so many bags, and each bag's sum."""
    shop = market.shop()
    shirt = market.variant(shop, price_amount=1995)
    link = make.link(shop, shirt, locked_amount=1500, max_uses=1)
    at, found = clock.now(), []
    for _ in range(number):
        cart = carts.open_cart(token=carts.new_token(), user=None, at=at)
        buy_links.put_in_cart(link=link, cart=cart, chosen={}, via=None, at=at)
        found.append((cart, quotes.quote(cart=cart, country="NL", at=at).fingerprint))
    return link, found


def place(number, found):
    cart, shown = found[number]
    buyer = market.buyer(email=f"buyer{number}@example.com")
    return checkout.place(
        cart=cart, buyer=buyer, shown=shown, at=clock.now()
    ).total_amount


def test_without_the_conditional_count_two_buy_the_last_use(
    transactional_db, stripe, at_once
):
    """The harm: both read that one use is left, both write that it is gone."""
    market.set_taxes()
    link, found = bags(2)
    read = threading.Barrier(2)

    def read_then_write(link_id):
        uses = BuyLink.objects.get(pk=link_id).uses
        read.wait(timeout=20)
        BuyLink.objects.filter(pk=link_id).update(uses=uses + 1)
        return True

    with mock.patch.object(buy_links, "_count_use", read_then_write):
        outcomes = at_once(2, lambda number: place(number, found))

    assert outcomes == {1500 + 495: 2}
    link.refresh_from_db()
    assert (link.max_uses, link.uses) == (1, 1)
    assert BuyLinkUse.objects.count() == 2


def test_the_last_use_of_a_link_is_bought_once(market_day, at_once):
    link, found = bags(12)

    outcomes = at_once(12, lambda number: place(number, found))

    assert outcomes.pop(1500 + 495) == 1
    assert set(outcomes) <= {"LinkUsedUp", "OrderChanged"}
    assert sum(outcomes.values()) == 11
    link.refresh_from_db()
    assert link.uses == Order.objects.count() == BuyLinkUse.objects.count() == 1
