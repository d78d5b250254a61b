"""Mails: who gets them, what they say, and the one link each carries."""

import re

import pytest
from django.core import mail

from marketplace.kit import clock
from orders import tasks
from orders.models import OrderLink
from orders.services import fulfilment, links
from tests.factories import orders, sellers

pytestmark = pytest.mark.django_db


def opened(message):
    """The order that the link of a mail opens."""
    (url,) = set(re.findall(r"http://testserver/o/([\w-]+)", message.body))
    return links.open(token=url, at=clock.now())


def test_the_confirmation_lists_what_was_bought_in_text_and_html():
    cup = sellers.variant(title="Cup", price_amount=32_000)
    order = orders.order((cup, 2))
    tasks.send_confirmation(order_id=order.pk)
    (message,) = mail.outbox
    html, kind = message.alternatives[0]
    assert message.to == ["maja@example.com"]
    assert message.subject == f"Your order {order.public_id} is confirmed"
    assert kind == "text/html"
    for body in (message.body, html):
        assert "2 × Cup" in body
        assert "689\xa0kr" in body
    assert html.count('class="button"') == 1
    assert opened(message) == order


def test_each_mail_has_a_link_of_its_own():
    order = orders.order()
    tasks.send_confirmation(order_id=order.pk)
    tasks.send_confirmation(order_id=order.pk)
    assert OrderLink.objects.count() == 2
    assert opened(mail.outbox[0]) == opened(mail.outbox[1]) == order


def test_the_shipped_mail_names_seller_parcel_and_units():
    order = orders.order((sellers.variant(title="Cup"), 3))
    part = order.seller_orders.get()
    shipment = fulfilment.ship(
        seller_order=part,
        carrier="PostNord",
        tracking_number="SE123",
        at=orders.AT,
        quantities={part.lines.get().pk: 2},
    )
    tasks.send_shipped(shipment_id=shipment.pk)
    (message,) = mail.outbox
    assert message.subject == "Studio Lera has shipped your parcel"
    assert "PostNord, parcel number SE123" in message.body
    assert "2 × Cup" in message.body
    assert opened(message) == order


def test_a_shop_name_adds_no_header():
    order = orders.order((sellers.variant(shop=sellers.shop(name="A shop")), 1))
    part = order.seller_orders.get()
    part.shop.name = "A\r\nBcc: all@example.com"
    part.shop.save()
    shipment = fulfilment.ship(
        seller_order=part, carrier="", tracking_number="", at=orders.AT
    )
    tasks.send_shipped(shipment_id=shipment.pk)
    (message,) = mail.outbox
    assert message.subject == "A Bcc: all@example.com has shipped your parcel"
    assert message.recipients() == ["maja@example.com"]


def test_names_are_inert_in_html():
    bad = sellers.variant(title="<img src=x onerror=alert(1)>")
    tasks.send_confirmation(order_id=orders.order((bad, 1)).pk)
    html, _kind = mail.outbox[0].alternatives[0]
    assert "<img src=x" not in html
    assert "&lt;img src=x" in html


def test_links_go_to_the_address_of_the_orders_only():
    order = orders.order(email="maja@example.com", at=clock.now())
    orders.order(email="other@example.com", at=clock.now())
    tasks.send_links(email="maja@example.com")
    (message,) = mail.outbox
    assert message.to == ["maja@example.com"]
    assert opened(message) == order


def test_an_address_without_orders_gets_no_mail():
    tasks.send_links(email="nobody@example.com")
    assert mail.outbox == []
