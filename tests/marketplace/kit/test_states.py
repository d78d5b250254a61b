from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from marketplace.kit import states
from payouts.models import PayoutRun, PayoutRunStatus

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 2, tzinfo=UTC)
BY_POLICY = {"approved_by": "policy", "approved_at": AT}


@pytest.fixture
def run():
    return PayoutRun.objects.create(
        currency="EUR",
        cut_off_at=AT,
        schedule="weekly",
        minimum_amount=1,
        previewed_amount=0,
        previewed_number=0,
        needs_approval=False,
        requested_by="system",
        computed_at=AT,
    )


def test_a_move_of_the_table_changes_the_row_and_sets_fields(run):
    run.move_to(PayoutRunStatus.APPROVED, at=AT, **BY_POLICY)
    run.move_to(PayoutRunStatus.EXECUTING, at=AT)
    run.move_to(PayoutRunStatus.DONE, at=AT, done_at=AT)
    run.refresh_from_db()
    assert (run.status, run.done_at) == ("done", AT)


def test_a_move_that_is_not_in_the_table_is_refused_and_changes_nothing(run):
    with pytest.raises(states.NotAllowed):
        run.move_to(PayoutRunStatus.DONE, at=AT)
    run.refresh_from_db()
    assert (run.status, run.done_at) == ("computed", None)


def test_whoever_moves_second_is_told_and_changes_nothing(run):
    second = PayoutRun.objects.get(pk=run.pk)
    run.move_to(PayoutRunStatus.APPROVED, at=AT, **BY_POLICY)
    with pytest.raises(states.Raced):
        second.move_to(PayoutRunStatus.APPROVED, at=AT, done_at=AT, **BY_POLICY)
    run.refresh_from_db()
    assert run.done_at is None


def test_the_database_refuses_a_word_that_is_no_state(run):
    with pytest.raises(IntegrityError), transaction.atomic():
        PayoutRun.objects.filter(pk=run.pk).update(status="oops")
