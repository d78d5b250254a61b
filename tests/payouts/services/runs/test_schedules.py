"""Payout runs: one for each currency and cut-off, the whole balance, once."""

from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest

from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from payouts.models import AccountKind, PayoutRun, PayoutSkip, Transfer
from payouts.services import calendar, ledger, payout_runs, transfers
from tests.factories import market

FRIDAY = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "at", "cut_off"),
    [
        ("weekly", FRIDAY + timedelta(hours=2), FRIDAY),
        ("weekly", FRIDAY + timedelta(hours=1, minutes=59), FRIDAY - 7 * market.DAY),
        ("weekly", FRIDAY + 6 * market.DAY, FRIDAY),
        ("daily", FRIDAY + timedelta(days=1, hours=3), FRIDAY + market.DAY),
        ("daily", FRIDAY + timedelta(hours=1, minutes=59), FRIDAY - market.DAY),
        ("monthly", FRIDAY, datetime(2026, 11, 1, tzinfo=UTC)),
        (
            "monthly",
            datetime(2026, 12, 1, 1, tzinfo=UTC),
            datetime(2026, 11, 1, tzinfo=UTC),
        ),
    ],
)
def test_the_cut_off_of_a_schedule(schedule, at, cut_off):
    assert payout_runs.due_cut_off(at=at, schedule=schedule) == cut_off


def test_the_next_weekly_run_is_on_friday_at_two():
    at = FRIDAY + timedelta(hours=2)

    assert payout_runs.next_run_at(at=at, schedule="weekly") == at + 7 * market.DAY


@pytest.fixture
def earned(books, settings):
    """A creator with a delivered sale of 618 cents' share."""
    settings.PAYOUT_MINIMUM_AMOUNTS = {"EUR": 618}
    shop = market.shop()
    nina = market.creator(shop)
    market.take_in_topups()
    variant = market.variant(shop, price_amount=1995)
    market.ship(market.buy(market.cart((variant, 3, nina))))
    return nina


def payable_of(creator) -> int:
    return ledger.balances()[f"creator_payable:{creator.public_id}:EUR"]


@pytest.mark.django_db
def test_a_run_takes_the_whole_balance_and_is_done_when_it_is_sent(earned):
    run = market.run_creators()

    item = run.items.get()
    assert (run.status, item.amount, item.transfer.status) == ("done", 618, "sent")
    assert payable_of(earned) == 0
    assert payout_runs.totals(run) == {"skipped": 0, "sent": 618}


@pytest.mark.django_db
def test_the_same_cut_off_runs_once(earned):
    run = market.run_creators()

    with pytest.raises(payout_runs.RunExists):
        payout_runs.start(currency="EUR", cut_off_at=run.cut_off_at, at=clock.now())

    assert PayoutRun.objects.count() == Transfer.objects.count() == 1


@pytest.mark.django_db
def test_a_balance_below_the_minimum_is_skipped_with_its_reason(earned, settings):
    settings.PAYOUT_MINIMUM_AMOUNTS = {"EUR": 619}

    run = market.run_creators()

    skip = PayoutSkip.objects.get(run=run)
    assert (skip.amount, skip.reason) == (618, "below_minimum")
    assert payable_of(earned) == 618
    assert run.status == "done"


@pytest.mark.django_db
def test_a_creator_who_cannot_be_paid_is_skipped_and_paid_by_the_next_run(
    books, settings
):
    settings.PAYOUT_MINIMUM_AMOUNTS = {"EUR": 1}
    shop = market.shop()
    nina = market.creator(shop, is_payable=False)
    market.take_in_topups()
    variant = market.variant(shop, price_amount=1995)
    market.ship(market.buy(market.cart((variant, 3, nina))))

    first = market.run_creators()
    market.payable(nina)
    second = market.run_creators()

    assert first.skips.get().reason == "account_not_active"
    assert second.items.get().amount == 618
    assert payable_of(nina) == 0


@pytest.mark.django_db
def test_a_run_with_a_refused_transfer_says_so_and_the_next_pays(earned):
    account = earned.connected_account
    sandbox_control.onboard(account_id=account.provider_id, outcome="restrict")

    first = market.run_creators()

    assert first.status == "done_with_failures"
    assert payable_of(earned) == 618
    sandbox_control.onboard(account_id=account.provider_id, outcome="complete")
    second = market.run_creators()
    assert (second.status, second.items.get().amount) == ("done", 618)
    assert payable_of(earned) == 0


@pytest.mark.django_db
def test_a_run_stays_open_while_a_transfer_is_in_doubt(earned):
    sandbox_control.arm_fault(match="POST /v1/transfers", do="timeout_after_commit")

    run = market.run_creators()

    assert run.status == "executing"
    transfers.resolve(at=market.advance(timedelta(minutes=5)))
    payout_runs.finish(at=clock.now())
    run.refresh_from_db()
    assert run.status == "done"
    sent = [
        line["amount"]
        for line in sandbox_control.journal()
        if line["path"] == "/v1/transfers" and line["outcome"] == "executed"
    ]
    assert sent == [618]


@pytest.mark.django_db
def test_the_clock_moved_by_thirty_days_does_all_of_it_by_itself(earned):
    calendar.move_clock(by=30 * market.DAY, actor="staff")
    jobs.drain()

    sent = sorted(Transfer.objects.values_list("kind", "amount", "status"))
    assert sent == [("creator", 618, "sent"), ("seller", 5_368, "sent")]
    assert PayoutRun.objects.filter(items__isnull=False).count() == 1
    assert payable_of(earned) == 0


@pytest.mark.django_db
def test_a_run_whose_process_died_before_it_took_anything_is_executed(earned, settings):
    settings.PAYOUT_SCHEDULE = "daily"
    at = market.advance(16 * market.DAY)
    with (
        mock.patch.object(PayoutRun, "move_to", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        payout_runs.run_due(at=at)
    assert PayoutRun.objects.get().status == "computed"

    payout_runs.run_due(at=at)
    jobs.drain()

    run = PayoutRun.objects.get()
    assert (run.status, payout_runs.totals(run)) == (
        "done",
        {"skipped": 0, "sent": 618},
    )


@pytest.mark.django_db
def test_a_currency_without_a_minimum_does_not_stop_the_others(earned, settings):
    settings.PAYOUT_SCHEDULE = "daily"
    name = ledger.Name(AccountKind.CREATOR_HELD, earned.connected_account)
    ledger.accounts([name], "DKK")

    made = payout_runs.run_due(at=market.advance(16 * market.DAY))

    assert [(run.currency, run.items.count()) for run in made] == [("EUR", 1)]
