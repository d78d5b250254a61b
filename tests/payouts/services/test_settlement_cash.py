"""The notices of a payment in cash: whatever comes, in whatever order, ends the same."""

import itertools
from types import SimpleNamespace

import pytest

from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from marketplace.webhooks.models import StripeEvent
from marketplace.webhooks.services import inbox
from orders.models import OrderStatus, PaymentStatus, Voucher
from payouts.models import Entry
from payouts.services import settlement
from tests.factories import market

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("japan", "books")]

ISSUED = ("checkout.session.completed", "payment_intent.requires_action")
PAID = (
    "checkout.session.async_payment_succeeded",
    "payment_intent.succeeded",
    "charge.succeeded",
)


@pytest.fixture
def shop():
    return market.shop(country="JP", currency="JPY", delivery_amount=0)


@pytest.fixture
def goods(shop):
    return market.variant(shop, price_amount=1_000, stock=1_000)


@pytest.fixture(autouse=True)
def _no_limits(settings):
    settings.PLACES_PER_HOUR = settings.UNPAID_ORDERS_PER_BUYER = 10_000


def issued(goods, number=0):
    """A page on which the buyer chose cash; nobody has told the platform."""
    buyer = market.buyer(country="JP", email=f"b{number}@example.com")
    payment = market.open_page(market.place(market.cart((goods, 1)), buyer))
    sandbox_control.pay_konbini(page_url=payment.page_url)
    intent = market.facts_of(payment).payment_intent_id
    return SimpleNamespace(payment=payment, intent=intent)


def forget():
    for notice in sandbox_control.pending():
        sandbox_control.answered(notice["id"], 200)


def tell(kind, copies=2):
    """Deliver one kind of notice, more than once, and do the work."""
    for notice in sandbox_control.pending():
        if notice["type"] == kind:
            for _ in range(copies):
                inbox.receive(
                    endpoint=notice["endpoint"],
                    body=notice["body"].encode(),
                    header=notice["signature"],
                    at=clock.now(),
                )
    jobs.drain()


def state(payment):
    payment.refresh_from_db()
    payment.order.refresh_from_db()
    entries = Entry.objects.filter(order_reference=payment.order.public_id)
    return (
        payment.status,
        payment.method,
        payment.order.status,
        sorted(entries.values_list("kind", flat=True)),
    )


PAID_ONCE = (PaymentStatus.PAID, "konbini", OrderStatus.PAID, ["capture", "fee"])


def test_in_whatever_order_five_notices_come_they_end_in_one_state(goods):
    """Each order begins before the voucher is paid; it is paid when the first notice
    that says so is due. What comes later tells of a state that has passed. Of the 120
    orders every fifth, so that each pair of notices comes first once.
    """
    orders = list(itertools.permutations(ISSUED + PAID))[::5]
    assert {order[:2] for order in orders} == set(
        itertools.permutations(ISSUED + PAID, 2)
    )
    for number, order in enumerate(orders):
        made = issued(goods, number)
        settled = False
        for kind in order:
            if kind in PAID and not settled:
                sandbox_control.settle_voucher(made.intent)
                settled = True
            tell(kind)
        assert state(made.payment) == PAID_ONCE, order
        forget()
    goods.refresh_from_db()
    assert (goods.on_hand, goods.reserved) == (1000 - len(orders), 0)
    assert set(StripeEvent.objects.values_list("status", flat=True)) == {"done"}


@pytest.mark.parametrize("only", PAID)
def test_each_notice_of_the_cash_alone_settles_it_with_its_fee(goods, only):
    made = issued(goods)
    sandbox_control.settle_voucher(made.intent)
    tell(only, copies=1)
    assert state(made.payment) == PAID_ONCE


@pytest.mark.parametrize("only", ISSUED)
def test_each_notice_of_the_voucher_alone_makes_the_order_wait(goods, only):
    made = issued(goods)
    tell(only, copies=3)
    assert state(made.payment) == (
        PaymentStatus.AWAITING_CASH,
        "konbini",
        OrderStatus.AWAITING_PAYMENT,
        [],
    )
    assert Voucher.objects.count() == 1


@pytest.mark.parametrize(
    "only",
    ["checkout.session.async_payment_failed", "payment_intent.payment_failed"],
)
@pytest.mark.parametrize("is_known", [True, False])
def test_each_notice_that_time_ran_out_gives_the_order_up(goods, only, is_known):
    made = issued(goods)
    if is_known:
        tell("checkout.session.completed")
    sandbox_control.expire_voucher(made.intent)
    tell(only)
    status, _method, order_status, kinds = state(made.payment)
    assert (status, order_status, kinds) == (
        PaymentStatus.EXPIRED,
        OrderStatus.CANCELLED,
        [],
    )
    goods.refresh_from_db()
    assert goods.reserved == 0


def test_what_was_read_before_the_cash_came_does_not_overwrite_it(goods):
    made = issued(goods)
    stale = market.facts_of(made.payment)
    sandbox_control.settle_voucher(made.intent)
    tell("payment_intent.succeeded")

    settlement.apply(payment=made.payment, facts=stale, at=clock.now())

    assert state(made.payment) == PAID_ONCE
    assert Voucher.objects.count() == 0


def test_a_card_that_was_refused_does_not_end_a_page_that_offers_cash(goods):
    buyer = market.buyer(country="JP")
    payment = market.open_page(market.place(market.cart((goods, 1)), buyer))
    with pytest.raises(sandbox_control.errors.CardDeclined):
        market.pay(payment, card="4000000000000002")
    tell("payment_intent.payment_failed")
    assert state(payment)[2] == OrderStatus.AWAITING_PAYMENT

    sandbox_control.pay_konbini(page_url=payment.page_url)
    tell("checkout.session.completed")
    assert state(payment)[0] == PaymentStatus.AWAITING_CASH
