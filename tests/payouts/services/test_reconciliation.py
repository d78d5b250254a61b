"""The books beside the provider's, to the cent: equal when all went well, also with every
notice lost; and each difference found, named, kept, and halting payouts.
"""

from datetime import timedelta

import pytest
from django.db import connection

from marketplace import gateway
from marketplace.gateway import sandbox_control
from marketplace.kit import clock, switches
from orders.models import Payment, PaymentStatus
from payouts.models import (
    AccountKind,
    Discrepancy,
    DiscrepancyKind,
    Entry,
    EntryKind,
    ReconciliationRun,
    ReconciliationScope,
    Transfer,
    TransferStatus,
)
from payouts.services import ledger, reconciliation
from payouts.services.ledger import Move, Name
from tests.factories import market

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]
HOUR = timedelta(hours=1)


@pytest.fixture
def shop():
    return market.shop()


@pytest.fixture
def sold(shop):
    """One order of 64.80 EUR by card, settled, with its fee and the top-ups booked."""
    market.take_in_topups()
    variant = market.variant(shop, price_amount=1995)
    return market.buy(market.cart((variant, 3)))


@pytest.fixture
def sent(sold):
    """The same, shipped and released, its transfer sent."""
    market.ship(sold)
    market.release_sellers()
    return Transfer.objects.get()


def run(*, after: timedelta = HOUR) -> reconciliation.Result:
    """Compare everything so far, late enough that nothing is too young."""
    at = market.advance(after)
    return reconciliation.run(
        scope=ReconciliationScope.SINCE, since=at - timedelta(days=60), until=at, at=at
    )


def named(found: reconciliation.Result) -> list[tuple[str, str, int, int]]:
    return [
        (one.kind, one.reference, one.our_amount, one.their_amount)
        for one in found.differences
    ]


def line_of(type: str) -> gateway.BalanceLine:
    since = clock.now() - timedelta(days=60)
    lines = gateway.list_balance_lines(since=since)
    return next(line for line in lines if line.type == type)


def suspense(currency: str = "EUR") -> int:
    return ledger.balances().get(f"suspense:{currency}", 0)


def behind_the_nets(sql: str, *parameters) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE payouts_posting DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE payouts_entry DISABLE TRIGGER USER")
        cursor.execute(sql, parameters)
        cursor.execute("ALTER TABLE payouts_posting ENABLE TRIGGER USER")
        cursor.execute("ALTER TABLE payouts_entry ENABLE TRIGGER USER")


# --- equal ------------------------------------------------------------------------------
def test_books_that_nobody_disturbed_are_equal_both_ways(sent):
    found = run()

    assert named(found) == []
    assert found.run.is_equal
    for total in found.sums:
        assert total.our_amount == total.their_amount
    for _currency, ours, theirs in found.balances:
        assert ours == theirs
    assert {currency for currency, _, _ in found.balances} >= {"EUR"}
    assert not switches.is_on(switches.PAYOUTS)


def test_the_day_of_a_sale_adds_up_to_its_charge_less_the_fee(sold):
    charge = line_of("charge")
    day = charge.created_at.date()
    found = reconciliation.run_day(day=day, at=market.advance(timedelta(days=1)))

    euro = next(total for total in found.sums if total.currency == "EUR")
    topups = line_of("topup")
    assert charge.amount == 6_480
    assert euro.our_amount == euro.their_amount
    assert euro.their_amount == charge.net_amount + (
        topups.net_amount if topups.created_at.date() == day else 0
    )
    assert found.differences == []


def test_with_every_notice_dropped_the_books_are_equal_within_two_periods(
    shop, deliver
):
    sandbox_control.set_deliveries(mode="drop")
    variant = market.variant(shop, price_amount=1995)
    orders = []
    for number in range(3):
        order = market.place(
            market.cart((variant, 1)), market.buyer(email=f"b{number}@example.com")
        )
        market.pay(market.open_page(order))
        orders.append(order)
    period = timedelta(minutes=15)

    reconciliation.run_light(at=market.advance(period))
    found = reconciliation.run_light(at=market.advance(period))

    assert named(found) == []
    assert [balance[1] - balance[2] for balance in found.balances] == [0] * len(
        found.balances
    )
    for order in orders:
        assert order.payments.get().status == PaymentStatus.PAID
    assert Entry.objects.filter(kind=EntryKind.CAPTURE).count() == 3
    assert Entry.objects.filter(kind=EntryKind.FEE).count() == 3


def test_a_transfer_whose_answer_was_lost_is_no_difference_and_ends_sent(sold):
    market.ship(sold)
    sandbox_control.arm_fault(
        match="POST /v1/transfers", do="timeout_after_commit", times=1
    )
    market.release_sellers()
    assert Transfer.objects.get().status == TransferStatus.UNKNOWN

    found = run(after=timedelta(minutes=5))

    assert named(found) == []
    assert Transfer.objects.get().status == TransferStatus.SENT
    assert not Discrepancy.objects.exists()


def test_nightly_runs_cover_every_day_once_and_no_day_twice(sold):
    assert reconciliation.run_due(at=clock.now()).run.is_equal
    assert reconciliation.run_due(at=clock.now()) is None
    first = ReconciliationRun.objects.get()

    found = reconciliation.run_due(at=market.advance(timedelta(days=3)))

    assert found.run.since_at == first.until_at
    assert found.run.until_at - found.run.since_at == timedelta(days=3)
    assert named(found) == []


def test_the_platforms_bank_payout_and_topups_are_booked_by_the_table(sold):
    sandbox_control.top_up("EUR", 5_000)
    sandbox_control.drain_platform("EUR", 20_000)

    found = run()

    assert named(found) == []
    assert ledger.balances()["bank:EUR"] == line_sum("topup") + line_sum("payout")
    assert Entry.objects.filter(kind=EntryKind.PLATFORM_PAYOUT).count() == 1


def line_sum(type: str) -> int:
    lines = gateway.list_balance_lines(since=clock.now() - timedelta(days=60))
    return sum(
        line.net_amount for line in lines if (line.type, line.currency) == (type, "EUR")
    )


def test_a_refund_and_a_dispute_nobody_told_us_of_are_taken_in(shop, sold):
    variant = market.variant(shop, price_amount=1995)
    other = market.buy(
        market.cart((variant, 1)), market.buyer(email="other@example.com")
    )
    sandbox_control.set_deliveries(mode="drop")
    sandbox_control.refund_from_dashboard(sold.payments.get().payment_intent_id, 700)
    lost = sandbox_control.open_dispute(other.payments.get().payment_intent_id)

    assert named(run()) == []
    sandbox_control.close_dispute(lost, outcome="lost")
    found = run()

    assert named(found) == []
    assert found.balances[0][1] == found.balances[0][2]
    assert sold.refunds.get().amount == 700
    assert other.payments.get().disputes.get().lost_at is not None
    assert not Discrepancy.objects.exists()


# --- different --------------------------------------------------------------------------
def test_a_cent_too_much_in_the_ledger_is_found_named_and_halts_payouts(sold):
    fee = Entry.objects.get(kind=EntryKind.FEE)
    amount = fee.postings.get().amount
    behind_the_nets(
        "UPDATE payouts_posting SET amount = amount + 1 WHERE entry_id = %s", fee.pk
    )
    charge = line_of("charge")

    found = run()

    assert named(found) == [
        (DiscrepancyKind.AMOUNT, charge.id, charge.net_amount - 1, charge.net_amount),
        (
            DiscrepancyKind.BALANCE,
            "stripe_balance:EUR",
            found.balances[0][2] - 1,
            found.balances[0][2],
        ),
    ]
    assert found.differences[0].details["entries"] == [
        f"capture/{charge.source_id}",
        f"fee/{charge.id}",
    ]
    assert switches.is_on(switches.PAYOUTS)
    assert Discrepancy.objects.count() == 2
    behind_the_nets(
        "UPDATE payouts_posting SET amount = %s WHERE entry_id = %s", amount, fee.pk
    )


def test_what_was_mended_is_not_found_again_but_clears_neither_row_nor_halt(sold):
    fee = Entry.objects.get(kind=EntryKind.FEE)
    behind_the_nets(
        "UPDATE payouts_posting SET amount = amount + 1 WHERE entry_id = %s", fee.pk
    )
    run()
    behind_the_nets(
        "UPDATE payouts_posting SET amount = amount - 1 WHERE entry_id = %s", fee.pk
    )

    assert named(run()) == []
    assert switches.is_on(switches.PAYOUTS)
    assert Discrepancy.objects.filter(resolved_at=None).count() == 2


def test_an_entry_the_provider_has_no_line_for_is_named(sold):
    at = clock.now()
    ledger.post(
        kind=EntryKind.TOPUP,
        reference="txn_invented",
        currency="EUR",
        moves=[Move(Name(AccountKind.STRIPE_BALANCE), Name(AccountKind.BANK), 700)],
        at=at,
    )

    found = run()

    assert (DiscrepancyKind.NO_LINE, "topup/txn_invented", 700, 0) in named(found)
    assert found.balances[0][1] - found.balances[0][2] == 700


def test_a_transfer_nobody_asked_for_stands_in_suspense_and_halts_payouts(shop, sold):
    account = shop.connected_account
    transfer = sandbox_control.transfer_from_dashboard(account.provider_id, 900, "EUR")

    found = run()

    line = line_of("transfer")
    assert named(found) == [(DiscrepancyKind.UNKNOWN_LINE, line.id, 0, -900)]
    assert found.differences[0].object_id == transfer
    assert suspense() == -900
    assert switches.is_on(switches.PAYOUTS)
    assert found.balances[0][1] == found.balances[0][2]

    again = run()
    assert named(again) == named(found)
    assert suspense() == -900
    row = Discrepancy.objects.get()
    assert (row.first_run, row.last_run) == (found.run, again.run)


def test_what_is_minutes_old_may_still_be_on_its_way_and_is_left_alone(shop, sold):
    account = shop.connected_account
    sandbox_control.transfer_from_dashboard(account.provider_id, 900, "EUR")

    found = run(after=timedelta(minutes=5))

    assert named(found) == []
    assert suspense() == 0
    assert found.balances[0][1] == found.balances[0][2]


def test_a_second_transfer_under_the_name_of_one_that_was_sent_is_a_stranger(sent):
    gateway.send_transfer(
        request=gateway.TransferRequest(
            reference=sent.public_id,
            amount=100,
            currency="EUR",
            destination=sent.destination,
            transfer_group=sent.transfer_group,
            source_charge_id=None,
            description="twice",
        ),
        key="another-key",
    )

    found = run()

    assert [one[0] for one in named(found)] == [DiscrepancyKind.UNKNOWN_LINE]
    assert suspense() == -100


def test_a_transfer_row_the_provider_does_not_have_is_named(sent):
    true_id = sent.provider_id
    Transfer.objects.update(provider_id="tr_invented")

    found = run()

    assert (DiscrepancyKind.NO_OBJECT, "tr_invented", sent.amount, 0) in named(found)
    assert (DiscrepancyKind.UNKNOWN_OBJECT, true_id, 0, sent.amount) in named(found)
    Transfer.objects.update(provider_id=true_id)


def test_a_payment_with_another_amount_than_its_charge_is_named(sold):
    charge = Payment.objects.get().charge_id
    Payment.objects.update(amount=6_479)

    found = run()

    assert named(found) == [
        (DiscrepancyKind.OBJECT_DIFFERS, charge, 6_479, 6_480),
    ]
    Payment.objects.update(amount=6_480)


def test_a_reversal_made_in_the_dashboard_is_taken_in_without_a_difference(sent):
    reversal = sandbox_control.reverse_from_dashboard(sent.provider_id, 500)

    found = run()

    assert named(found) == []
    made = sent.reversals.get()
    assert (made.provider_id, made.amount, made.is_external) == (reversal, 500, True)
    assert suspense() == 0


def test_a_reversal_our_rows_have_with_another_amount_is_named(sent):
    sandbox_control.reverse_from_dashboard(sent.provider_id, 500)
    run()
    made = sent.reversals.get()
    sent.reversals.update(amount=499)

    found = run()

    assert named(found) == [
        (DiscrepancyKind.OBJECT_DIFFERS, made.provider_id, 499, 500)
    ]
    sent.reversals.update(amount=500)


def test_a_provider_that_does_not_answer_leaves_the_run_unfinished(sold):
    sandbox_control.arm_fault(
        match="GET /v1/balance_transactions", do="500_before", times=9
    )

    with pytest.raises(gateway.GatewayError):
        run()

    assert ReconciliationRun.objects.get().finished_at is None
    assert not switches.is_on(switches.PAYOUTS)
    sandbox_control.clear_faults()
