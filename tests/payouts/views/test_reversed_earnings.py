"""What parties read of earnings that were taken back, and of what they owe."""

import pytest
from django.urls import reverse

from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from payouts.models import Accrual
from payouts.services import party_payouts, refunds
from payouts.services.refunds import Units
from sellers.models import Membership
from tests.factories import disputes as make_disputes
from tests.factories import market
from tests.factories import sellers as make_sellers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.fixture
def shop():
    return market.shop()


@pytest.fixture
def creator(shop):
    return market.creator(shop)


@pytest.fixture
def order(shop, creator):
    """Two shirts of 19.95 through a creator, delivery 4.95, paid and arrived."""
    market.take_in_topups()
    shirt = market.variant(shop, price_amount=1995)
    order = market.buy(market.cart((shirt, 2, creator)))
    market.ship(order)
    jobs.drain()
    return order


def refund(order, units):
    refunds.refund(
        order=order,
        wanted=Units(lines={order.seller_orders.get().lines.get().pk: units}),
        door="staff",
        reason="returned",
        actor="",
        note="",
        request_key=f"r{units}",
        at=clock.now(),
    )
    jobs.drain()


def pages(client, creator):
    client.force_login(creator.user)
    share = Accrual.objects.get(kind="share")
    for url in (
        reverse("payouts:earnings"),
        reverse("payouts:earning", args=[share.public_id]),
    ):
        yield client.get(url).content.decode()


def test_an_adjusted_earning_shows_both_amounts_and_why_and_no_buyer(
    client, creator, order
):
    refund(order, 1)
    for text in pages(client, creator):
        assert "€4.12" in text
        assert "€2.06" in text
        assert "The buyer sent it back" in text
        for word in ("Maja", "maja", "Umeå"):
            assert word not in text


def test_a_reversed_earning_shows_that_all_was_taken_back(client, creator, order):
    refund(order, 2)
    listed, why = pages(client, creator)
    assert "Reversed" in listed
    assert "All of it was taken back" in why


def test_a_disputed_earning_is_held_and_says_so(client, creator, order):
    make_disputes.opened(order)
    for text in pages(client, creator):
        assert "Held" in text
        assert "bank disputes the payment" in text


def test_who_owes_reads_how_much_and_how_it_is_made_good(
    client, shop, creator, order, settings
):
    settings.CLAWBACK = {
        "seller": {"reverse": False, "net": True},
        "creator": {"reverse": False, "net": True},
    }
    market.release_sellers()
    refund(order, 1)
    owner = make_sellers.user("owner@example.com")
    Membership.objects.filter(shop=shop).update(user=owner)
    client.force_login(owner)
    text = client.get(
        reverse("payouts:seller-earnings", args=[shop.public_id])
    ).content.decode()
    assert "You owe" in text
    assert "€16.24" in text
    assert "taken off what you earn next" in text


def test_a_payout_that_the_bank_sent_back_stands_above_the_earnings(
    client, shop, order
):
    market.release_sellers()
    market.advance(8 * market.DAY)
    account = shop.connected_account
    payout_id = sandbox_control.pay_out(account.provider_id, "EUR")
    sandbox_control.fail_payout(account.provider_id, payout_id, "account_closed")
    party_payouts.poll(at=clock.now())
    owner = make_sellers.user("owner@example.com")
    Membership.objects.filter(shop=shop).update(user=owner)
    client.force_login(owner)

    text = client.get(
        reverse("payouts:seller-earnings", args=[shop.public_id])
    ).content.decode()

    assert "Your bank sent €" in text
    assert text.index("Your bank sent €") < text.index("sent so far")
