"""What of an order is given back: which lines, which delivery, and what is left of it."""

import pytest

from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from orders.models import Refund
from orders.services import fulfilment
from payouts.models import Reversal
from payouts.services import refund_parts, refunds
from payouts.services.refunds import Amount, Bearer, Units
from tests.factories import disputes, market, refunding
from tests.factories.refunding import refund

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.fixture
def order():
    """Two sellers: three shirts of 19.95 and a mug of 24.50, and a lamp of 30.00;
    delivery 4.95 each.
    """
    market.take_in_topups()
    shop = market.shop()
    return market.buy(
        market.cart(
            (market.variant(shop, price_amount=1995), 3),
            (market.variant(shop, price_amount=2450), 1),
            (market.variant(market.shop(), price_amount=3000), 1),
        )
    )


@pytest.fixture
def part(order):
    """The part with the shirts and the mug."""
    return order.seller_orders.order_by("pk").first()


@pytest.fixture
def shirts(part):
    return part.lines.get(unit_amount=1995)


@pytest.fixture
def mug(part):
    return part.lines.get(unit_amount=2450)


def lines_of(made: Refund) -> list[tuple[int | None, int, int]]:
    """Each line that is given back (none: a delivery), with its units and amount."""
    return list(made.lines.values_list("line", "quantity", "amount").order_by("pk"))


def test_an_amount_for_one_line_is_taken_from_that_line_alone(order, mug):
    made = refund(order, Amount(amount=500, currency="EUR", line_id=mug.pk))

    assert lines_of(made) == [(mug.pk, 0, 500)]


def test_an_amount_for_one_part_is_spread_over_that_part_alone(order, part):
    wanted = Amount(amount=8930, currency="EUR", seller_order_id=part.pk)

    made = refund(order, wanted)

    assert [amount for _, _, amount in lines_of(made)] == [5985, 2450, 495]
    assert {line.seller_order for line in made.lines.all()} == {part}


def test_a_line_is_cancelled_whatever_has_shipped_of_another(order, part, shirts, mug):
    fulfilment.ship(
        seller_order=part,
        carrier="",
        tracking_number="",
        at=clock.now(),
        quantities={shirts.pk: 3},
    )

    made = refund(order, Units(lines={mug.pk: 1}), reason="cancelled")

    assert lines_of(made) == [(mug.pk, 1, 2450)]


def test_delivery_goes_back_with_the_last_line_of_a_part_and_not_before(
    order, shirts, mug
):
    first = refund(order, Units(lines={mug.pk: 1}), reason="cancelled")
    last = refund(order, Units(lines={shirts.pk: 3}), reason="cancelled", key="wish-2")

    assert lines_of(first) == [(mug.pk, 1, 2450)]
    assert lines_of(last) == [(shirts.pk, 3, 5985), (None, 0, 495)]


def test_what_the_buyer_is_owed_cannot_be_refunded_beside_it(order, deliver):
    """A refund failed after it was sent: its money is still the buyer's."""
    payment = order.payments.get()
    assert refund_parts.refundable_amount(payment=payment) == 12_425
    assert refund_parts.due_amount(order=order) == 0
    made = refund(order, Amount(amount=1000, currency="EUR"))
    jobs.drain()
    made.refresh_from_db()
    sandbox_control.fail_refund(made.provider_id)

    deliver()

    assert refund_parts.due_amount(order=order) == 1000
    assert refund_parts.refundable_amount(payment=payment) == 11_425
    with pytest.raises(refunds.RefundExceeds) as refused:
        refund(order, Amount(amount=11_426, currency="EUR"), key="wish-2")
    assert refused.value.remaining_amount == 11_425


def test_a_refund_after_the_transfer_takes_it_back_where_the_parties_bear_it(
    order, part, mug
):
    """8.25 % of the mug was the platform's; its seller was sent the rest."""
    market.ship(order)
    market.release_sellers()

    refund(order, Amount(amount=700, currency="EUR"), funded_by="platform")
    assert Reversal.objects.count() == 0
    made = refund(order, Units(lines={mug.pk: 1}), reason="returned", key="wish-2")

    taken_back = Reversal.objects.get()
    assert (taken_back.refund, taken_back.amount, taken_back.status) == (
        made,
        2450 - 202,
        "planned",
    )
    assert taken_back.transfer.account == part.shop.connected_account
    jobs.drain()


def test_what_the_platform_gives_is_borne_by_no_party_and_no_pot(order):
    shown = refunds.preview(
        order=order,
        wanted=Amount(amount=700, currency="EUR"),
        reason="adjustment",
        at=clock.now(),
        funded_by="platform",
    )

    assert shown.bearers == (
        Bearer(
            role="platform",
            account=None,
            name="",
            amount=700,
            from_held_amount=0,
            from_payable_amount=0,
            from_receivable_amount=0,
        ),
    )
    assert (shown.amount, shown.remaining_amount) == (700, 11_725)


def test_a_preview_of_goods_with_a_discount_names_the_platforms_part_of_it():
    """19.95 with 10 % from the platform: the buyer paid 17.95 of it."""
    market.take_in_topups()
    variant = market.variant(market.shop(), price_amount=1995)
    order = market.buy(market.cart((variant, 2), code=market.code()))
    wanted = Units(lines={order.seller_orders.get().lines.get().pk: 1})
    asked = {"order": order, "wanted": wanted, "reason": "cancelled"}

    shown = refunds.preview(**asked, at=clock.now())
    made = refund(**asked)

    assert shown.amount == made.amount == 1795
    assert [(one.role, one.amount) for one in shown.bearers] == [
        ("seller", 1831),
        ("platform", 164),
        ("subsidy", -200),
    ]


@pytest.mark.parametrize("reason", ["returned", "withdrawn"])
def test_delivery_stays_with_a_part_of_which_one_unit_was_only_returned(reason):
    """A return after the days of withdrawal is no right to the delivery; what is
    withdrawn from whole is.
    """
    order = refunding.three_shirts(market.shop())
    market.ship(order)
    refund(order, refunding.shirts(order, 1), reason=reason)

    last = refund(order, refunding.shirts(order, 2), reason="withdrawn", key="wish-2")

    assert last.amount == 3990 + (495 if reason == "withdrawn" else 0)


def test_an_amount_measured_in_units_takes_no_units(order, shirts):
    made = refund(order, Units(lines={shirts.pk: 2}), reason="adjustment")

    assert lines_of(made) == [(shirts.pk, 0, 3990)]


def test_a_single_cent_is_refunded(order, mug):
    made = refund(order, Amount(amount=1, currency="EUR", line_id=mug.pk))

    assert (made.amount, lines_of(made)) == (1, [(mug.pk, 0, 1)])


@pytest.mark.parametrize("units", [-1, True, 4])
def test_units_that_are_none_are_refused(order, shirts, units):
    with pytest.raises(refund_parts.UnitsExceed):
        refund(order, Units(lines={shirts.pk: units}), reason="cancelled")

    assert not Refund.objects.exists()


@pytest.mark.parametrize(
    ("reason", "funded_by"),
    [("adjustment", "parties"), ("adjustment", "platform"), ("cancelled", "parties")],
)
def test_no_units_are_nothing_to_refund(order, shirts, reason, funded_by):
    with pytest.raises(refunds.NothingToRefund):
        refund(order, Units(lines={shirts.pk: 0}), reason=reason, funded_by=funded_by)

    assert not Refund.objects.exists()


def test_nothing_is_left_of_a_payment_a_bank_took_after_a_part_went_back(order):
    """The bank took all of it, and the buyer had 7.00 before: not -7.00 is left."""
    refund(order, Amount(amount=700, currency="EUR"))
    jobs.drain()
    disputes.decided(disputes.opened(order, amount=12_425), "lost")

    assert refund_parts.refundable_amount(payment=order.payments.get()) == 0


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (refund_parts.RefundExceeds(480, "EUR"), 409),
        (refund_parts.UnitsExceed(1), 409),
        (refund_parts.AmountRefused(), 400),
        (refund_parts.NotOfThisOrder(), 404),
        (refund_parts.NothingToRefund(), 409),
        (refunds.AlreadyRequested(Refund()), 409),
        (refunds.OrderDisputed(), 409),
        (refunds.FundingRefused(), 400),
    ],
    ids=lambda given: getattr(given, "code", None),
)
def test_a_refusal_carries_the_status_of_its_answer(refusal, status):
    assert refusal.status_code == status
