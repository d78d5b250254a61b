"""Whom to ask for a review, about what, and when."""

from datetime import timedelta

import pytest

from orders.models import OrderLine, OrderStatus, Refund
from orders.services import fulfilment, invitations
from tests.factories import feedback, orders, sellers

pytestmark = pytest.mark.django_db
# `feedback.arrived` has an order arrive three days after it was placed.
WEEK_LATER = orders.AT + timedelta(days=10)


def asked(order, at=WEEK_LATER):
    order.refresh_from_db()
    return [line.title for line in invitations.lines_to_review(order=order, at=at)]


def test_what_has_been_there_for_a_week_is_asked_about():
    order = feedback.arrived((sellers.variant(title="Cup"), 1))
    assert asked(order, at=WEEK_LATER - timedelta(seconds=1)) == []
    assert asked(order) == ["Cup"]


def test_what_is_reviewed_is_not_asked_about():
    order = feedback.arrived((sellers.variant(title="Cup"), 1))
    feedback.write(feedback.line_of(order))
    assert asked(order) == []


def test_nobody_is_asked_while_a_part_is_still_coming():
    one = sellers.variant(title="Cup", shop=sellers.shop(name="One"))
    two = sellers.variant(title="Vase", shop=sellers.shop(name="Two"))
    order = orders.order((one, 1), (two, 1))
    first, second = order.seller_orders.order_by("pk")
    for part in (first, second):
        fulfilment.ship(seller_order=part, carrier="", tracking_number="", at=orders.AT)
        part.refresh_from_db()
    fulfilment.mark_delivered(seller_order=first, at=orders.AT)
    assert asked(order) == []
    late = orders.AT + timedelta(days=5)
    fulfilment.mark_delivered(seller_order=second, at=late)
    assert asked(order) == []
    assert asked(order, at=late + timedelta(days=7)) == ["Cup", "Vase"]


def test_a_part_that_was_cancelled_is_not_waited_for():
    one = sellers.variant(title="Cup", shop=sellers.shop(name="One"))
    two = sellers.variant(title="Vase", shop=sellers.shop(name="Two"))
    order = orders.order((one, 1), (two, 1))
    first, second = order.seller_orders.order_by("pk")
    second.move_to(OrderStatus.CANCELLED, at=orders.AT)
    fulfilment.ship(seller_order=first, carrier="", tracking_number="", at=orders.AT)
    first.refresh_from_db()
    fulfilment.mark_delivered(seller_order=first, at=orders.AT)
    assert asked(order) == ["Cup"]


def test_what_went_back_is_not_asked_about():
    order = feedback.arrived((sellers.variant(title="Cup"), 1))
    part = order.seller_orders.get()
    part.move_to(OrderStatus.WITHDRAWN, at=WEEK_LATER)
    assert asked(order) == []


def test_of_a_parcel_only_what_was_kept_is_asked_about():
    shop = sellers.shop()
    cup = sellers.variant(title="Cup", shop=shop)
    order = feedback.arrived((cup, 2), (sellers.variant(title="Vase", shop=shop), 1))
    line = OrderLine.objects.select_related("seller_order__order").get(title="Cup")
    feedback.given_back(line, units=2, amount=line.paid_amount)
    assert asked(order) == ["Vase"]
    Refund.objects.update(
        status="failed", failed_at=WEEK_LATER, withdrawn_at=WEEK_LATER
    )
    assert asked(order) == ["Cup", "Vase"]


def test_a_thing_of_which_one_was_kept_is_asked_about():
    order = feedback.arrived((sellers.variant(title="Cup"), 2))
    line = feedback.line_of(order)
    feedback.given_back(line, units=1, amount=line.paid_amount // 2)
    assert asked(order) == ["Cup"]


def test_who_runs_the_shop_is_not_asked():
    owner = sellers.user("owner@example.com")
    shop = sellers.shop(owner=owner)
    order = feedback.arrived((sellers.variant(shop=shop), 1), user=owner)
    assert asked(order) == []
