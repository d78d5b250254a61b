from datetime import UTC, datetime, timedelta

import pytest

from marketplace.kit import clock
from marketplace.kit.models import ClockOffset

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_clock():
    clock.forget()
    yield
    clock.forget()


def test_without_an_offset_the_clock_is_real_time():
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)


def test_the_clock_is_moved_forward_by_what_was_asked():
    clock.shift(by=timedelta(days=14))
    clock.shift(by=timedelta(hours=1))
    assert ClockOffset.objects.get().offset == timedelta(days=14, hours=1)
    assert clock.offset() == timedelta(days=14, hours=1)


@pytest.mark.parametrize("by", [timedelta(), timedelta(seconds=-1)])
def test_the_clock_does_not_stand_or_go_back(by):
    with pytest.raises(clock.ClockGoesForward):
        clock.shift(by=by)
    assert ClockOffset.objects.count() == 0


def test_with_real_stripe_the_clock_is_real_whatever_the_row_says(settings):
    clock.shift(by=timedelta(days=14))
    settings.STRIPE_WSGI_APP = settings.STRIPE_API_BASE = ""
    assert clock.offset() == timedelta()
    with pytest.raises(clock.ClockIsReal):
        clock.shift(by=timedelta(days=1))
    assert ClockOffset.objects.get().offset == timedelta(days=14)


def test_a_fresh_sandbox_may_begin_in_the_past(settings):
    settings.CLOCK_START_OFFSET = timedelta(days=-90)
    assert clock.offset() == timedelta(days=-90)
    clock.shift(by=timedelta(days=1))
    assert clock.offset() == timedelta(days=-89)
