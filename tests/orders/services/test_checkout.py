"""Placing an order: what was shown is what is placed, once, or nothing is."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.gateway import sandbox_control
from marketplace.kit import clock, limits
from orders.models import (
    Discount,
    LineAttribution,
    Order,
    OrderStatus,
    Payment,
    PaymentStatus,
    SellerOrder,
)
from orders.services import cart as carts
from orders.services import checkout, payments, quotes
from sellers.models import Reservation, Variant
from sellers.services import catalog, delivery, stock
from tests.factories import market

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.fixture
def variant():
    return market.variant(market.shop(), price_amount=1995, stock=30)


def shown_of(cart) -> str:
    return quotes.quote(cart=cart, country="NL", at=clock.now()).fingerprint


def place(cart, shown: str, **buyer) -> Order:
    return checkout.place(
        cart=cart, buyer=market.buyer(**buyer), shown=shown, at=clock.now()
    )


def nothing_was_placed() -> bool:
    return (
        not Order.objects.exists()
        and not Payment.objects.exists()
        and not Reservation.objects.exists()
        and not Variant.objects.filter(reserved__gt=0).exists()
    )


def test_a_placed_order_freezes_price_terms_and_the_decision(variant):
    nina = market.creator(variant.product.shop, rate_bps=1250)
    order = market.place(market.cart((variant, 3, nina)))

    line = order.seller_orders.get().lines.get()
    assert (order.goods_amount, order.delivery_amount, order.total_amount) == (
        5_985,
        495,
        6_480,
    )
    assert (line.tax_bps, line.platform_bps) == (2_100, 1_000)
    assert (line.creator, line.creator_bps, line.creator_funded_by) == (
        nina,
        1_250,
        "seller",
    )
    assert line.attribution.rule == "tag"
    assert [c["creator"] for c in line.attribution.candidates] == [nina.public_id]
    assert order.payments.get().status == PaymentStatus.STARTED
    assert Reservation.objects.get().quantity == 3
    assert order.address.city == "Umeå"


def test_a_code_beats_the_tag_and_one_creator_wins_the_line(variant):
    by_tag = market.creator(variant.product.shop, rate_bps=1250)
    by_code = market.creator(variant.product.shop, rate_bps=500)
    order = market.place(market.cart((variant, 1, by_tag), code=by_code.code.word))

    decision = LineAttribution.objects.get(line__seller_order__order=order)
    assert (decision.creator, decision.rule) == (by_code, "code")
    assert len(decision.candidates) == 2


def test_a_creator_who_buys_for_himself_earns_nothing(variant):
    nina = market.creator(variant.product.shop)
    mine = nina.user.email.replace("@", "+shop@").upper()
    order = market.place(market.cart((variant, 1, nina)), market.buyer(email=mine))

    line = order.seller_orders.get().lines.get()
    assert (line.creator, line.creator_bps) == (None, None)
    assert line.attribution.reason == "self_purchase"


def test_placing_an_unchanged_cart_again_gives_the_same_order(variant):
    cart = market.cart((variant, 2))
    shown = shown_of(cart)

    first = place(cart, shown)
    second = place(cart, shown)

    assert first.pk == second.pk
    assert Payment.objects.count() == Reservation.objects.count() == 1


def test_a_changed_cart_closes_the_page_releases_and_is_placed_anew(variant):
    cart = market.cart((variant, 2))
    first = market.place(cart)
    payment = market.open_page(first)
    carts.set_quantity(line=cart.lines.get(), quantity=5)

    second = market.place(cart)

    first.refresh_from_db()
    payment.refresh_from_db()
    variant.refresh_from_db()
    assert (first.status, payment.status) == (
        OrderStatus.CANCELLED,
        PaymentStatus.EXPIRED,
    )
    assert second.pk != first.pk
    assert variant.reserved == 5
    with pytest.raises(Exception, match="declined|410"):
        market.pay(payment)


def test_a_cart_whose_order_was_paid_meanwhile_is_not_placed_again(variant):
    cart = market.cart((variant, 2))
    order = market.place(cart)
    market.pay(market.open_page(order))
    carts.set_quantity(line=cart.lines.get(), quantity=1)

    with pytest.raises(payments.AlreadyPaid):
        market.place(cart)

    assert Order.objects.get().pk == order.pk


def _price(variant, cart):
    catalog.change_price(variant=variant, price_amount=2_495, at=clock.now())


def _stock(variant, cart):
    stock.correct(variant=variant, on_hand=1, at=clock.now())


def _gone(variant, cart):
    catalog.hide(product=variant.product, at=clock.now())


def _delivery(variant, cart):
    delivery.set_delivery(
        shop=variant.product.shop,
        name="Parcel",
        countries=["SE"],
        price_amount=495,
        days_min=2,
        days_max=4,
    )


def _code(variant, cart):
    Discount.objects.filter(word=cart.code).update(redeemed=1, max_redemptions=1)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (_price, "price"),
        (_stock, "stock"),
        (_gone, "gone"),
        (_delivery, "delivery"),
    ],
)
def test_what_changed_since_the_page_was_shown_is_named_and_nothing_is_placed(
    variant, change, kind
):
    cart = market.cart((variant, 3))
    shown = shown_of(cart)
    change(variant, cart)

    with pytest.raises(checkout.OrderChanged) as refused:
        place(cart, shown)

    assert [found.kind for found in refused.value.changes] == [kind]
    assert not Order.objects.exists()
    assert not Reservation.objects.exists()


def test_a_code_used_up_since_the_page_was_shown_is_named(variant):
    market.code(max_redemptions=1)
    cart = market.cart((variant, 3), code="TEN")
    other = market.cart((variant, 1), code="TEN")
    shown = shown_of(cart)
    market.place(other, market.buyer(email="other@example.com"))

    with pytest.raises(checkout.OrderChanged) as refused:
        place(cart, shown)

    assert [found.kind for found in refused.value.changes] == ["code"]
    assert Order.objects.count() == 1


def test_a_page_shown_for_another_cart_is_refused(variant):
    cart = market.cart((variant, 3))

    with pytest.raises(checkout.OrderChanged):
        place(cart, "0" * 64)

    assert nothing_was_placed()


def test_a_buyer_holds_three_unpaid_orders_at_most(variant):
    for _ in range(3):
        market.place(market.cart((variant, 1)))

    with pytest.raises(checkout.TooManyOpenOrders):
        market.place(market.cart((variant, 1)))

    assert Order.objects.count() == 3


def test_twenty_places_an_hour_and_no_more(variant, settings):
    settings.PLACES_PER_HOUR = 2
    cart = market.cart((variant, 1))
    shown = shown_of(cart)
    place(cart, shown)
    place(cart, shown)

    with pytest.raises(limits.TooMany):
        place(cart, shown)


def test_a_total_below_the_smallest_card_payment_is_refused():
    cheap = market.variant(market.shop(delivery_amount=0), price_amount=40)

    with pytest.raises(checkout.TotalTooSmall, match="€0.50"):
        market.place(market.cart((cheap, 1)))

    assert nothing_was_placed()


def test_cancelling_gives_goods_and_code_back(variant):
    market.code(max_redemptions=1)
    order = market.place(market.cart((variant, 3), code="TEN"))

    checkout.give_up(order=order, at=clock.now())

    variant.refresh_from_db()
    assert (variant.on_hand, variant.reserved) == (30, 0)
    assert Discount.objects.get().redeemed == 0
    assert SellerOrder.objects.get().status == OrderStatus.CANCELLED
    assert sandbox_control.journal() == [] or all(
        line["path"] != "/v1/checkout/sessions" for line in sandbox_control.journal()
    )


def test_two_lines_of_two_sellers_are_placed_in_25_queries(variant):
    other = market.variant(market.shop(is_business=False), price_amount=2450)
    nina = market.creator(variant.product.shop, other.product.shop)
    cart = market.cart((variant, 1, nina), (other, 1, nina), code=market.code())
    shown = shown_of(cart)

    # Begin; cart locked, its live order; lines, photos, delivery, code, tax; unpaid
    # orders; order, address, parts, events; who the code names, whom the pages name,
    # terms; lines, decisions; payment; use of the code counted and noted; two variants
    # taken, reservations; commit.
    buyer, at = market.buyer(), clock.now()
    with CaptureQueriesContext(connection) as captured:
        checkout.place(cart=cart, buyer=buyer, shown=shown, at=at)

    assert len(captured) == 25
