"""What a run took is sent: once, at the pace that is asked for, as far as the balance
goes, and again where it was refused.
"""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from marketplace.kit.models import Outbox
from payouts.services import payout_runs, releases, transfers
from payouts.services.payout_runs import executing
from tests.factories import market
from tests.payouts.services.runs.steps import (
    approve,
    calls,
    compute,
    due,
    earn,
    payable_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


def test_a_payee_taken_out_before_it_was_sent_has_the_money_payable_again(two):
    run = compute()
    approve(run)
    item = run.items.get(account=two[0].connected_account)

    payout_runs.cancel_item(item=item, actor="8", reason="asked", at=clock.now())
    jobs.drain()

    assert (payable_of(two[0]), payable_of(two[1])) == (618, 0)
    assert calls() == ["executed"]
    item.refresh_from_db()
    assert item.transfer.failure_code == "cancelled"
    with pytest.raises(payout_runs.NotCancellable):
        payout_runs.cancel_item(item=item, actor="8", reason="again", at=clock.now())


def test_a_sent_item_cannot_be_taken_out(nina):
    run = market.run_creators()

    with pytest.raises(payout_runs.NotCancellable):
        payout_runs.cancel_item(
            item=run.items.get(), actor="8", reason="late", at=clock.now()
        )

    assert payable_of(nina) == 0


def test_the_refused_are_paid_again_by_new_rows_of_the_same_run(two):
    account = two[0].connected_account
    sandbox_control.onboard(account_id=account.provider_id, outcome="restrict")
    run = market.run_creators()
    assert run.status == "done_with_failures"
    sandbox_control.onboard(account_id=account.provider_id, outcome="complete")

    again = payout_runs.retry(run_id=run.pk, actor="8", reason="mended", at=clock.now())
    jobs.drain()

    run.refresh_from_db()
    assert (again, run.status) == (1, "done")
    rows = run.items.filter(account=account).order_by("number")
    assert [(row.number, row.amount, row.transfer.status) for row in rows] == [
        (1, 618, "failed"),
        (2, 618, "sent"),
    ]
    assert payout_runs.totals(run) == {"skipped": 0, "sent": 1_236}
    with pytest.raises(payout_runs.NothingToRetry):
        payout_runs.retry(run_id=run.pk, actor="8", at=clock.now())


def test_the_first_refusal_for_lack_of_balance_pauses_the_rest_until_it_is_there(
    shop, caplog
):
    """Without the pause each of the three would be refused in turn."""
    creators = earn(shop, 3)
    at, cut_off_at = due()
    sandbox_control.drain_platform("EUR")
    run = payout_runs.start(currency="EUR", cut_off_at=cut_off_at, at=at)
    jobs.drain()

    run.refresh_from_db()
    assert run.paused_at is not None
    assert "does not cover 618 EUR" in caplog.text
    assert sorted(run.items.values_list("transfer__status", flat=True)) == [
        "failed",
        "planned",
        "planned",
    ]
    assert len(calls()) == 1
    assert payout_runs.resume(at=clock.now()) == []

    sandbox_control.top_up("EUR", 10_000)
    [going] = payout_runs.resume(at=clock.now())
    jobs.drain()
    going.refresh_from_db()
    assert (going.status, going.paused_at) == ("done", None)
    assert [payable_of(creator) for creator in creators] == [0, 0, 0]
    assert calls().count("executed") == 3


@pytest.mark.parametrize(
    ("balance", "goes_on"), [(617, False), (618, True)], ids=["a cent less", "all"]
)
def test_a_paused_run_goes_on_when_the_balance_covers_who_was_refused(
    nina, balance, goes_on
):
    at, cut_off_at = due()
    sandbox_control.drain_platform("EUR")
    payout_runs.start(currency="EUR", cut_off_at=cut_off_at, at=at)
    jobs.drain()
    sandbox_control.top_up("EUR", balance)

    assert bool(payout_runs.resume(at=clock.now())) is goes_on


@pytest.mark.parametrize(
    ("balance", "goes_on"), [(0, False), (1, True)], ids=["nothing", "a cent"]
)
def test_a_paused_run_in_which_nobody_was_refused_waits_for_any_balance(
    nina, balance, goes_on
):
    """Who was refused may have been paid by another run since."""
    run = approve(compute())
    run.paused_at = clock.now()
    run.save()
    sandbox_control.drain_platform("EUR")
    if balance:
        sandbox_control.top_up("EUR", balance)

    assert bool(payout_runs.resume(at=clock.now())) is goes_on


def test_a_run_that_is_too_fast_waits_as_asked_and_uses_the_same_keys(two, settings):
    sandbox_control.arm_fault(match="POST /v1/transfers", do="429")
    run = market.run_creators()

    busy = run.items.get(transfer__tries=1).transfer
    assert busy.status == "planned"
    assert busy.not_before > clock.now()
    assert busy.attempt == 1
    assert transfers.send(transfer_id=busy.pk, at=clock.now()).status == "planned"

    later = market.advance(timedelta(minutes=2))
    transfers.send_planned(at=later)
    payout_runs.finish(at=later)
    run.refresh_from_db()
    assert run.status == "done"
    assert calls().count("executed") == 2


@pytest.mark.parametrize(
    ("number", "jobs_of"), [(100, [100]), (101, [100, 1])], ids=["100", "101"]
)
def test_a_hundred_transfers_are_sent_by_one_job(number, jobs_of):
    executing.promise_to_send(list(range(1, number + 1)))

    promised = Outbox.objects.filter(function="payouts.tasks.send_together")
    found = [job.arguments["transfer_ids"] for job in promised.order_by("pk")]
    assert [len(ids) for ids in found] == jobs_of
    assert sum(found, []) == list(range(1, number + 1))
    promised.delete()


def queries_for(shop, number: int) -> tuple[int, int]:
    earn(shop, number)
    at, cut_off_at = due()
    releases.release_creators(at=at, before=cut_off_at)
    with CaptureQueriesContext(connection) as computing:
        run = payout_runs.compute(
            currency="EUR", cut_off_at=cut_off_at, schedule="manual", at=at
        )
    with CaptureQueriesContext(connection) as executing:
        payout_runs.approve(run_id=run.pk, actor="8", at=at)
    assert run.items.count() == number
    return len(computing), len(executing)


def test_a_run_takes_as_many_queries_for_ten_payees_as_for_one(shop):
    queries_for(shop, 1)  # opens what is opened once

    assert queries_for(shop, 1) == queries_for(shop, 10)
