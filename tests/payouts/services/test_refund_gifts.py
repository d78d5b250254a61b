"""Goods given up after the marketplace gave the buyer something out of its own: the
gift is made good before the buyer gets the rest.
"""

import pytest

from marketplace import gateway
from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from orders.models import OrderStatus, Refund
from payouts.services import refund_failures, refund_sending, refunds
from payouts.services.refunds import Amount, Units
from tests.factories import market
from tests.factories.refunding import (
    asked_of_provider,
    owed,
    refund,
    shirts,
    the_line,
    three_shirts,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.fixture
def shop():
    return market.shop()


@pytest.fixture
def order(shop):
    return three_shirts(shop)


def give(order, amount, *, key="gift"):
    return refund(
        order, Amount(amount=amount, currency="EUR"), funded_by="platform", key=key
    )


def test_goods_cancelled_after_goodwill_make_it_good_before_the_buyer_gets_the_rest(
    order,
):
    give(order, 700)

    made = refund(order, shirts(order, 3), reason="cancelled")

    assert made.amount == 6480 - 700
    # 700 over 59.85 of shirts and 4.95 of delivery.
    assert list(
        made.lines.order_by("pk").values_list("quantity", "amount", "goodwill_amount")
    ) == [(3, 5985 - 647, 647), (0, 495 - 53, 53)]
    order.refresh_from_db()
    assert order.status == OrderStatus.REFUNDED
    with pytest.raises(refunds.NothingToRefund):
        refund(order, shirts(order, 0), key="wish-3")
    jobs.drain()
    assert asked_of_provider() == [700, 5780]
    # Nobody keeps anything of goods that were never shipped, and nobody has paid.
    assert set(owed()) == {"processing_fee"}


def test_goods_whose_whole_price_was_given_before_go_back_without_money(order):
    give(order, 6480)
    wanted = {"order": order, "wanted": shirts(order, 3), "reason": "cancelled"}

    shown = refunds.preview(**wanted, at=clock.now())
    made = refund(**wanted)
    jobs.drain()

    assert (shown.amount, shown.remaining_amount) == (0, 0)
    assert [(one.role, one.amount) for one in shown.bearers] == [
        ("seller", 5986),
        ("platform", 494),
        ("goodwill", -6480),
    ]
    gift = shown.bearers[-1]
    assert gift.from_held_amount == gift.from_payable_amount == 0
    assert gift.from_receivable_amount == 0
    made.refresh_from_db()
    assert (made.status, made.amount, made.provider_id) == ("sent", 0, None)
    assert asked_of_provider() == [6480]
    assert set(owed()) == {"processing_fee"}
    line = the_line(order)
    line.variant.refresh_from_db()
    assert line.variant.on_hand == 50
    assert order.seller_orders.get().status == OrderStatus.CANCELLED


def test_goods_that_come_back_after_goodwill_take_the_sellers_whole_part(order):
    market.ship(order)
    give(order, 5000)

    made = refund(order, shirts(order, 1), reason="returned")

    assert made.amount == 1480
    assert sum(made.shares.values_list("amount", flat=True)) == 1995
    assert owed()["goodwill"] == -5000 + 1995 - 1480


def test_an_amount_measured_in_units_is_refused_above_what_goodwill_left(order):
    give(order, 5000)

    with pytest.raises(refunds.RefundExceeds) as refused:
        refund(order, shirts(order, 1), reason="adjustment")

    assert refused.value.remaining_amount == 1480
    assert Refund.objects.count() == 1


def test_a_gift_of_one_part_is_not_withdrawn_after_another_part_made_gifts_good(shop):
    """The buyer gave up the other part for less than its price because of both gifts."""
    market.take_in_topups()
    other = market.shop()
    order = market.buy(
        market.cart(
            (market.variant(shop, price_amount=1000), 1),
            (market.variant(other, price_amount=1000), 1),
        )
    )
    first, second = order.seller_orders.order_by("pk")
    for part, amount in ((first, 1000), (second, 1400)):
        wanted = Amount(amount=amount, currency="EUR", seller_order_id=part.pk)
        gift = refund(order, wanted, funded_by="platform", key=f"gift-{part.pk}")
    jobs.drain()
    made = refund(
        order, Units(lines={first.lines.get().pk: 1}), reason="cancelled", key="wish"
    )
    assert made.amount == 2 * 1495 - 1000 - 1400
    gift.refresh_from_db()
    sandbox_control.fail_refund(gift.provider_id)
    refund_sending.record(
        refund=gift,
        facts=gateway.fetch_refund(refund_id=gift.provider_id),
        at=clock.now(),
    )
    before = owed()

    with pytest.raises(refund_failures.CannotWithdraw):
        refund_failures.withdraw(
            refund=gift, actor="staff-1", reason="x", at=clock.now()
        )

    assert owed() == before
