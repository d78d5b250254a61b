"""The Celery application: carries nudges (`kit.jobs`) and the beat of PERIODIC_JOBS."""

import os

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")

app = Celery("marketplace")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["marketplace.kit"])
app.conf.beat_schedule = {
    "relay": {"task": "marketplace.kit.tasks.relay", "schedule": 5.0},
    "switches": {"task": "marketplace.kit.tasks.publish_switches", "schedule": 30.0},
    **{
        name: {
            "task": "marketplace.kit.tasks.periodic",
            "schedule": float(seconds),
            "kwargs": {"name": name},
        }
        for name, seconds in settings.PERIODIC_JOBS
    },
}
