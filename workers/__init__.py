"""When and where a sync runs. `celery -A workers` finds the app here."""

from workers.app import app

__all__ = ["app"]
