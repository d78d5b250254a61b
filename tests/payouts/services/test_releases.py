"""What was held becomes payable when its hold is over, not a moment before, once."""

from datetime import timedelta

import pytest

from marketplace.kit import clock, jobs
from orders.models import SellerOrder
from orders.services import fulfilment
from payouts.models import Credential, Entry, Transfer
from payouts.services import holds, ledger, refunds, releases
from tests.factories import market

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]
SECOND = timedelta(seconds=1)


@pytest.fixture
def order():
    shop = market.shop()
    nina = market.creator(shop)
    variant = market.variant(shop, price_amount=1995)
    market.take_in_topups()
    return market.buy(market.cart((variant, 3, nina)))


def part_of(order) -> SellerOrder:
    return SellerOrder.objects.get(order=order)


def test_a_seller_is_released_seven_days_after_the_last_unit_was_shipped(order):
    market.ship(order, delivered=False)
    shipped_at = part_of(order).fulfilled_at
    market.advance(7 * market.DAY)

    assert releases.release_sellers(at=shipped_at + 7 * market.DAY - SECOND) == 0
    assert releases.release_sellers(at=shipped_at + 7 * market.DAY) == 1
    assert releases.release_sellers(at=shipped_at + 9 * market.DAY) == 0

    assert Entry.objects.filter(kind="seller_release").count() == 1
    assert Transfer.objects.count() == 1


def test_a_part_shipped_in_part_releases_nothing(order):
    part = part_of(order)
    line = part.lines.get()
    fulfilment.ship(
        seller_order=part,
        carrier="PostNL",
        tracking_number="3S",
        at=clock.now(),
        quantities={line.pk: 2},
    )

    assert releases.release_sellers(at=clock.now() + 90 * market.DAY) == 0
    assert Transfer.objects.count() == 0


def test_a_creator_is_released_fourteen_days_after_delivery(order):
    market.ship(order)
    delivered_at = part_of(order).delivered_at
    market.advance(14 * market.DAY)
    at = clock.now()

    early = delivered_at + 14 * market.DAY - SECOND
    assert releases.release_creators(at=at, before=early) == 0
    due = delivered_at + 14 * market.DAY
    assert releases.release_creators(at=due, before=due) == 1
    assert releases.release_creators(at=due, before=due) == 0

    payable = [
        amount
        for code, amount in ledger.balances().items()
        if code.startswith("creator_payable")
    ]
    assert payable == [618]


def test_a_gift_of_the_platform_before_the_arrival_holds_no_share_back(order):
    """The buyer has all his money back, out of the platform's: the part is over before
    it arrived, and its parties have earned what they have earned.
    """
    market.ship(order, delivered=False)
    refunds.refund(
        order=order,
        wanted=refunds.Amount(amount=order.total_amount, currency="EUR"),
        door="staff",
        reason="adjustment",
        actor="staff-1",
        note="late, and we are sorry",
        request_key="wish-1",
        funded_by="platform",
        at=clock.now(),
    )
    part = part_of(order)
    assert (part.status, part.delivered_at) == ("refunded", None)
    arrived = part.fulfilled_at + 3 * market.DAY
    fulfilment.assume_delivered(at=arrived)
    due = arrived + 14 * market.DAY

    assert releases.release_creators(at=due, before=due - SECOND) == 0
    assert releases.release_creators(at=due, before=due) == 1

    assert part_of(order).status == "refunded"
    assert [
        amount
        for code, amount in ledger.balances().items()
        if code.startswith("creator_") and amount
    ] == [618]


def test_money_of_a_shop_that_cannot_be_paid_yet_waits_in_payable():
    shop = market.shop(is_payable=False)
    market.ship(market.buy(market.cart((market.variant(shop, price_amount=1995), 3))))

    market.release_sellers()

    assert Transfer.objects.count() == 0
    assert ledger.balances()[f"seller_payable:{shop.public_id}:EUR"] == 5_986
    market.payable(shop)
    releases.plan_waiting(at=clock.now())
    releases.plan_waiting(at=clock.now())
    jobs.drain()
    assert Transfer.objects.get().status == "sent"
    assert ledger.balances()[f"seller_payable:{shop.public_id}:EUR"] == 0


def test_payees_with_nothing_to_plan_cost_no_query_each(django_assert_num_queries):
    shops = [market.shop() for _ in range(4)]
    for shop in shops:
        market.ship(
            market.buy(market.cart((market.variant(shop, price_amount=1995), 1)))
        )
    blocked = [
        holds.place(
            account=shop.connected_account,
            reason="Looked into",
            actor="user:staff",
            at=clock.now(),
        )
        for shop in shops[1:]
    ]
    holds.note_change(
        account=shops[0].connected_account,
        what=Credential.PAYOUT_ACCOUNT,
        at=clock.now() + 8 * market.DAY,
    )
    market.release_sellers()
    assert Transfer.objects.count() == 0

    # The switch, who is in credit, who of them can be paid, and what of which sale.
    with django_assert_num_queries(4):
        releases.plan_waiting(at=clock.now())

    holds.lift(hold=blocked[0], reason="All well", actor="user:staff", at=clock.now())
    releases.plan_waiting(at=clock.now())
    assert Transfer.objects.get().account == shops[1].connected_account
    later = market.advance(4 * market.DAY)
    releases.plan_waiting(at=later)
    assert {transfer.account for transfer in Transfer.objects.all()} == {
        shop.connected_account for shop in shops[:2]
    }
