"""Mails about refunds: once each, to whom they concern, with no more than is theirs."""

from datetime import timedelta

import pytest
from django.core import mail

from marketplace import gateway
from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from orders.models import Refund
from payouts.services import refund_doors, refund_sending, refunds
from tests.factories import disputes as make_disputes
from tests.factories import market

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.fixture
def creator_and_order():
    """Two shirts of 19.95 through a creator, delivery 4.95, paid."""
    market.take_in_topups()
    shop = market.shop()
    type(shop).objects.filter(pk=shop.pk).update(contact_email="shop@example.com")
    owner = shop.memberships.get(role="owner").user
    type(owner).objects.filter(pk=owner.pk).update(email="owner@example.com")
    creator = market.creator(shop)
    shirt = market.variant(shop, price_amount=1995)
    order = market.buy(market.cart((shirt, 2, creator)))
    jobs.drain()
    mail.outbox.clear()
    return creator, order


def part_of(order):
    return order.seller_orders.get()


def sent_to(address) -> list:
    return [message for message in mail.outbox if message.to == [address]]


def cancel(order):
    refund_doors.cancel_by_buyer(
        seller_order=part_of(order), actor="", request_key="c", at=clock.now()
    )
    jobs.drain()


def test_a_cancellation_is_confirmed_with_its_moment_and_told_to_shop_and_creator(
    creator_and_order,
):
    creator, order = creator_and_order
    cancel(order)
    (receipt,) = sent_to("maja@example.com")
    assert receipt.subject == f"Receipt: you cancelled, order {order.public_id}"
    html, kind = receipt.alternatives[0]
    assert kind == "text/html"
    for body in (receipt.body, html):
        assert "(UTC) we received" in body
        assert "2 ×" in body
        assert "€44.85" in body
    assert html.count('class="button"') == 1

    (to_shop,) = sent_to("owner@example.com")
    assert part_of(order).public_id in to_shop.subject
    assert "it was cancelled before it was shipped" in to_shop.body
    (to_creator,) = sent_to(creator.user.email)
    assert to_creator.subject == "An earning of yours was reversed: €4.12"
    for word in ("maja", "Maja", order.public_id, "Umeå"):
        assert word not in to_creator.body + to_shop.body

    before = len(mail.outbox)
    refund_sending.resolve(at=clock.now())
    jobs.drain()
    assert len(mail.outbox) == before


def test_goods_taken_off_after_a_gift_show_what_the_buyer_had_back_before(
    creator_and_order,
):
    _creator, order = creator_and_order
    asked = {"order": order, "door": "staff", "actor": "", "note": ""}
    whole = refunds.Amount(amount=order.total_amount, currency="EUR")
    refunds.refund(
        **asked,
        wanted=whole,
        reason="adjustment",
        funded_by="platform",
        request_key="gift",
        at=clock.now(),
    )
    jobs.drain()
    mail.outbox.clear()
    lines = {part_of(order).lines.get().pk: 2}
    refunds.refund(
        **asked,
        wanted=refunds.Units(lines=lines),
        reason="cancelled",
        request_key="wish",
        at=clock.now(),
    )
    jobs.drain()

    (to_buyer,) = sent_to("maja@example.com")
    assert "Your order has changed" in to_buyer.body
    assert "You had this back before" in to_buyer.body
    assert "−€44.85" in to_buyer.body
    assert "You get back: €0.00" in to_buyer.body
    assert "Banks take" not in to_buyer.body


def test_a_withdrawal_has_a_dated_receipt_that_says_where_to_send_the_goods(
    creator_and_order,
):
    _creator, order = creator_and_order
    market.ship(order)
    jobs.drain()
    mail.outbox.clear()
    refund_doors.withdraw(
        seller_order=part_of(order),
        quantities=None,
        actor="",
        request_key="w",
        at=clock.now(),
    )
    jobs.drain()
    (receipt,) = sent_to("maja@example.com")
    assert receipt.subject.startswith("Receipt: you withdrew, order ")
    assert "Maja Nyström" in receipt.body
    assert "2 ×" in receipt.body
    assert "Keizersgracht 1" in receipt.body
    (to_shop,) = sent_to("shop@example.com")
    assert to_shop.subject == f"A buyer withdrew from order {part_of(order).public_id}"


def test_a_return_is_noted_and_declined_with_the_reason(creator_and_order):
    _creator, order = creator_and_order
    market.ship(order)
    jobs.drain()
    mail.outbox.clear()
    parcel = refund_doors.request_return(
        seller_order=part_of(order), quantities=None, note="Torn", at=clock.now()
    )
    jobs.drain()
    assert "Torn" in sent_to("shop@example.com")[0].body
    mail.outbox.clear()
    refund_doors.decline_return(
        parcel=parcel, actor="", note="It was worn", at=clock.now()
    )
    jobs.drain()
    (message,) = mail.outbox
    assert message.to == ["maja@example.com"]
    assert "It was worn" in message.body


def test_a_refund_that_the_bank_sends_back_is_told_once(creator_and_order):
    _creator, order = creator_and_order
    cancel(order)
    mail.outbox.clear()
    refund = Refund.objects.get()
    market.advance(timedelta(days=2))
    sandbox_control.fail_refund(refund.provider_id)
    for _round in range(2):
        facts = gateway.fetch_refund(refund_id=refund.provider_id)
        refund_sending.record(refund=refund, facts=facts, at=clock.now())
        jobs.drain()
    (message,) = mail.outbox
    assert message.subject == f"Your refund for order {order.public_id} came back"
    assert "€44.85 could not reach you" in message.body


def test_a_lost_dispute_is_told_to_those_it_takes_from(creator_and_order):
    creator, order = creator_and_order
    market.ship(order)
    jobs.drain()
    dispute = make_disputes.opened(order)
    mail.outbox.clear()
    make_disputes.decided(dispute, "lost")
    (message,) = sent_to(creator.user.email)
    assert "a lost dispute" in message.body
    assert sent_to("maja@example.com") == []
