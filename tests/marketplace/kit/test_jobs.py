from contextlib import contextmanager
from datetime import timedelta

import pytest
import redis
from django.db import transaction
from django.utils import timezone

from marketplace.celery import app
from marketplace.kit import clock, jobs
from marketplace.kit.models import Outbox

pytestmark = pytest.mark.django_db
HERE = "tests.marketplace.kit.test_jobs"
DONE: list[str] = []


def note(*, word):
    DONE.append(word)


def fail(*, word):
    raise RuntimeError(f"no {word}")


@pytest.fixture(autouse=True)
def nothing_done():
    DONE.clear()


def test_a_job_runs_once_and_is_done():
    jobs.enqueue(f"{HERE}.note", word="mail")
    assert jobs.drain() == 1
    assert jobs.drain() == 0
    assert DONE == ["mail"]
    assert Outbox.objects.get().done_at is not None


def test_a_job_of_a_transaction_that_is_rolled_back_never_runs():
    with transaction.atomic():
        jobs.enqueue(f"{HERE}.note", word="ghost")
        transaction.set_rollback(True)
    assert jobs.drain() == 0
    assert DONE == []


def test_a_name_that_is_no_function_fails_at_the_call():
    with pytest.raises(ImportError):
        jobs.enqueue("orders.tasks.no_such_thing", order_id=1)
    assert Outbox.objects.count() == 0


def test_a_job_for_later_waits_for_the_platforms_time():
    jobs.enqueue(f"{HERE}.note", run_at=clock.now() + timedelta(hours=1), word="later")
    assert jobs.drain() == 0
    clock.shift(by=timedelta(hours=2))
    assert jobs.drain() == 1
    assert DONE == ["later"]
    clock.forget()


def test_a_job_that_fails_is_kept_with_its_error_and_tried_again_later():
    jobs.enqueue(f"{HERE}.fail", word="luck")
    assert jobs.drain() == 0
    job = Outbox.objects.get()
    assert (job.done_at, job.attempts) == (None, 1)
    assert job.last_error == "RuntimeError: no luck"
    assert job.claimed_until > timezone.now()
    Outbox.objects.update(claimed_until=None)
    jobs.drain()
    job.refresh_from_db()
    assert job.attempts == 2


def test_a_job_that_fails_does_not_stop_the_others():
    jobs.enqueue(f"{HERE}.fail", word="luck")
    jobs.enqueue(f"{HERE}.note", word="mail")
    assert jobs.drain() == 1
    assert DONE == ["mail"]


def test_a_claimed_job_is_left_to_its_worker_until_the_claim_runs_out():
    jobs.enqueue(f"{HERE}.note", word="mail")
    Outbox.objects.update(claimed_until=timezone.now() + timedelta(minutes=5))
    assert jobs.drain() == 0
    Outbox.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert jobs.drain() == 1


def test_a_nudge_reaches_the_platforms_own_broker(
    settings, django_capture_on_commit_callbacks
):
    """Not Celery's default one: a process that never loads our app must find it too."""
    settings.JOBS_NUDGE = True
    broker = redis.Redis.from_url(settings.REDIS_URL)
    waiting = broker.llen("celery")
    with django_capture_on_commit_callbacks(execute=True):
        jobs.enqueue(f"{HERE}.note", word="mail")
    assert broker.llen("celery") == waiting + 1
    broker.lpop("celery")


def test_a_dead_broker_does_not_disturb_the_caller(
    settings, django_capture_on_commit_callbacks
):
    settings.JOBS_NUDGE = True
    with (
        django_capture_on_commit_callbacks(execute=True),
        jobs_broker("redis://127.0.0.1:1/0"),
    ):
        jobs.enqueue(f"{HERE}.note", word="mail")
    assert Outbox.objects.get().done_at is None
    assert jobs.drain() == 1


@contextmanager
def jobs_broker(url):
    """Point Celery at another broker for a while."""
    before = app.conf.broker_url
    app.conf.broker_url = url
    try:
        yield
    finally:
        app.conf.broker_url = before
