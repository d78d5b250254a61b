"""A run is computed, looked at, approved by the right person, and takes only then."""

import pytest
from django.db import IntegrityError, transaction

from marketplace.kit import clock, jobs
from marketplace.kit.models import AuditEvent
from payouts.models import PayoutItem, PayoutRun, Transfer
from payouts.services import payout_runs, releases
from tests.factories import market
from tests.payouts.services.runs.steps import approve, compute, due, payable_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


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
