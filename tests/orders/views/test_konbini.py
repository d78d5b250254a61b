"""The voucher's page, and what the other pages say while cash is awaited."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from orders.models import OrderStatus, PaymentStatus
from orders.services import cart as carts
from orders.services import checkout, links
from orders.views import cart as cart_views
from payouts.services import settlement
from sellers.models import Membership
from tests.factories import market
from tests.factories import sellers as make_sellers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("japan", "books")]


@pytest.fixture
def shop():
    return market.shop(country="JP", currency="JPY", delivery_amount=800)


@pytest.fixture
def token():
    return carts.new_token()


@pytest.fixture
def payment(shop, token):
    """A voucher for what one browser has placed."""
    cart = carts.open_cart(token=token, user=None, at=clock.now())
    variant = market.variant(shop, price_amount=2_000, stock=30)
    carts.add(cart=cart, variant=variant, quantity=3, via=None, at=clock.now())
    return market.choose_cash(market.place(cart, market.buyer(country="JP")))


@pytest.fixture
def here(client, token):
    """The browser that placed the order."""
    client.cookies["cart"] = token
    return client


def link(payment, route: str = "orders:order") -> str:
    return reverse(route, args=[links.make(order=payment.order, at=clock.now())])


def test_the_page_shows_amount_deadline_and_every_stores_codes(client, payment):
    text = client.get(link(payment, "orders:konbini")).content.decode()

    assert "¥7,480" in text
    assert "23:00\N{NO-BREAK SPACE}(Japan)" in text
    for store in ("FamilyMart", "Lawson", "Ministop", "Seicomart"):
        assert store in text
    for codes in payment.voucher.stores.values():
        assert f'value="{codes["payment_code"]}"' in text
        assert f'value="{codes["confirmation_number"]}"' in text
    assert payment.voucher.page_url in text
    assert 'style="' not in text


def test_without_a_script_the_page_looks_again_by_itself(client, payment):
    text = client.get(link(payment, "orders:konbini")).content.decode()
    assert '<noscript><meta http-equiv="refresh"' in text


def test_nobody_opens_it_without_a_link(client, payment):
    assert client.get(reverse("orders:konbini", args=["nothing"])).status_code == 404


def test_once_paid_the_page_leads_to_the_order_and_in_the_background_too(
    client, payment
):
    url = link(payment, "orders:konbini")
    order_url = url.removesuffix("/konbini")
    sandbox_control.settle_voucher(payment.payment_intent_id)
    settlement.refresh(payment_id=payment.pk, at=clock.now())

    plain = client.get(url)
    polled = client.get(url, headers={"HX-Request": "true"})

    assert (plain.status_code, plain["Location"]) == (303, order_url)
    assert (polled.status_code, polled["HX-Redirect"]) == (200, order_url)


def test_looking_at_the_page_has_the_provider_asked_now_and_then(client, payment):
    url = link(payment, "orders:konbini")
    sandbox_control.settle_voucher(payment.payment_intent_id)
    market.advance(market.DAY / 24)

    client.get(url)
    jobs.drain()

    assert client.get(url).status_code == 303


def test_back_from_the_provider_the_buyer_lands_on_the_codes(here, shop, payment):
    landed = here.get(
        reverse("orders:return", args=[payment.order.public_id]) + "?paid"
    )
    order_page = here.get(landed["Location"])
    assert order_page.status_code == 303
    assert here.get(order_page["Location"]).status_code == 200
    assert order_page["Location"].endswith("/konbini")


def test_the_order_page_says_by_when_to_pay_and_leads_to_the_codes(client, payment):
    url = link(payment)
    text = client.get(url).content.decode()
    assert "Waiting for your payment at a konbini" in text
    assert f'href="{url}/konbini"' in text
    assert "Awaiting cash" in text
    assert "Cash at a konbini" in text


def test_a_signed_in_buyer_has_the_codes_in_the_account(client, shop):
    user = make_sellers.user("maja@example.com")
    cart = market.cart((market.variant(shop, price_amount=2_000), 1))
    payment = market.choose_cash(
        market.place(cart, market.buyer(country="JP", user=user))
    )
    client.force_login(user)
    url = reverse("orders:my-konbini", args=[payment.order.public_id])
    assert client.get(url).status_code == 200
    client.force_login(make_sellers.user("other@example.com"))
    assert client.get(url).status_code == 404


def test_the_bag_is_empty_while_cash_is_awaited_and_checkout_leads_to_the_order(
    here, payment
):
    assert "Cup" not in here.get(reverse("orders:cart")).content.decode()
    from_bag = reverse("orders:checkout", args=[signed(payment.order.cart)])
    answer = here.get(from_bag)
    assert answer["Location"] == reverse(
        "orders:return", args=[payment.order.public_id]
    )


def signed(cart) -> str:
    return cart_views.checkout_url(cart).rstrip("/").rpartition("/")[2]


def test_paying_another_way_makes_the_voucher_void_and_goes_to_checkout(here, payment):
    answer = here.post(link(payment), {"action": "change"})

    assert "/checkout/" in answer["Location"]
    assert here.get(answer["Location"]).status_code == 200
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.EXPIRED
    assert market.facts_of(payment).status == "cancelled"


def test_cancelling_gives_the_goods_free_and_offers_to_order_again(here, payment):
    url = link(payment)
    here.post(url, {"action": "cancel"})

    text = here.get(url).content.decode()
    assert "This order is cancelled" in text
    assert "Order again" in text
    answer = here.post(url, {"action": "again"})
    assert answer["Location"].partition("?")[0] == reverse("orders:cart")
    assert "7,480" in here.get(answer["Location"]).content.decode()


def test_from_the_mail_in_another_browser_ordering_again_fills_its_bag(client, payment):
    checkout.cancel(order_id=payment.order_id, at=clock.now())

    answer = client.post(link(payment), {"action": "again"})

    assert client.cookies["cart"].value
    assert "7,480" in client.get(answer["Location"]).content.decode()


def test_an_order_that_waits_is_not_ordered_again(here, payment):
    here.post(link(payment), {"action": "again"})

    payment.order.refresh_from_db()
    assert payment.order.status == OrderStatus.AWAITING_PAYMENT
    assert carts.cart_of(token=here.cookies["cart"].value) is None


def as_seller(client, shop):
    user = make_sellers.user("seller@example.com")
    Membership.objects.filter(shop=shop).update(user=user)
    client.force_login(user)


def test_a_seller_sees_that_it_waits_for_payment_and_is_not_to_be_shipped(
    client, shop, payment
):
    as_seller(client, shop)
    tab = reverse("orders:seller-orders", args=[shop.public_id])
    part = payment.order.seller_orders.get()

    assert part.public_id not in client.get(tab).content.decode()
    waiting = client.get(f"{tab}?tab=awaiting_payment").content.decode()
    assert part.public_id in waiting
    assert "Do not ship these yet" in waiting
    detail = reverse("orders:seller-order", args=[shop.public_id, part.public_id])
    text = client.get(detail).content.decode()
    assert "Do not ship this yet" in text
    assert "Kungsgatan 31" not in text


def test_a_seller_cannot_ship_what_waits_for_payment(client, shop, payment):
    as_seller(client, shop)
    part = payment.order.seller_orders.get()
    detail = reverse("orders:seller-order", args=[shop.public_id, part.public_id])

    client.post(detail, {"tracking_number": "1"})

    part.refresh_from_db()
    assert part.status == OrderStatus.AWAITING_PAYMENT
    assert part.shipments.count() == 0


def test_a_seller_sees_nothing_of_an_order_on_a_payment_page(client, shop):
    variant = market.variant(shop, price_amount=2_000)
    order = market.place(market.cart((variant, 1)), market.buyer(country="JP"))
    market.open_page(order)
    as_seller(client, shop)
    part = order.seller_orders.get()
    detail = reverse("orders:seller-order", args=[shop.public_id, part.public_id])
    assert client.get(detail).status_code == 404


def test_where_no_cash_is_taken_no_tab_is_shown(client, shop, settings):
    as_seller(client, shop)
    settings.PLATFORM_COUNTRY = "SE"
    tab = reverse("orders:seller-orders", args=[shop.public_id])
    assert "Waiting for payment" not in client.get(tab).content.decode()


def test_the_list_of_what_waits_costs_the_same_for_one_order_and_for_five(
    client, shop, settings, django_assert_num_queries
):
    settings.UNPAID_ORDERS_PER_BUYER = 10
    variant = market.variant(shop, price_amount=2_000, stock=30)
    as_seller(client, shop)
    tab = reverse("orders:seller-orders", args=[shop.public_id])

    def wait(number):
        buyer = market.buyer(country="JP", email=f"b{number}@example.com")
        market.choose_cash(market.place(market.cart((variant, 1)), buyer))

    wait(0)
    with CaptureQueriesContext(connection) as one:
        client.get(f"{tab}?tab=awaiting_payment")
    for number in range(1, 5):
        wait(number)
    with django_assert_num_queries(len(one)):
        client.get(f"{tab}?tab=awaiting_payment")
