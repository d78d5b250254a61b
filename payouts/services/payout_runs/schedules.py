"""When runs are: 02:00 UTC, with the cut-off at the start of that day."""

from datetime import UTC, datetime, time, timedelta

from django.conf import settings

from payouts.models import ConnectedAccount, PayoutTerms, Schedule

RUN_TIME = time(2, 0)
FRIDAY = 4
SCHEDULES = (Schedule.DAILY, Schedule.WEEKLY, Schedule.MONTHLY)


def due_cut_off(*, at: datetime, schedule: str) -> datetime:
    """Give the cut-off of the newest run that should have been made by now.

    `schedule` is daily, weekly (Fridays) or monthly (the first). UTC.
    """
    day = at.astimezone(UTC).date()
    if at.astimezone(UTC).time() < RUN_TIME:
        day -= timedelta(days=1)
    if schedule == Schedule.WEEKLY:
        day -= timedelta(days=(day.weekday() - FRIDAY) % 7)
    elif schedule == Schedule.MONTHLY:
        day = day.replace(day=1)
    return datetime.combine(day, time(), tzinfo=UTC)


def next_run_at(*, at: datetime, schedule: str) -> datetime:
    """Give when the next scheduled run starts, UTC."""
    moment = datetime.combine(at.astimezone(UTC).date(), RUN_TIME, tzinfo=UTC)
    current = due_cut_off(at=at, schedule=schedule)
    while due_cut_off(at=moment, schedule=schedule) <= current:
        moment += timedelta(days=1)
    return moment


def schedule_of(account: ConnectedAccount) -> str:
    """Give the schedule by which a payee is paid: their own, else the marketplace's."""
    own = PayoutTerms.objects.filter(account_id=account.pk).exclude(schedule="")
    found: str | None = own.values_list("schedule", flat=True).first()
    return found or str(settings.PAYOUT_SCHEDULE)


def in_use() -> list[str]:
    """List the schedules somebody is paid by: the marketplace's and payees' own."""
    own = PayoutTerms.objects.exclude(schedule="").values_list("schedule", flat=True)
    used = {str(settings.PAYOUT_SCHEDULE), *own.distinct()}
    return [str(schedule) for schedule in SCHEDULES if schedule in used]
