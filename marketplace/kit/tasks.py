"""The only Celery tasks: they look at rows and do what is due."""

from celery import shared_task

from marketplace.kit import clock, jobs, switches


@shared_task(name="marketplace.kit.tasks.run")
def run(*, outbox_id: int) -> None:
    """Run one promised job."""
    jobs.run(outbox_id=outbox_id)


@shared_task(name="marketplace.kit.tasks.relay")
def relay() -> None:
    """Run what no nudge reached."""
    jobs.relay()


@shared_task(name="marketplace.kit.tasks.periodic")
def periodic(*, name: str) -> None:
    """Run one of PERIODIC_JOBS at the platform's time."""
    jobs.run_periodic(name=name, at=clock.now())


@shared_task(name="marketplace.kit.tasks.publish_switches")
def publish_switches() -> None:
    """Tell every process how the switches stand."""
    switches.publish()
