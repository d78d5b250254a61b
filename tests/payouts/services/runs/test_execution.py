"""Who stands otherwise by the time a run is executed is skipped with a reason, others are
paid; while payouts are stopped nobody is.
"""

import pytest

from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs, switches
from payouts.models import Credential, SkipReason
from payouts.services import holds, onboarding, payout_runs, terms, transfers
from payouts.services.payout_runs import figures
from tests.factories import market
from tests.payouts.services.runs.steps import (
    approve,
    calls,
    compute,
    due,
    payable_of,
    skip_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


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
