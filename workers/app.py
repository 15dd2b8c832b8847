"""The Celery app; its settings are the top-level `celeryconfig.py`."""

import os

from celery import Celery

from workers import readiness

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.base")

app = Celery("workers")
app.config_from_object("celeryconfig")
app.autodiscover_tasks(["workers"])
readiness.connect()
