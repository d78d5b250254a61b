"""What a cart costs now, and what is no longer as it was shown."""

import pytest

from marketplace.kit import clock
from orders.models import TaxRate
from orders.services import checkout, quotes
from orders.services import tax as taxes
from sellers.services import catalog, stock
from tests.factories import market

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


def quote(cart, country: str = "NL") -> quotes.Quote:
    return quotes.quote(cart=cart, country=country, at=clock.now())


@pytest.fixture
def two_sellers():
    """The cart of the worked example, without its code: a trader's and a person's."""
    trader = market.shop(delivery_amount=495)
    person = market.shop(is_business=False, delivery_amount=650)
    shirt = market.variant(trader, price_amount=1995)
    mug = market.variant(person, price_amount=2450)
    return market.cart((shirt, 3), (mug, 1))


def test_each_seller_is_a_part_with_his_delivery_and_his_tax(two_sellers):
    found = quote(two_sellers)

    assert [(part.goods_amount, part.delivery.paid_amount) for part in found.parts] == [
        (5_985, 495),
        (2_450, 650),
    ]
    assert found.total_amount == 9_580
    assert found.price.included_tax_amount == 1_039 + 86
    assert [
        line.priced.tax_included_amount for part in found.parts for line in part.lines
    ] == [1_039, 0]
    assert (found.units, found.changes) == (4, ())


def test_a_code_of_the_platform_lowers_every_line(two_sellers):
    two_sellers.code = market.code()

    assert quote(two_sellers).total_amount == 8_736


def test_a_code_of_a_seller_lowers_his_lines_alone(two_sellers):
    trader = two_sellers.lines.order_by("pk")[0].variant.product.shop
    two_sellers.code = market.code("MINE", shop=trader)

    found = quote(two_sellers)

    assert [
        line.priced.seller_discount_amount
        for part in found.parts
        for line in part.lines
    ] == [599, 0]


def test_the_same_cart_has_the_same_fingerprint_and_a_changed_one_another(two_sellers):
    before = quote(two_sellers).fingerprint

    assert quote(two_sellers).fingerprint == before
    line = two_sellers.lines.order_by("pk")[0]
    catalog.change_price(variant=line.variant, price_amount=1_996, at=clock.now())
    assert quote(two_sellers).fingerprint != before


def test_a_sold_out_line_is_named_and_left_out_of_the_price(two_sellers):
    line = two_sellers.lines.order_by("pk")[1]
    stock.correct(variant=line.variant, on_hand=0, at=clock.now())

    found = quote(two_sellers)

    assert [(change.kind, change.cart_line_id) for change in found.changes] == [
        ("gone", line.pk)
    ]
    assert found.total_amount == 6_480


def test_units_the_buyers_own_order_holds_are_his(two_sellers):
    line = two_sellers.lines.order_by("pk")[1]
    stock.correct(variant=line.variant, on_hand=1, at=clock.now())
    order = market.place(two_sellers)

    assert quote(two_sellers).changes == ()
    checkout.give_up(order=order, at=clock.now())


def test_a_country_without_a_tax_rate_is_refused_not_free_of_tax(two_sellers):
    TaxRate.objects.filter(country="NL").delete()

    with pytest.raises(taxes.TaxRateMissing):
        quote(two_sellers)


def test_an_empty_cart_has_no_price():
    with pytest.raises(quotes.EmptyCart):
        quote(market.cart())


@pytest.mark.parametrize("lines", [1, 10])
def test_a_quote_takes_as_many_queries_for_ten_lines_as_for_one(
    lines, django_assert_num_queries
):
    shop = market.shop()
    cart = market.cart(
        *((market.variant(shop, price_amount=1995), 1) for _ in range(lines))
    )

    at = clock.now()

    # Lines, photos, delivery, what the own order holds, tax.
    with django_assert_num_queries(5):
        quotes.quote(cart=cart, country="NL", at=at)
