"""The Celery app; its settings are the top-level `celeryconfig.py`."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready

from workers import readiness

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.base")

app = Celery("workers")
app.config_from_object("celeryconfig")
app.autodiscover_tasks(["workers"])
readiness.connect()


@worker_ready.connect(weak=False)
def _reconcile(**_signal: Any) -> None:
    """A worker begins by putting right what others left."""
    app.send_task("workers.tasks.reconcile")
