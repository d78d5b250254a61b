"""A run is computed, looked at, approved by the right person, and takes only then; who
stands otherwise by the time it is executed is skipped with a reason, others are paid.
"""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs, switches
from marketplace.kit.models import AuditEvent, Outbox
from payouts.models import (
    Credential,
    PayoutItem,
    PayoutRun,
    PayoutSkip,
    SkipReason,
    Transfer,
)
from payouts.services import (
    holds,
    ledger,
    onboarding,
    payout_runs,
    releases,
    terms,
    transfers,
)
from payouts.services.payout_runs import executing, figures
from tests.factories import market

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.fixture
def shop(settings):
    settings.PAYOUT_MINIMUM_AMOUNTS = {"EUR": 1}
    market.take_in_topups()
    return market.shop()


def earn(shop, number: int = 1):
    """So many creators with a delivered sale of 618 cents' share each."""
    variant = market.variant(shop, price_amount=1995, stock=500)
    found = []
    for one in range(number):
        creator = market.creator(shop)
        buyer = market.buyer(email=f"b{one}.{creator.pk}@example.com")
        market.ship(market.buy(market.cart((variant, 3, creator)), buyer))
        found.append(creator)
    return found


@pytest.fixture
def nina(shop):
    return earn(shop)[0]


@pytest.fixture
def two(shop):
    return earn(shop, 2)


def due():
    """The moment and the cut-off at which what was earned may be paid: before the hour of
    the runs it is the day before that is paid for.
    """
    at = market.advance(16 * market.DAY)
    return at, at.replace(hour=0, minute=0, second=0, microsecond=0)


def compute(*, requested_by: str = "7", schedule: str = "manual") -> PayoutRun:
    at, cut_off_at = due()
    return payout_runs.compute(
        currency="EUR",
        cut_off_at=cut_off_at,
        schedule=schedule,
        requested_by=requested_by,
        reason="asked for",
        at=at,
    )


def approve(run: PayoutRun, *, actor: str = "8") -> PayoutRun:
    return payout_runs.approve(run_id=run.pk, actor=actor, at=clock.now())


def payable_of(creator) -> int:
    return ledger.balances()[f"creator_payable:{creator.public_id}:EUR"]


def skip_of(creator) -> tuple[int, str]:
    skip = PayoutSkip.objects.get(account=creator.connected_account)
    return skip.amount, skip.reason


def calls() -> list[str]:
    return [
        line["outcome"]
        for line in sandbox_control.journal()
        if line["path"] == "/v1/transfers"
    ]


# --- computed, approved, cancelled ----------------------------------------------------
def test_a_computed_run_has_taken_nothing_and_keeps_what_it_would_send(nina):
    run = compute()

    assert (run.status, run.previewed_amount, run.previewed_number) == (
        "computed",
        618,
        1,
    )
    preview = run.previews.get()
    assert (preview.amount, preview.reason) == (618, "")
    assert preview.destination == nina.connected_account.provider_id
    assert payable_of(nina) == 618
    assert not PayoutItem.objects.exists()


@pytest.mark.parametrize(
    ("requested_by", "noted"), [("7", 1), ("system", 0)], ids=["staff", "the schedule"]
)
def test_who_starts_a_run_by_hand_is_noted_with_the_reason_and_the_figures(
    nina, requested_by, noted
):
    run = compute(requested_by=requested_by)

    found = AuditEvent.objects.filter(action="payout_run.start")
    assert found.count() == noted
    for event in found:
        assert (event.actor, event.reference) == ("7", run.public_id)
        assert event.reason == "asked for"
        assert event.details == {
            "currency": "EUR",
            "previewed_amount": 618,
            "previewed_payees": 1,
        }


def test_a_run_above_the_limit_waits_and_its_requester_cannot_approve_it(
    nina, settings
):
    settings.PAYOUT_APPROVAL_LIMIT_AMOUNTS = {"EUR": 617}
    run = compute(requested_by="7")

    with pytest.raises(payout_runs.ApprovedByRequester):
        approve(run, actor="7")

    run.refresh_from_db()
    assert (run.status, run.approved_by) == ("computed", "")
    assert payable_of(nina) == 618

    assert approve(run, actor="8").status == "executing"
    jobs.drain()
    run.refresh_from_db()
    assert (run.status, run.approved_by) == ("done", "8")
    assert payable_of(nina) == 0
    noted = AuditEvent.objects.get(action="payout_run.approve")
    assert (noted.actor, noted.reference) == ("8", run.public_id)


def test_the_database_itself_refuses_one_person_above_the_limit(nina, settings):
    settings.PAYOUT_APPROVAL_LIMIT_AMOUNTS = {"EUR": 617}
    run = compute(requested_by="7")

    with pytest.raises(IntegrityError), transaction.atomic():
        PayoutRun.objects.filter(pk=run.pk).update(
            status="approved", approved_by="7", approved_at=clock.now()
        )


def test_within_the_limit_a_run_by_hand_needs_no_second_person(nina, settings):
    settings.PAYOUT_APPROVAL_LIMIT_AMOUNTS = {"EUR": 618}
    at, cut_off_at = due()

    run = payout_runs.start(
        currency="EUR", cut_off_at=cut_off_at, requested_by="7", reason="now", at=at
    )

    assert (run.status, run.approved_by) == ("executing", "policy")


def test_a_scheduled_run_above_the_limit_waits_for_any_one_person(nina, settings):
    settings.PAYOUT_SCHEDULE = "daily"
    settings.PAYOUT_APPROVAL_LIMIT_AMOUNTS = {}
    at, _cut_off = due()

    [run] = payout_runs.run_due(at=at)
    payout_runs.run_due(at=at)

    assert (run.status, run.requested_by, run.schedule) == (
        "computed",
        "system",
        "daily",
    )
    assert not Transfer.objects.filter(kind="creator").exists()
    approve(run, actor="7")
    jobs.drain()
    assert payable_of(nina) == 0


def test_a_cancelled_run_takes_nothing_and_the_next_pays(nina):
    run = compute()

    payout_runs.cancel(run_id=run.pk, actor="7", reason="wrong day", at=clock.now())

    assert payable_of(nina) == 618
    with pytest.raises(payout_runs.NotWaiting):
        approve(run)
    assert AuditEvent.objects.filter(action="payout_run.cancel").count() == 1
    assert market.run_creators().items.get().amount == 618


def test_a_run_cannot_be_approved_or_cancelled_twice(nina):
    run = compute()
    approve(run)

    with pytest.raises(payout_runs.NotWaiting):
        approve(run, actor="9")
    with pytest.raises(payout_runs.NotWaiting):
        payout_runs.cancel(run_id=run.pk, actor="9", reason="late", at=clock.now())

    assert PayoutItem.objects.count() == 1


def test_more_than_was_shown_is_not_sent_without_being_looked_at(nina, shop):
    run = compute()
    variant = market.variant(shop, price_amount=1995)
    buyer = market.buyer(email="later@example.com")
    market.ship(market.buy(market.cart((variant, 3, nina)), buyer))
    at = market.advance(15 * market.DAY)
    releases.release_creators(at=at, before=at)

    with pytest.raises(payout_runs.AmountsChanged):
        approve(run)

    run.refresh_from_db()
    assert (run.status, run.previewed_amount) == ("computed", 1_236)
    assert payable_of(nina) == 1_236
    approve(run)
    assert run.items.get().amount == 1_236


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (payout_runs.ApprovedByRequester, 403),
        (payout_runs.AmountsChanged, 409),
        (payout_runs.NotWaiting, 409),
        (payout_runs.NothingToRetry, 409),
        (payout_runs.NotCancellable, 409),
        (payout_runs.RunExists, 409),
        (payout_runs.PayoutsStopped, 409),
        (payout_runs.NoMinimum, 409),
    ],
)
def test_a_refusal_carries_the_status_of_its_answer(refusal, status):
    assert refusal().status_code == status


# --- looked at again as it is executed ------------------------------------------------
def restrict(creator) -> None:
    account = creator.connected_account
    sandbox_control.onboard(account_id=account.provider_id, outcome="restrict")
    onboarding.refresh(account=account, at=clock.now())


def hold(creator) -> None:
    holds.place(
        account=creator.connected_account, reason="asked", actor="7", at=clock.now()
    )


def change_password(creator) -> None:
    holds.note_change_of_user(
        user_id=creator.user_id, what=Credential.PASSWORD, at=clock.now()
    )


def replace_account(creator) -> None:
    type(creator.connected_account).objects.filter(
        pk=creator.connected_account.pk
    ).update(provider_id="acct_replaced")


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (restrict, SkipReason.RESTRICTED),
        (hold, SkipReason.HELD),
        (change_password, SkipReason.ACCOUNT_CHANGED),
        (replace_account, SkipReason.DESTINATION_CHANGED),
    ],
)
def test_what_happens_between_preview_and_execution_skips_that_payee_and_pays_others(
    two, happens, reason
):
    troubled, other = two
    run = compute()

    happens(troubled)
    approve(run)
    jobs.drain()

    assert skip_of(troubled) == (618, reason)
    assert payable_of(troubled) == 618
    assert payable_of(other) == 0
    run.refresh_from_db()
    assert (run.status, payout_runs.totals(run)) == (
        "done",
        {"skipped": 618, "sent": 618},
    )
    assert calls() == ["executed"]


def test_who_was_not_to_be_paid_when_it_was_approved_is_not_paid_unseen(two):
    troubled, other = two
    hold(troubled)
    run = compute()

    holds.lift(
        hold=troubled.connected_account.holds.get(),
        reason="solved",
        actor="7",
        at=clock.now(),
    )
    approve(run)

    assert run.items.get().account == other.connected_account
    assert skip_of(troubled) == (618, "held")


def test_the_minimum_of_a_payee_goes_before_the_marketplaces(nina):
    set_terms(nina, minimum_amounts={"EUR": 619})

    run = market.run_creators()

    assert skip_of(nina) == (618, "below_minimum")
    assert run.items.count() == 0


def set_terms(creator, **given) -> None:
    terms.change(
        **{
            "account": creator.connected_account,
            "schedule": "",
            "minimum_amounts": {},
            "reserve_bps": 0,
            "reserve_days": 0,
            "extra_hold_days": 0,
            "reason": "agreed",
            "actor": "7",
            "at": clock.now(),
            **given,
        }
    )


def test_a_payee_with_a_schedule_of_their_own_is_in_its_runs_only(two, settings):
    daily, weekly = two
    settings.PAYOUT_SCHEDULE = "weekly"
    set_terms(daily, schedule="daily")
    assert payout_runs.schedule_of(daily.connected_account) == "daily"
    assert payout_runs.schedule_of(weekly.connected_account) == "weekly"
    at, _cut_off = due()

    made = payout_runs.run_due(at=at)
    jobs.drain()

    assert [run.schedule for run in made] == ["daily", "weekly"]
    paid = {run.schedule: run.items.get().account for run in made if run.items.exists()}
    assert paid["daily"] == daily.connected_account
    cut_off = payout_runs.due_cut_off(at=at, schedule="weekly")
    assert ("weekly" in paid) == (payable_of(weekly) == 0), cut_off


def test_a_payee_who_owes_is_skipped_until_it_is_made_good(nina):
    run = compute()
    [row] = figures.read(currency="EUR", schedule="manual", at=clock.now())

    assert row.reason is None
    assert (
        figures.Figure(
            **{
                name: 5 if name == "owed_amount" else getattr(row, name)
                for name in figures.Figure.__dataclass_fields__
            }
        ).reason
        == SkipReason.OWES
    )
    assert run.previewed_amount == 618


def test_a_share_of_a_disputed_order_keeps_its_payee_waiting(two):
    troubled, other = two
    run = compute()
    order = troubled.connected_account.accruals.get().seller_order.order
    payment = order.payments.get()
    payment.disputes.create(
        provider_id="dp_1",
        status="needs_response",
        reason="fraudulent",
        amount=payment.amount,
        currency="EUR",
        submissions=0,
        opened_at=clock.now(),
        checked_at=clock.now(),
    )

    approve(run)

    assert skip_of(troubled) == (618, "disputed")
    assert run.items.get().account == other.connected_account
    payment.disputes.all().delete()  # nothing of it was booked


# --- the switch -----------------------------------------------------------------------
def stop(on: bool = True) -> None:
    switches.turn(
        name=switches.PAYOUTS, on=on, actor="7", reason="books", at=clock.now()
    )


def test_while_payouts_are_stopped_no_run_is_made_executed_or_sent(nina, settings):
    settings.PAYOUT_SCHEDULE = "daily"
    run = compute()
    stop()

    with pytest.raises(payout_runs.PayoutsStopped):
        approve(run)
    assert payout_runs.run_due(at=clock.now()) == []
    assert payable_of(nina) == 618

    stop(on=False)
    approve(run)
    stop()
    jobs.drain()
    transfers.send_planned(at=clock.now())
    assert run.items.get().transfer.status == "planned"
    assert calls() == []

    stop(on=False)
    transfers.send_planned(at=clock.now())
    assert calls() == ["executed"]


# --- taken out, refused, tried again --------------------------------------------------
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


# --- the platform's balance -----------------------------------------------------------
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


# --- being too fast -------------------------------------------------------------------
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


# --- the work -------------------------------------------------------------------------
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
