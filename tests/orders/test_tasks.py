"""What time does to orders: unpaid ones are given up, shipped ones have arrived."""

from datetime import timedelta

import pytest

from marketplace.gateway import sandbox_control
from marketplace.kit import clock
from orders import tasks
from orders.models import Order, OrderStatus, PaymentStatus
from orders.services import cart as carts
from orders.services import checkout, fulfilment, payments, quotes
from orders.services import tax as taxes
from sellers.models import Reservation
from tests.factories import orders, sellers

pytestmark = pytest.mark.django_db(transaction=True)
AT = orders.AT


@pytest.fixture
def placed(stripe) -> Order:
    """An order of one cup, its payment page open, placed now."""
    at = clock.now()
    taxes.set_rate(country="SE", rate_bps=2500, is_included=True, collected_by="seller")
    cart = carts.open_cart(token=carts.new_token(), user=None, at=at)
    carts.add(cart=cart, variant=sellers.variant(), quantity=1, via=None, at=at)
    order = checkout.place(
        cart=cart,
        buyer=checkout.Buyer(
            email="maja@example.com",
            user=None,
            name="Maja Nyström",
            line1="Kungsgatan 31",
            postal_code="903 26",
            city="Umeå",
            region="",
            country="SE",
            phone="",
            language="en",
            ip="",
        ),
        shown=quotes.quote(cart=cart, country="SE", at=at).fingerprint,
        at=at,
    )
    payments.open(payment_id=order.payments.get().pk, at=at)
    return order


def test_an_unpaid_order_is_given_up_when_its_time_is_over(placed):
    tasks.expire_unpaid(at=placed.expires_at - timedelta(seconds=1))
    placed.refresh_from_db()
    assert placed.status == OrderStatus.AWAITING_PAYMENT

    tasks.expire_unpaid(at=placed.expires_at)
    placed.refresh_from_db()
    assert placed.status == OrderStatus.CANCELLED
    assert placed.payments.get().status == PaymentStatus.EXPIRED
    reservation = Reservation.objects.get()
    assert reservation.status == "released"
    assert reservation.variant.reserved == 0


def test_giving_up_twice_changes_nothing_more(placed):
    tasks.expire_unpaid(at=placed.expires_at)
    events = placed.events.count()
    tasks.expire_unpaid(at=placed.expires_at + timedelta(hours=1))
    assert placed.events.count() == events


def test_an_order_paid_at_the_last_moment_is_kept(placed):
    sandbox_control.pay(page_url=placed.payments.get().page_url)
    tasks.expire_unpaid(at=placed.expires_at)
    placed.refresh_from_db()
    assert placed.status == OrderStatus.AWAITING_PAYMENT
    assert Reservation.objects.get().status == "active"


def test_an_order_whose_page_cannot_be_closed_now_waits_for_the_next_run(placed):
    sandbox_control.arm_fault(match="POST /v1/checkout/sessions/*", do="timeout_before")
    tasks.expire_unpaid(at=placed.expires_at)
    placed.refresh_from_db()
    assert placed.status == OrderStatus.AWAITING_PAYMENT
    tasks.expire_unpaid(at=placed.expires_at)
    placed.refresh_from_db()
    assert placed.status == OrderStatus.CANCELLED


def test_what_was_shipped_three_days_ago_has_arrived():
    part = orders.order().seller_orders.get()
    fulfilment.ship(seller_order=part, carrier="", tracking_number="", at=AT)
    tasks.assume_delivered(at=AT + timedelta(days=3))
    part.refresh_from_db()
    assert part.status == OrderStatus.DELIVERED
