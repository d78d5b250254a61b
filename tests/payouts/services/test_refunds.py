"""Money back to the buyer: what it takes from whom, and what is refused."""

import pytest

from marketplace.kit import clock, jobs
from orders.models import OrderStatus, Refund, RefundLine, RefundStatus
from orders.services import fulfilment
from payouts.models import Dispute, Entry, Posting, ReversedShare, Transfer
from payouts.services import refund_parts, refunds, releases
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


def test_a_refund_writes_its_rows_and_one_entry_before_the_provider_is_asked(order):
    made = refund(order, shirts(order, 1), reason="cancelled")

    assert (made.status, made.amount, made.currency) == ("requested", 1995, "EUR")
    line = made.lines.get()
    assert (line.quantity, line.amount, line.subsidy_amount) == (1, 1995, 0)
    assert sorted(made.shares.values_list("role", "amount", "from_held_amount")) == [
        ("platform", 165, 0),
        ("seller", 1830, 1830),
    ]
    entry = Entry.objects.get(kind="refund")
    assert (entry.reference, entry.order_reference) == (
        made.public_id,
        order.public_id,
    )
    assert owed()["clearing_refund"] == 1995
    assert asked_of_provider() == []


def test_a_sent_refund_is_settled_from_its_own_balance_line(order):
    made = refund(order, shirts(order, 1), reason="cancelled")
    jobs.drain()

    made.refresh_from_db()
    assert made.status == RefundStatus.SENT
    assert made.provider_id
    assert made.sent_at is not None
    settled = Entry.objects.get(kind="refund_settled")
    assert settled.provider_id == made.provider_id
    assert settled.reference.startswith("txn_")
    assert owed() == {
        "seller_held": 5986 - 1830,
        "platform_commission": 494 - 165,
        "processing_fee": -Posting.objects.get(entry__kind="fee").amount,
    }
    assert asked_of_provider() == [1995]


def test_refunding_unit_after_unit_ends_every_share_at_zero(order):
    amounts = []
    for number in range(3):
        made = refund(order, shirts(order, 1), reason="cancelled", key=f"k{number}")
        amounts.append(made.amount)
    jobs.drain()

    # The last one takes the delivery with it: nothing was shipped.
    assert amounts == [1995, 1995, 1995 + 495]
    order.refresh_from_db()
    assert order.status == OrderStatus.REFUNDED
    assert order.seller_orders.get().status == OrderStatus.CANCELLED
    assert set(owed()) == {"processing_fee"}
    with pytest.raises(refunds.NothingToRefund):
        refund(order, Units(lines={}), key="k9")


def pots_of(order, units, *, role="seller", reason="returned") -> tuple[int, int, int]:
    """Give out of which pots a preview takes a party's part: held, payable, a debt."""
    shown = refunds.preview(
        order=order, wanted=shirts(order, units), reason=reason, at=clock.now()
    )
    one = next(bearer for bearer in shown.bearers if bearer.role == role)
    return one.from_held_amount, one.from_payable_amount, one.from_receivable_amount


def test_a_preview_says_who_bears_what_and_equals_the_result(order):
    wanted = shirts(order, 2)
    before = Posting.objects.count()

    shown = refunds.preview(
        order=order, wanted=wanted, reason="cancelled", at=clock.now()
    )

    assert Posting.objects.count() == before
    assert (shown.amount, shown.remaining_amount) == (3990, 6480 - 3990)
    made = refund(order, wanted, reason="cancelled")
    assert made.amount == shown.amount == sum(one.amount for one in shown.bearers)
    rows = ReversedShare.objects.filter(refund=made)
    assert sorted(
        (row.role, row.account, row.amount, row.from_held_amount) for row in rows
    ) == sorted(
        (one.role, one.account, one.amount, one.from_held_amount)
        for one in shown.bearers
    )


def test_more_than_remains_is_refused_with_what_remains(order):
    refund(order, Amount(amount=6000, currency="EUR"))

    with pytest.raises(refunds.RefundExceeds) as refused:
        refund(order, Amount(amount=481, currency="EUR"), key="wish-2")

    assert refused.value.remaining_amount == 480
    assert "€4.80" in refused.value.message
    assert Refund.objects.count() == 1


@pytest.mark.parametrize(
    "wanted",
    [
        Amount(amount=0, currency="EUR"),
        Amount(amount=-5, currency="EUR"),
        Amount(amount=19.95, currency="EUR"),  # type: ignore[arg-type]
        Amount(amount=True, currency="EUR"),
        Amount(amount=100, currency="SEK"),
    ],
)
def test_an_amount_that_is_none_is_refused(order, wanted):
    with pytest.raises(refund_parts.AmountRefused):
        refund(order, wanted)
    assert Refund.objects.count() == 0


def test_the_same_wish_again_is_refused_and_the_provider_asked_once(order):
    first = refund(order, shirts(order, 1), reason="cancelled")

    with pytest.raises(refunds.AlreadyRequested) as refused:
        refund(order, shirts(order, 1), reason="cancelled")

    assert refused.value.refund == first
    assert refused.value.status_code == 409
    jobs.drain()
    assert asked_of_provider() == [1995]


def test_an_amount_is_spread_over_lines_and_delivery(order):
    made = refund(order, Amount(amount=1000, currency="EUR"))

    assert list(
        made.lines.values_list("line_id", "quantity", "amount").order_by("pk")
    ) == [
        (the_line(order).pk, 0, 924),
        (None, 0, 76),
    ]
    assert fulfilment.units_to_ship(seller_order=order.seller_orders.get()) == {
        the_line(order).pk: 3
    }


def test_cancelled_units_are_not_shipped_and_are_back_in_stock(order):
    part, line = order.seller_orders.get(), the_line(order)
    refund(order, shirts(order, 2), reason="cancelled")

    line.variant.refresh_from_db()
    assert line.variant.on_hand == 50 - 3 + 2
    assert fulfilment.units_to_ship(seller_order=part) == {line.pk: 1}
    fulfilment.ship(seller_order=part, carrier="", tracking_number="", at=clock.now())
    part.refresh_from_db()
    assert part.status == OrderStatus.SHIPPED


def test_cancelling_the_last_units_fulfils_a_part_that_has_shipped(order):
    part, line = order.seller_orders.get(), the_line(order)
    at = clock.now()
    fulfilment.ship(
        seller_order=part,
        carrier="",
        tracking_number="",
        at=at,
        quantities={line.pk: 2},
    )
    made = refund(order, shirts(order, 1), reason="cancelled")

    part.refresh_from_db()
    assert (part.status, made.amount) == (OrderStatus.SHIPPED, 1995)
    assert part.fulfilled_at is not None


def test_shipped_units_cannot_be_cancelled_nor_unshipped_ones_returned(order):
    with pytest.raises(refund_parts.UnitsExceed):
        refund(order, shirts(order, 1), reason="returned")
    market.ship(order)
    with pytest.raises(refund_parts.UnitsExceed) as refused:
        refund(order, shirts(order, 1), reason="cancelled")
    assert refused.value.remaining_units == 0
    assert Refund.objects.count() == 0


def test_goodwill_is_borne_by_the_platform_alone(order):
    made = refund(order, Amount(amount=700, currency="EUR"), funded_by="platform")
    jobs.drain()

    assert owed()["goodwill"] == -700
    assert owed()["seller_held"] == 5986
    assert ReversedShare.objects.count() == 0
    assert made.lines.count() == 2
    with pytest.raises(refunds.FundingRefused):
        refund(
            order,
            shirts(order, 1),
            reason="cancelled",
            funded_by="platform",
            key="wish-2",
        )
    with pytest.raises(refunds.RefundExceeds) as refused:
        refund(order, Amount(amount=6480, currency="EUR"), key="wish-3")
    assert refused.value.remaining_amount == 6480 - 700


def test_a_disputed_payment_is_not_refunded(order):
    Dispute.objects.create(
        payment=order.payments.get(),
        provider_id="dp_1",
        status="needs_response",
        reason="fraudulent",
        amount=6480,
        currency="EUR",
        submissions=0,
        opened_at=clock.now(),
        checked_at=clock.now(),
    )
    with pytest.raises(refunds.OrderDisputed):
        refund(order, Amount(amount=100, currency="EUR"))
    assert Refund.objects.count() == 0
    Dispute.objects.all().delete()


def test_a_discount_may_be_used_again_only_when_all_was_cancelled(shop):
    market.take_in_topups()
    variant = market.variant(shop, price_amount=1995)
    order = market.buy(market.cart((variant, 2), code=market.code()))
    refund(order, shirts(order, 1), reason="cancelled")
    assert order.redemption.released_at is None
    refund(order, shirts(order, 1), reason="cancelled", key="wish-2")
    order.redemption.refresh_from_db()
    assert order.redemption.released_at is not None


def test_a_refund_after_release_takes_what_is_payable_and_the_transfer_shrinks(
    shop, order
):
    """The payee's account is not active: its money waits in payable."""
    market.ship(order)
    account = shop.connected_account
    account.status = "payouts_paused"
    account.save()
    assert pots_of(order, 1) == (1830, 0, 0)
    releases.release_sellers(at=market.advance(8 * market.DAY))
    assert pots_of(order, 1) == (0, 1830, 0)
    made = refund(order, shirts(order, 1), reason="returned")

    share = made.shares.get(role="seller")
    assert (share.from_held_amount, share.from_payable_amount) == (0, 1830)
    assert owed()["seller_payable"] == 5986 - 1830
    jobs.drain()


@pytest.mark.parametrize("state", ["planned", "unknown", "submitted"])
def test_a_refund_while_the_transfer_is_under_way_becomes_a_debt(order, state):
    market.ship(order)
    releases.release_sellers(at=market.advance(8 * market.DAY))
    Transfer.objects.update(
        status=state, submitted_at=None if state == "planned" else clock.now()
    )

    assert pots_of(order, 1) == (0, 0, 1830)
    made = refund(order, shirts(order, 1), reason="returned")

    share = made.shares.get(role="seller")
    assert share.from_receivable_amount == 1830
    assert owed()["receivable"] == -1830
    assert owed()["clearing_transfer"] == 5986
    assert Transfer.objects.get().amount == 5986


def test_returning_the_last_unit_refunds_part_and_order_and_keeps_delivery(order):
    market.ship(order)
    made = refund(order, shirts(order, 3), reason="returned")
    jobs.drain()

    order.refresh_from_db()
    part = order.seller_orders.get()
    assert (made.amount, part.status, order.status) == (
        5985,
        OrderStatus.REFUNDED,
        OrderStatus.REFUNDED,
    )
    assert RefundLine.objects.filter(line=None).count() == 0
    market.release_sellers()
    assert Transfer.objects.get().amount == 495


def test_a_refund_of_two_lines_and_deliveries_names_what_is_not_of_the_order(order):
    other = market.buy(
        market.cart((market.variant(market.shop(), price_amount=500), 1)),
        market.buyer(email="b@example.com"),
    )
    line, part = the_line(other), other.seller_orders.get()
    for wanted in (
        Units(lines={line.pk: 1}),
        Units(lines={}, deliveries=frozenset({part.pk})),
        Amount(amount=1, currency="EUR", line_id=line.pk),
        Amount(amount=1, currency="EUR", seller_order_id=part.pk),
    ):
        with pytest.raises(refund_parts.NotOfThisOrder):
            refund(order, wanted)
    assert Refund.objects.count() == 0


def test_delivery_alone_is_given_back_when_somebody_says_so(order):
    market.ship(order)
    part = order.seller_orders.get()
    made = refund(
        order, Units(lines={}, deliveries=frozenset({part.pk})), reason="returned"
    )
    assert list(made.lines.values_list("line", "amount")) == [(None, 495)]
    part.refresh_from_db()
    assert part.status == OrderStatus.DELIVERED


def test_an_unpaid_order_has_nothing_to_refund(shop):
    unpaid = market.place(market.cart((market.variant(shop, price_amount=500), 1)))
    with pytest.raises(refunds.NothingToRefund):
        refund(unpaid, Amount(amount=1, currency="EUR"))
