"""Buy links: what may be made, what their price holds for, and how uses are counted."""

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.kit import clock
from orders.models import BuyLink, BuyLinkUse, CartLine, Order, OrderStatus
from orders.services import buy_links, checkout, price_locks, quotes
from orders.services import cart as carts
from orders.views import shown
from payouts.services import settlement
from sellers.models import Product, Variant
from tests.factories import buy_links as make
from tests.factories import market

pytestmark = pytest.mark.django_db
PAST = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def taxes(db, stripe):
    market.set_taxes()


@pytest.fixture
def shop():
    return market.shop(is_payable=False)


@pytest.fixture
def shirt(shop):
    return market.variant(shop, price_amount=1995)


@pytest.fixture
def mug(shop):
    return market.variant(shop, price_amount=2450)


@pytest.fixture
def bundle(shop, shirt, mug):
    """Three shirts and a mug, 84.35 today, for 75.00."""
    return make.link(shop, make.item(shirt, 3), make.item(mug), locked_amount=7500)


def in_cart(link, cart=None, chosen=None):
    at = clock.now()
    if cart is None:
        cart = carts.open_cart(token=carts.new_token(), user=None, at=at)
    buy_links.put_in_cart(link=link, cart=cart, chosen=chosen or {}, via=None, at=at)
    return cart


def price_of(cart):
    return quotes.quote(cart=cart, country="NL", at=clock.now())


def changes_of(cart):
    return [(one.kind, one.message) for one in price_of(cart).changes]


class TestMaking:
    def test_a_shop_sells_its_own_with_a_day_a_number_and_a_price(self, shop, shirt):
        until = clock.now() + timedelta(days=7)
        link = make.link(
            shop,
            make.item(shirt, 2),
            locked_amount=3500,
            expires_at=until,
            max_uses=40,
        )
        assert (link.locked_amount, link.max_uses, link.currency) == (3500, 40, "EUR")
        assert link.expires_at == until
        assert link.share_url == f"http://testserver/b/{link.code}"
        item = link.items.get()
        assert (item.variant, item.quantity) == (shirt, 2)

    @pytest.mark.parametrize("locked_amount", [0, 1996, 199])
    def test_a_price_that_cannot_be_is_refused(self, shop, shirt, locked_amount):
        with pytest.raises(buy_links.LinkRefused):
            make.link(shop, shirt, locked_amount=locked_amount)
        assert not BuyLink.objects.exists()

    @pytest.mark.parametrize("quantity", [0, 21, -1])
    def test_a_number_that_cannot_be_is_refused(self, shop, shirt, quantity):
        with pytest.raises(buy_links.LinkRefused):
            make.link(shop, make.item(shirt, quantity))

    def test_nothing_and_too_much_are_refused(self, shop, shirt):
        with pytest.raises(buy_links.LinkRefused):
            make.link(shop)
        with pytest.raises(buy_links.LinkRefused):
            make.link(shop, *[shirt] * 11)

    def test_the_same_thing_twice_is_refused(self, shop, shirt):
        with pytest.raises(buy_links.LinkRefused):
            make.link(shop, shirt, shirt)
        with pytest.raises(buy_links.LinkRefused):
            make.link(shop, shirt.product, shirt)

    def test_what_is_anothers_or_off_sale_is_refused(self, shop, shirt):
        other = market.variant(market.shop(is_payable=False), price_amount=900)
        with pytest.raises(buy_links.LinkRefused):
            make.link(shop, shirt, other)
        Product.objects.filter(pk=shirt.product_id).update(status="hidden")
        with pytest.raises(buy_links.LinkRefused):
            make.link(shop, shirt)
        assert not BuyLink.objects.exists()

    def test_a_day_that_has_passed_and_no_use_at_all_are_refused(self, shop, shirt):
        with pytest.raises(buy_links.LinkRefused):
            make.link(shop, shirt, expires_at=clock.now())
        with pytest.raises(buy_links.LinkRefused):
            make.link(shop, shirt, max_uses=0)

    def test_a_creator_sells_of_the_shops_she_works_with_and_fixes_no_price(
        self, shop, shirt
    ):
        stranger = market.variant(market.shop(is_payable=False), price_amount=900)
        nina = market.creator(shop, is_payable=False)
        assert make.link(nina, shirt).creator == nina
        with pytest.raises(buy_links.LinkRefused):
            make.link(nina, stranger)
        with pytest.raises(buy_links.LinkRefused):
            make.link(nina, shirt, locked_amount=1500)

    def test_two_currencies_do_not_go_together(self, shop, shirt):
        kronor = market.shop(country="SE", currency="SEK", is_payable=False)
        nina = market.creator(shop, kronor, is_payable=False)
        with pytest.raises(buy_links.LinkRefused):
            make.link(nina, shirt, market.variant(kronor, price_amount=9900))

    def test_links_are_seen_by_those_who_run_the_shop_or_the_page(self, shop, shirt):
        nina = market.creator(shop, is_payable=False)
        own, hers = make.link(shop, shirt), make.link(nina, shirt)
        owner = shop.memberships.get().user
        assert list(BuyLink.objects.visible_to(owner)) == [own]
        assert list(BuyLink.objects.visible_to(nina.user)) == [hers]


class TestThePriceHolds:
    def test_for_all_of_it_to_the_cent(self, bundle, shirt, mug):
        quote = price_of(in_cart(bundle))
        off = {
            one.line.variant: one.priced.seller_discount_amount
            for one in quote.parts[0].lines
        }
        assert off == {shirt: 663, mug: 272}
        assert quote.price.discount_amount == quote.link_discount_amount == 935
        assert quote.code_discount_amount == 0
        assert quote.total_amount == 7500 + 495
        assert quote.changes == ()
        assert quote.links == (bundle,)

    def test_each_things_own_price_holds_for_it_alone(self, shop, shirt, mug):
        link = make.link(shop, make.item(shirt, 2, 3000), mug)
        quote = price_of(in_cart(link))
        assert quote.link_discount_amount == 990
        assert quote.total_amount == 3000 + 2450 + 495

    def test_while_the_prices_of_the_day_rise(self, bundle, shirt):
        cart = in_cart(bundle)
        Variant.objects.filter(pk=shirt.pk).update(price_amount=2995)
        quote = price_of(cart)
        assert quote.changes == ()
        assert quote.total_amount == 7500 + 495

    def test_but_a_lower_price_of_the_day_is_paid(self, bundle, shirt):
        cart = in_cart(bundle)
        Variant.objects.filter(pk=shirt.pk).update(price_amount=1000)
        shown.show(cart=cart, country="NL", at=clock.now())
        quote = price_of(cart)
        assert quote.link_discount_amount == 0
        assert quote.total_amount == 3 * 1000 + 2450 + 495

    @pytest.mark.parametrize("quantity", [2, 4])
    def test_not_for_another_number_of_a_thing(self, bundle, quantity):
        cart = in_cart(bundle)
        line = cart.lines.get(quantity=3)
        carts.set_quantity(line=line, quantity=quantity)
        assert [kind for kind, _words in changes_of(cart)] == ["link"]
        seen = shown.show(cart=cart, country="NL", at=clock.now())
        assert seen.notes == (
            "The price of the link holds for all of it, unchanged; it is off now.",
        )
        assert seen.quote.total_amount == quantity * 1995 + 2450 + 495
        assert changes_of(cart) == []
        assert not cart.lines.exclude(buy_link=None).exists()

    def test_not_without_one_of_the_things(self, bundle, mug):
        cart = in_cart(bundle)
        carts.remove(line=cart.lines.get(variant=mug))
        assert price_of(cart).link_discount_amount == 0

    def test_not_when_a_thing_is_sold_out(self, bundle, mug):
        cart = in_cart(bundle)
        Variant.objects.filter(pk=mug.pk).update(on_hand=0)
        assert price_of(cart).link_discount_amount == 0
        seen = shown.show(cart=cart, country="NL", at=clock.now())
        assert seen.quote.total_amount == 3 * 1995 + 495
        assert seen.quote.changes == ()

    def test_a_code_lowers_the_other_lines_only(self, bundle, shop):
        cart = in_cart(bundle)
        scarf = market.variant(shop, price_amount=1000)
        carts.add(cart=cart, variant=scarf, quantity=1, via=None, at=clock.now())
        carts.set_code(cart=cart, word=market.code(), at=clock.now())
        quote = price_of(cart)
        assert (quote.link_discount_amount, quote.code_discount_amount) == (935, 100)
        assert quote.total_amount == 7500 + 900 + 495

    @pytest.mark.parametrize(
        ("over", "words"),
        [
            ({"stopped_at": PAST}, "The seller has ended the link"),
            ({"expires_at": PAST}, "The price of the link has expired"),
            ({"max_uses": 1, "uses": 1}, "The link has been used up"),
        ],
    )
    def test_not_when_the_link_is_over_and_the_buyer_is_told_before_paying(
        self, bundle, over, words
    ):
        cart = in_cart(bundle)
        quote = price_of(cart)
        BuyLink.objects.filter(pk=bundle.pk).update(**over)
        with pytest.raises(checkout.OrderChanged) as refused:
            checkout.place(
                cart=cart,
                buyer=market.buyer(),
                shown=quote.fingerprint,
                at=clock.now(),
            )
        assert words in refused.value.changes[0].message
        assert not Order.objects.exists()
        seen = shown.show(cart=cart, country="NL", at=clock.now())
        assert seen.quote.total_amount == 8435 + 495
        assert market.place(cart).total_amount == 8435 + 495
        assert not BuyLinkUse.objects.exists()

    def test_following_it_twice_does_not_double_it(self, bundle):
        cart = in_cart(bundle)
        in_cart(bundle, cart)
        assert sorted(cart.lines.values_list("quantity", flat=True)) == [1, 3]
        assert price_of(cart).total_amount == 7500 + 495

    def test_a_cart_without_links_asks_nothing_more(
        self, shirt, django_assert_num_queries
    ):
        cart = market.cart((shirt, 1))
        lines = list(cart.lines.all())
        with django_assert_num_queries(0):
            assert price_locks.held(cart=cart, lines=lines, at=clock.now()).off == {}


class TestChoosing:
    def test_the_buyer_chooses_what_the_link_leaves_open(self, shop, shirt):
        link = make.link(shop, make.item(shirt.product, 2), locked_amount=3500)
        item = link.items.get()
        assert price_of(in_cart(link, chosen={item.pk: shirt})).total_amount == 3995

    def test_no_choice_or_another_products_adds_nothing(self, shop, shirt, mug):
        link = make.link(shop, mug, shirt.product)
        item = link.items.get(variant=None)
        for chosen in ({}, {item.pk: mug}):
            with pytest.raises(buy_links.ChooseVariant):
                in_cart(link, chosen=chosen)
        assert not CartLine.objects.exists()

    def test_more_than_there_is_adds_nothing(self, bundle, mug):
        Variant.objects.filter(pk=mug.pk).update(on_hand=0)
        with pytest.raises(carts.TooManyUnits):
            in_cart(bundle)
        assert not CartLine.objects.exists()

    def test_a_link_that_is_over_adds_nothing(self, bundle):
        buy_links.stop(link=bundle, at=clock.now())
        bundle.refresh_from_db()
        with pytest.raises(buy_links.LinkClosed):
            in_cart(bundle)
        assert not CartLine.objects.exists()


class TestUses:
    @pytest.fixture
    def once(self, shop, shirt):
        return make.link(shop, shirt, locked_amount=1500, max_uses=1)

    def uses(self, link):
        link.refresh_from_db()
        return link.uses

    def test_an_order_counts_one_and_gives_it_back_when_it_is_not_paid(self, once):
        order = market.place(in_cart(once))
        assert self.uses(once) == 1
        for _ in range(2):
            buy_links.release(order=order, at=clock.now())
        assert self.uses(once) == 0
        buy_links.take_again(order=order, at=clock.now())
        buy_links.take_again(order=order, at=clock.now())
        assert self.uses(once) == 1

    def test_an_order_that_expires_gives_its_use_back(self, once):
        order = market.place(in_cart(once))
        checkout.cancel(order_id=order.pk, at=clock.now())
        assert self.uses(once) == 0
        assert BuyLinkUse.objects.get().released_at is not None

    def test_the_buyers_own_unpaid_order_does_not_use_it_up_for_him(self, once):
        cart = in_cart(once)
        order = market.place(cart)
        seen = shown.show(cart=cart, country="NL", at=clock.now())
        assert seen.notes == ()
        assert seen.quote.total_amount == 1500 + 495
        assert market.place(cart) == order
        assert market.place(cart, market.buyer(country="NL", name="Maja")) != order
        assert self.uses(once) == 1

    def test_the_next_buyer_is_told_and_keeps_the_thing(self, once):
        second = in_cart(once)
        market.place(in_cart(once))
        assert [kind for kind, _words in changes_of(second)] == ["link"]

    def test_a_link_without_a_price_counts_too(self, shop, shirt):
        link = make.link(shop, shirt)
        assert market.place(in_cart(link)).discount_amount == 0
        assert self.uses(link) == 1

    def test_an_order_paid_late_keeps_the_price_and_counts_if_it_can(self, once, books):
        order = market.place(in_cart(once))
        payment = market.open_page(order)
        market.pay(payment)
        checkout.cancel(order_id=order.pk, at=clock.now())
        assert self.uses(once) == 0
        settlement.refresh(payment_id=payment.pk, at=clock.now())
        order.refresh_from_db()
        assert order.status == OrderStatus.PAID
        assert self.uses(once) == 1

    def test_ended_and_opened_again(self, once):
        buy_links.stop(link=once, at=clock.now())
        once.refresh_from_db()
        assert once.state(at=clock.now()) == "stopped"
        buy_links.reopen(link=once)
        once.refresh_from_db()
        assert once.state(at=clock.now()) == "open"
