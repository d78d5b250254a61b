"""A buyer in Japan pays in cash: through the pages, the sandbox's page and the webhook's
own route, to each of the ends it can have.
"""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse

from marketplace.demo import life
from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from orders.models import Order, OrderStatus, Payment, PaymentStatus, RefundStatus
from orders.services import cart as carts
from orders.services import checkout
from orders.tasks import expire_unpaid, remind_of_cash
from payouts.services import ledger
from tests.factories import market

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("japan", "books")]

WHO = {
    "email": "hana@example.com",
    "name": "佐々木 花",
    "line1": "恵比須町 0-27",
    "postal_code": "604-0000",
    "city": "京都市中京区",
    "region": "京都府",
    "country": "JP",
}


@pytest.fixture(autouse=True)
def _own_client(settings):
    settings.ALLOWED_HOSTS = ["*"]
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    }


@pytest.fixture
def goods():
    shop = market.shop(country="JP", currency="JPY", delivery_amount=900)
    return market.variant(shop, price_amount=12_000, stock=6)


def bag(client, goods):
    client.post(reverse("orders:cart-add"), {"variant": goods.public_id, "quantity": 2})
    return carts.cart_of(token=client.cookies["cart"].value)


def found(pattern: str, text: str) -> str:
    """Give the part of a text that a pattern asks for."""
    match = re.search(pattern, text)
    assert match is not None, text
    return match[1]


def buy_in_cash(client, goods) -> Payment:
    """From the bag to the voucher's page, as the browser goes."""
    cart = bag(client, goods)
    from_bag = client.get(reverse("orders:cart")).content.decode()
    url = found(r'href="(/checkout/[^"]+)"', from_bag).replace("&amp;", "&")
    page = client.get(url).content.decode()
    assert "cash at a konbini" in page
    shown = found(r'name="shown" value="(\w+)"', page)
    answer = client.post(url, {**WHO, "shown": shown})
    assert answer.status_code == 303, answer.content.decode()
    landing = sandbox_control.pay_konbini(page_url=answer["Location"])
    life.hear()
    voucher = client.get(landing.removeprefix("http://testserver"), follow=True)
    assert voucher.redirect_chain[-1][0].endswith("/konbini")
    payment = Payment.objects.get(order__cart=cart)
    assert payment.status == PaymentStatus.AWAITING_CASH
    code = payment.voucher.stores["familymart"]["payment_code"]
    assert code in voucher.content.decode()
    return payment


def link_of(message) -> str:
    return found(r"http://testserver(/o/[\w/-]+)", message.body)


def on_hand(goods):
    goods.refresh_from_db()
    return goods.on_hand, goods.reserved


def test_voucher_reminder_till_receipt(client, goods):
    payment = buy_in_cash(client, goods)
    voucher_page = link_of(mail.outbox[0])
    assert client.get(voucher_page).status_code == 200
    assert on_hand(goods) == (6, 2)

    last_day = payment.voucher.deadline_at - timedelta(hours=20)
    wait = int((last_day - clock.now()).total_seconds())
    remind_of_cash(at=market.advance(timedelta(seconds=wait)))
    jobs.drain()
    sandbox_control.settle_voucher(payment.payment_intent_id)
    life.hear()

    assert client.get(voucher_page).status_code == 303
    text = client.get(voucher_page, follow=True).content.decode()
    assert "Thank you. One parcel is being prepared." in text
    assert [message.subject.split()[0] for message in mail.outbox] == [
        "Pay",
        "Last",
        "Your",
    ]
    assert on_hand(goods) == (4, 0)
    assert ledger.trial_balance() == {"JPY": 0}


def test_time_runs_out_and_the_buyer_orders_again(client, goods):
    payment = buy_in_cash(client, goods)
    market.advance(timedelta(days=4))
    life.hear()

    payment.order.refresh_from_db()
    assert payment.order.status == OrderStatus.CANCELLED
    assert on_hand(goods) == (6, 0)
    order_page = link_of(mail.outbox[-1])
    assert "Order again" in client.get(order_page).content.decode()
    answer = client.post(order_page, {"action": "again"}, follow=True)
    assert goods.product.title in answer.content.decode()
    assert ledger.balances() == {}


def test_with_every_notice_lost_it_runs_out_all_the_same(client, goods):
    payment = buy_in_cash(client, goods)
    sandbox_control.set_deliveries(mode="drop")

    expire_unpaid(at=market.advance_past(payment.order.expires_at))

    payment.order.refresh_from_db()
    assert payment.order.status == OrderStatus.CANCELLED
    assert on_hand(goods) == (6, 0)


def given_up_and_sold_to_another(payment, goods):
    """Given up here without asking the provider, which must not happen, and sold."""
    checkout.cancel(order_id=payment.order_id, at=clock.now(), by_buyer=True)
    for number in range(2):
        other = market.buyer(country="JP", email=f"other{number}@example.com")
        market.buy(market.cart((goods, 2)), other)
    market.buy(
        market.cart((goods, 1)), market.buyer(country="JP", email="third@example.com")
    )


def test_paid_late_when_the_goods_are_gone_it_goes_back_once_a_bank_is_named(
    client, goods
):
    payment = buy_in_cash(client, goods)
    given_up_and_sold_to_another(payment, goods)

    sandbox_control.settle_voucher(payment.payment_intent_id)
    life.hear()
    jobs.drain()

    order = Order.objects.get(pk=payment.order_id)
    assert order.status == OrderStatus.REFUNDED
    refund = order.refunds.get()
    assert refund.amount == payment.amount == 27_390
    assert refund.status == RefundStatus.WAITS_FOR_BUYER

    sandbox_control.complete_refund(refund.provider_id)
    life.hear()
    refund.refresh_from_db()
    assert refund.status == RefundStatus.SENT
    assert ledger.balances()["buyer_refund_due:JPY"] == 0
    assert on_hand(goods) == (1, 0)


def test_paid_late_while_another_order_of_the_bag_is_alive_it_is_paid_back(
    client, goods
):
    """The very cart was reopened, so that two orders of it are known for one wish."""
    payment = buy_in_cash(client, goods)
    checkout.cancel(order_id=payment.order_id, at=clock.now(), by_buyer=True)
    client.post(link_of(mail.outbox[0]).removesuffix("/konbini"), {"action": "again"})
    market.buy(
        carts.cart_of(token=client.cookies["cart"].value), market.buyer(country="JP")
    )

    sandbox_control.settle_voucher(payment.payment_intent_id)
    life.hear()
    jobs.drain()

    payment.order.refresh_from_db()
    assert payment.order.status == OrderStatus.REFUNDED
    assert payment.order.refunds.get().amount == payment.amount
    assert on_hand(goods) == (4, 0)
