"""Mails: who gets them, what they say, and the one link each carries."""

import re
from datetime import timedelta

import pytest
from django.core import mail

from marketplace.kit import clock, jobs, mails
from orders import emails, tasks
from orders.models import OrderLink, OrderStatus, Payment, Return, ReturnLine
from orders.services import fulfilment, invitations, links, returns
from tests.factories import feedback, orders, sellers

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
    emails.send_confirmation(order=order, at=orders.AT)
    emails.send_confirmation(order=order, at=orders.AT)
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


def subjects():
    return [str(message.subject) for message in mail.outbox]


def test_a_job_that_runs_twice_sends_one_mail():
    order = orders.order()
    part = order.seller_orders.get()
    shipment = fulfilment.ship(
        seller_order=part, carrier="", tracking_number="", at=orders.AT
    )
    for _twice in range(2):
        tasks.send_confirmation(order_id=order.pk)
        tasks.send_shipped(shipment_id=shipment.pk)
        tasks.send_links(email="maja@example.com", wish="wish_1")
    assert subjects() == [
        f"Your order {order.public_id} is confirmed",
        "Studio Lera has shipped your parcel",
        "Your order link",
    ]
    assert OrderLink.objects.count() == 3


def test_whoever_asks_for_the_links_again_gets_them_again():
    orders.order(at=clock.now())
    links.send(email="maja@example.com", ip="127.0.0.1")
    links.send(email="maja@example.com", ip="127.0.0.1")
    jobs.drain()
    assert subjects() == ["Your order link", "Your order link"]


def test_the_confirmation_hides_the_street_and_names_the_seller():
    shop = sellers.shop(
        kind="business",
        legal_name="Lera AB",
        legal_address="Verkstadsgatan 4\n903 26 Umeå",
    )
    order = orders.order((sellers.variant(shop=shop), 1))
    tasks.send_confirmation(order_id=order.pk)
    (message,) = mail.outbox
    for body in (message.body, message.alternatives[0][0]):
        assert "Kungsgatan" not in body
        assert "Kun•••" in body
        assert "903 26 Umeå" in body
        assert (
            "Sold by Lera AB · a business · Verkstadsgatan 4, 903 26 Umeå"
            " · shop@example.com"
        ) in body


def test_an_answer_to_a_parcels_mail_reaches_its_seller():
    part = orders.order().seller_orders.get()
    shipment = fulfilment.ship(
        seller_order=part, carrier="", tracking_number="", at=orders.AT
    )
    tasks.send_shipped(shipment_id=shipment.pk)
    assert mail.outbox[0].reply_to == ["shop@example.com"]


def arrived_mails(order):
    jobs.drain()
    return [one for one in mail.outbox if one.subject.startswith("Delivered: ")]


def test_a_parcel_that_arrived_is_told_of_once_with_the_last_day_to_withdraw():
    order = feedback.arrived((sellers.variant(title="Cup"), 2), at=clock.now())
    (message,) = arrived_mails(order)
    assert message.subject == "Delivered: your parcel from Studio Lera"
    assert "2 × Cup" in message.body
    ends = returns.withdrawal_ends_at(order.seller_orders.get())
    assert f"{ends.day}\N{NO-BREAK SPACE}" in message.body
    assert opened(message) == order
    part = order.seller_orders.get()
    tasks.send_delivered(seller_order_id=part.pk)
    assert len(arrived_mails(order)) == 1


def test_a_parcel_on_its_way_back_is_not_called_delivered():
    order = orders.order()
    part = order.seller_orders.get()
    fulfilment.ship(seller_order=part, carrier="", tracking_number="", at=orders.AT)
    part.refresh_from_db()
    part.move_to(OrderStatus.WITHDRAWN, at=orders.AT)
    fulfilment.mark_delivered(seller_order=part, at=orders.AT)
    assert arrived_mails(order) == []


def invited():
    return [one for one in mail.outbox if one.subject.startswith("What do you think")]


def test_a_buyer_is_asked_for_a_review_once_and_at_its_own_page():
    long_ago = clock.now() - timedelta(days=11)
    order = feedback.arrived((sellers.variant(title="Cup"), 1), at=long_ago)
    tasks.send_review_invitation(order_id=order.pk)
    tasks.send_review_invitation(order_id=order.pk)
    (message,) = invited()
    assert message.subject == "What do you think of Cup?"
    line = order.seller_orders.get().lines.get()
    assert f"/review/{line.public_id}" in message.body
    assert message.extra_headers["List-Unsubscribe-Post"] == (
        "List-Unsubscribe=One-Click"
    )


def test_nobody_is_asked_who_switched_it_off():
    order = feedback.arrived(at=clock.now() - timedelta(days=11))
    assert invitations.lines_to_review(order=order, at=clock.now()) != []
    url = mails.unsubscribe_url(email=order.email, kind="reviews")
    mails.refuse(token=url.rpartition("/")[2], at=orders.AT)
    tasks.send_review_invitation(order_id=order.pk)
    assert invited() == []


def test_the_invitation_is_promised_for_a_week_after_the_parcel_arrived(settings):
    order = feedback.arrived(at=clock.now() - timedelta(days=3))
    jobs.drain()
    assert invited() == []
    settings.CLOCK_START_OFFSET = timedelta(days=6, hours=23)
    clock.forget()
    jobs.drain()
    assert invited() == []
    settings.CLOCK_START_OFFSET = timedelta(days=7, hours=1)
    clock.forget()
    jobs.drain()
    assert len(invited()) == 1
    assert invited()[0].to == [order.email]


def failed(order, **fields):
    order.payments.update(status="failed", **fields)
    return order.payments.get()


def test_a_payment_that_failed_is_told_of_once_with_its_reason():
    order = orders.order(is_paid=False)
    payment = failed(order, failure_code="expired_card")
    tasks.send_payment_failed(payment_id=payment.pk)
    tasks.send_payment_failed(payment_id=payment.pk)
    (message,) = mail.outbox
    assert message.subject == (
        f"Your payment for order {order.public_id} did not go through"
    )
    assert "The card is no longer valid." in message.body
    assert "369\N{NO-BREAK SPACE}kr was not charged" in message.body
    assert opened(message) == order


def test_who_paid_after_all_is_not_told_of_the_failure():
    paid = orders.order()
    tasks.send_payment_failed(payment_id=failed(paid).pk)
    first = orders.order(is_paid=False)
    first.move_to(OrderStatus.CANCELLED, at=orders.AT, cancelled_at=orders.AT)
    second = orders.order(is_paid=False)
    type(second).objects.filter(pk=second.pk).update(cart=first.cart)
    tasks.send_payment_failed(payment_id=failed(first).pk)
    assert mail.outbox == []
    assert Payment.objects.filter(status="failed").count() == 2


def received(order):
    part = order.seller_orders.get()
    made = Return.objects.create(
        seller_order=part,
        kind="return",
        note="Torn",
        requested_at=orders.AT,
        answer_by=orders.AT,
    )
    ReturnLine.objects.create(parcel=made, line=part.lines.get(), quantity=1)
    return returns.receive(parcel=made, at=orders.AT)


def test_a_return_that_arrived_is_approved_by_mail_when_its_refund_does_not_follow():
    order = feedback.arrived()
    parcel = received(order)
    tasks.send_return_received(parcel_id=parcel.pk)
    (message,) = mail.outbox
    assert message.subject == f"Your return is approved, order {order.public_id}"
    assert opened(message) == order


def test_a_return_that_is_refunded_needs_no_mail_of_its_arrival():
    parcel = received(feedback.arrived())
    type(parcel).objects.filter(pk=parcel.pk).update(status="refunded")
    tasks.send_return_received(parcel_id=parcel.pk)
    assert mail.outbox == []
