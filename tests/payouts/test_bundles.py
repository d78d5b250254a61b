"""Bundles sold by a buy link, worked through by hand: what each seller, the creator and
the platform get, to the last unit, and what one piece gives back (R61).
"""

import pytest

from creators.services import attribution
from marketplace.kit import clock
from orders.services import buy_links
from orders.services import cart as carts
from payouts.services import ledger, refunds
from tests.factories import buy_links as make
from tests.factories import market, refunding

pytestmark = pytest.mark.django_db


def bought(link, creator, *, country="NL"):
    """Follow the link from a creator's page, and pay."""
    at = clock.now()
    cart = carts.open_cart(token=carts.new_token(), user=None, at=at)
    via = attribution.Source(type="link", id=creator.public_id, issued=at.date())
    buy_links.put_in_cart(link=link, cart=cart, chosen={}, via=via, at=at)
    return market.buy(cart, market.buyer(country=country))


def lines_of(order):
    """Give the frozen lines by price, the cheapest unit first."""
    rows = [line for part in order.seller_orders.all() for line in part.lines.all()]
    return sorted(rows, key=lambda line: line.unit_amount)


def totals():
    """Sum every balance by its kind, the provider's fee and balance left out."""
    found = {}
    for code, amount in ledger.balances().items():
        kind = code.split(":")[0]
        if amount and kind not in ("stripe_balance", "processing_fee", "bank"):
            found[kind] = found.get(kind, 0) + amount
    return found


def test_a_euro_bundle_at_a_fixed_price_is_split_to_the_cent(books):
    shop = market.shop(delivery_amount=495)
    shirt = market.variant(shop, price_amount=1995)
    mug = market.variant(shop, price_amount=2450)
    nina = market.creator(shop, rate_bps=1250)
    link = make.link(shop, make.item(shirt, 3), make.item(mug), locked_amount=7500)
    order = bought(link, nina)

    # 84.35 for 75.00: 9.35 off, over 59.85 and 24.50 by largest remainder. Tax is 21 %
    # within 75.00 + 4.95 delivery, 13.88: 9.24, 3.78 and 0.86.
    first, second = lines_of(order)
    assert (first.seller_discount_amount, second.seller_discount_amount) == (663, 272)
    assert (first.tax_included_amount, second.tax_included_amount) == (924, 378)
    assert (order.discount_amount, order.total_amount) == (935, 7995)
    # Shirts: base 43.98; the platform 4.39, Nina 5.49, the shop 43.34.
    # Mug: base 18.00; the platform 1.80, Nina 2.25, the shop 17.73; delivery 4.95.
    assert totals() == {
        "seller_held": 4334 + 1773 + 495,
        "creator_held": 549 + 225,
        "platform_commission": 439 + 180,
    }

    # One of three shirts: 19.95 less a third of 6.63 comes back. Of 17.74 the shop
    # bears 14.45, Nina 1.83, the platform 1.46.
    back = refunding.refund(order, refunds.Units(lines={first.pk: 1}))
    assert back.amount == 1774
    found = totals()
    assert found["seller_held"] == 6602 - 1445
    assert found["creator_held"] == 774 - 183
    assert found["platform_commission"] == 619 - 146


def test_a_bundle_of_two_sellers_is_split_to_the_cent_for_each(books):
    trader = market.shop(delivery_amount=495)
    private = market.shop(is_business=False, delivery_amount=650)
    shirt = market.variant(trader, price_amount=1995)
    mug = market.variant(private, price_amount=2450)
    nina = market.creator(trader, private, rate_bps=1250)
    link = make.link(nina, shirt, make.item(mug, 2))
    order = bought(link, nina)

    assert order.total_amount == 1995 + 495 + 4900 + 650
    shares = {
        part.shop: sum(row.amount for row in part.accruals.exclude(kind="share"))
        for part in order.seller_orders.all()
    }
    # Trader: 3.46 tax in 19.95, base 16.49: platform 1.64, Nina 2.06.
    # Private: no tax, base 49.00: platform 4.90, Nina 6.12.
    assert shares == {trader: 1625 + 495, private: 3798 + 650}
    assert totals() == {
        "seller_held": 2120 + 4448,
        "creator_held": 206 + 612,
        "platform_commission": 164 + 490,
    }
    assert sum(totals().values()) == order.total_amount

    # One of the two mugs: 24.50 comes back; the trader is not touched.
    _shirt, mugs = lines_of(order)
    back = refunding.refund(order, refunds.Units(lines={mugs.pk: 1}))
    assert back.amount == 2450
    assert totals() == {
        "seller_held": 2120 + 4448 - 1899,
        "creator_held": 206 + 612 - 306,
        "platform_commission": 164 + 490 - 245,
        "clearing_refund": 2450,
    }


def test_a_yen_bundle_at_a_fixed_price_is_split_to_the_yen(japan, books):
    shop = market.shop(country="JP", currency="JPY", delivery_amount=800)
    cup = market.variant(shop, price_amount=3300)
    bowl = market.variant(shop, price_amount=4980)
    nina = market.creator(shop, rate_bps=500)
    link = make.link(shop, make.item(cup, 2), make.item(bowl), locked_amount=10_000)
    order = bought(link, nina, country="JP")

    # 11,580 for 10,000: 901 and 679 off. 10 % tax on 10,800: 570, 430 and 80.
    first, second = lines_of(order)
    assert (first.seller_discount_amount, second.seller_discount_amount) == (901, 679)
    assert (first.tax_added_amount, second.tax_added_amount) == (570, 430)
    assert order.total_amount == 11_880
    assert totals() == {
        "seller_held": 4846 + 3656 + 800,
        "creator_held": 284 + 215,
        "platform_commission": 569 + 430,
        "tax_payable": 1080,
    }

    # One of two cups: half of the 6,269 that was paid for them, half up.
    back = refunding.refund(order, refunds.Units(lines={first.pk: 1}))
    assert back.amount == 3135
    after = totals()
    del after["clearing_refund"]
    assert sum(after.values()) == 11_880 - back.amount
