"""Carts: one currency, limits, and the next cart of a browser that has paid."""

import threading
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection

from creators.models import FundedBy
from creators.services.attribution import Source
from orders.models import Cart, CartLine
from orders.services import cart as carts
from orders.services import discounts
from sellers.models import Variant
from sellers.services import catalog, stock
from tests.factories import creators, orders, sellers

AT = orders.AT
POST = Source("post", "post_abc", date(2026, 11, 19))
COLLECTION = Source("collection", "col_def", date(2026, 11, 20))


@pytest.fixture
def cart(db):
    return carts.open_cart(token="t" * 32, user=AnonymousUser(), at=AT)


def add(cart, variant, quantity=1, via=None):
    return carts.add(cart=cart, variant=variant, quantity=quantity, via=via, at=AT)


@pytest.mark.django_db
def test_a_token_opens_one_open_cart_and_is_not_stored():
    token = carts.new_token()
    made = carts.open_cart(token=token, user=None, at=AT)
    assert len(token) == 32
    assert carts.open_cart(token=token, user=None, at=AT) == made
    assert carts.cart_of(token=token) == made
    assert made.token_hash != token


@pytest.mark.django_db
def test_an_unknown_token_has_no_cart_and_makes_none():
    assert carts.cart_of(token="unknown") is None
    assert not Cart.objects.exists()


@pytest.mark.django_db
def test_the_same_token_opens_the_next_cart_once_the_first_is_closed():
    token = carts.new_token()
    paid = carts.open_cart(token=token, user=None, at=AT)
    Cart.objects.filter(pk=paid.pk).update(closed_at=AT)
    assert carts.cart_of(token=token) is None
    following = carts.open_cart(token=token, user=None, at=AT)
    assert following != paid
    assert following.token_hash == paid.token_hash


@pytest.mark.django_db
def test_a_signed_in_buyer_is_noted_on_the_cart_he_has():
    user = sellers.user()
    token = carts.new_token()
    carts.open_cart(token=token, user=AnonymousUser(), at=AT)
    assert carts.open_cart(token=token, user=user, at=AT).user == user


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_parallel_first_additions_of_a_browser_make_one_cart():
    token, found = carts.new_token(), []
    start = threading.Barrier(8)

    def tab():
        try:
            start.wait(timeout=10)
            found.append(carts.open_cart(token=token, user=None, at=AT).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=tab) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert Cart.objects.count() == 1


def test_a_line_keeps_the_price_that_was_shown(cart):
    variant = sellers.variant(price_amount=32_000)
    line = add(cart, variant)
    catalog.change_price(variant=variant, price_amount=35_000, at=AT)
    carts.set_quantity(line=line, quantity=2)
    line.refresh_from_db()
    assert (line.quantity, line.listed_amount) == (2, 32_000)


def test_adding_the_same_again_adds_units_and_shows_the_new_price(cart):
    variant = sellers.variant(price_amount=32_000, stock=30)
    add(cart, variant, 2)
    catalog.change_price(variant=variant, price_amount=35_000, at=AT)
    add(cart, variant, 3)
    line = cart.lines.get()
    assert (line.quantity, line.listed_amount) == (5, 35_000)


def test_a_newer_source_replaces_an_older_one_on_its_line_only(cart):
    cup, bowl = sellers.variant(), sellers.variant()
    add(cart, cup, via=POST)
    add(cart, bowl, via=POST)
    add(cart, cup, via=COLLECTION)
    add(cart, bowl)
    sources = {
        line.variant_id: (line.source_type, line.source_id, line.source_date)
        for line in cart.lines.all()
    }
    assert sources == {
        cup.pk: ("collection", "col_def", COLLECTION.issued),
        bowl.pk: ("post", "post_abc", POST.issued),
    }


def test_a_cart_takes_one_currency(cart):
    add(cart, sellers.variant())
    euros = sellers.variant(shop=sellers.shop(currency="EUR", country="NL"))
    with pytest.raises(carts.CartCurrencyMismatch, match=r"SEK.*EUR"):
        add(cart, euros)
    cart.refresh_from_db()
    assert cart.currency == "SEK"
    assert cart.lines.count() == 1


def test_an_emptied_cart_takes_another_currency(cart):
    carts.remove(line=add(cart, sellers.variant()))
    cart.refresh_from_db()
    assert cart.currency == ""
    add(cart, sellers.variant(shop=sellers.shop(currency="EUR", country="NL")))
    cart.refresh_from_db()
    assert cart.currency == "EUR"


@pytest.mark.parametrize(
    ("on_hand", "limit"),
    [(100, 20), (10, 20), (9, 5), (8, 4), (2, 1), (1, 1), (0, 0)],
)
def test_a_scarce_thing_is_shared(on_hand, limit):
    assert carts.limit_of(Variant(on_hand=on_hand)) == limit


def test_twenty_units_are_taken_and_the_next_refused(cart):
    variant = sellers.variant(stock=100)
    add(cart, variant, 20)
    with pytest.raises(carts.TooManyUnits, match="up to 20"):
        add(cart, variant, 1)
    assert cart.lines.get().quantity == 20


def test_no_more_are_taken_than_there_are(cart):
    variant = sellers.variant(stock=12)
    with pytest.raises(carts.TooManyUnits, match="Only 12 are left"):
        add(cart, variant, 13)
    assert not CartLine.objects.exists()


def test_a_sold_out_thing_is_not_taken(cart):
    with pytest.raises(carts.TooManyUnits, match="sold out"):
        add(cart, sellers.variant(stock=0))
    assert not CartLine.objects.exists()


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_quantity_below_one_is_refused(cart, quantity):
    variant = sellers.variant()
    with pytest.raises(carts.NoSuchQuantity):
        add(cart, variant, quantity)
    line = add(cart, variant)
    with pytest.raises(carts.NoSuchQuantity):
        carts.set_quantity(line=line, quantity=quantity)
    assert cart.lines.get().quantity == 1


def test_what_is_not_on_sale_is_not_taken(cart):
    with pytest.raises(carts.NotForSale):
        add(cart, sellers.product(is_live=False).variants.get())
    assert not CartLine.objects.exists()


def test_fewer_units_are_taken_even_when_stock_fell(cart):
    variant = sellers.variant(stock=30)
    line = add(cart, variant, 10)
    stock.correct(variant=variant, on_hand=2, at=AT)
    carts.set_quantity(line=line, quantity=4)
    assert cart.lines.get().quantity == 4


def test_units_held_by_the_carts_own_order_count_as_there(cart):
    variant = sellers.variant(stock=12)
    line = add(cart, variant, 11)
    order = orders.order((variant, 11), is_paid=False)
    order.cart = cart
    order.save(update_fields=["cart"])
    stock.reserve(
        demands=[stock.Demand(variant_id=variant.pk, quantity=11, reference="line_x")],
        order_reference=order.public_id,
        expires_at=AT + timedelta(minutes=30),
    )
    assert carts.held_for(cart=cart) == {variant.pk: 11}
    carts.set_quantity(line=line, quantity=12)
    assert cart.lines.get().quantity == 12


def test_a_cart_holds_fifty_different_things(cart, monkeypatch):
    monkeypatch.setattr(carts, "LINES_PER_CART", 2)
    add(cart, sellers.variant())
    add(cart, sellers.variant())
    with pytest.raises(carts.CartFull):
        add(cart, sellers.variant())
    assert cart.lines.count() == 2


def test_a_cart_that_was_paid_for_is_not_changed(cart):
    line = add(cart, sellers.variant())
    Cart.objects.filter(pk=cart.pk).update(closed_at=AT)
    for change in (
        lambda: add(cart, sellers.variant()),
        lambda: carts.set_quantity(line=line, quantity=2),
        lambda: carts.remove(line=line),
        lambda: carts.set_code(cart=cart, word="", at=AT),
    ):
        with pytest.raises(carts.CartClosed):
            change()
    assert cart.lines.get().quantity == 1


def test_a_discount_or_a_creators_word_is_kept_as_typed_in_capitals(cart):
    discounts.create(
        word="SPRING", rate_bps=1000, funded_by=FundedBy.PLATFORM, starts_at=AT
    )
    carts.set_code(cart=cart, word=" spring", at=AT)
    cart.refresh_from_db()
    assert cart.code == "SPRING"
    word = creators.make_creator().code.word
    carts.set_code(cart=cart, word=word.lower(), at=AT)
    cart.refresh_from_db()
    assert cart.code == word


def test_a_word_that_does_nothing_leaves_the_cart_as_it_was(cart):
    discounts.create(
        word="OVER",
        rate_bps=1000,
        funded_by=FundedBy.PLATFORM,
        starts_at=AT - timedelta(days=2),
        ends_at=AT - timedelta(days=1),
    )
    for word in ("OVER", "NONE", "x" * 500, "'; --"):
        with pytest.raises(carts.CodeUnknown):
            carts.set_code(cart=cart, word=word, at=AT)
    cart.refresh_from_db()
    assert cart.code == ""


def test_an_empty_word_takes_the_code_away(cart):
    cart.code = "SPRING"
    cart.save()
    carts.set_code(cart=cart, word=" ", at=AT)
    cart.refresh_from_db()
    assert cart.code == ""


def test_accepted_changes_become_what_was_shown(cart):
    cup, gone = sellers.variant(price_amount=32_000, stock=30), sellers.variant()
    add(cart, cup, 5)
    add(cart, gone)
    catalog.change_price(variant=cup, price_amount=35_000, at=AT)
    stock.correct(variant=cup, on_hand=3, at=AT)
    catalog.hide(product=gone.product, at=AT)
    carts.accept_changes(cart=cart, at=AT)
    line = cart.lines.get()
    assert (line.variant, line.quantity, line.listed_amount) == (cup, 2, 35_000)
