"""The processes of the daemon: their command lines and what their environment says."""

from __future__ import annotations

import os
import sys
from typing import Final

from django.conf import settings

from management.up.child import Child
from management.up.order import LOCAL, UpOrder
from management.web import web_command

# Long loads keep their own processes busy, so that events and ticks never wait for one.
NODES: Final = {"realtime": "realtime", "worker": "scheduled,bulk,realtime"}
Changes = dict[str, str | None]


def shared_changes(*, redis_url: str | None, keys_url: str | None, log_format: str) -> Changes:
    """What differs from our own environment for web, workers and beat."""
    changes: Changes = {}
    if settings.SETTINGS_MODULE == LOCAL or not (settings.PRODUCTION or settings.DEBUG):
        changes["DJANGO_SETTINGS_MODULE"] = LOCAL
    if redis_url is not None:
        changes["REDIS_URL"] = redis_url
    if keys_url is not None:
        changes["WEBHOOK_KEYS_URL"] = keys_url
    if not settings.ENVIRONMENT_WITH({}).get("LOG_FORMAT"):
        changes["LOG_FORMAT"] = log_format
    return changes


def web(order: UpOrder, changes: Changes) -> Child:
    command = web_command(host=order.host, port=order.port, workers=1)
    return _child("web", command, changes | {"NOTIFY_SOCKET": None})


def worker(name: str, changes: Changes, *, processes: int, notify: str) -> Child:
    """A worker node for the queues of `NODES`."""
    options = ["-Q", NODES[name], "-c", str(processes), "-n", f"{name}@%h"]
    quiet = ["--without-gossip", "--without-mingle"]  # nodes have nothing to tell one another
    command = _celery("worker", *options, *quiet)
    return _child(name, command, changes | {"NOTIFY_SOCKET": notify})


def beat(changes: Changes, *, notify: str) -> Child:
    return _child("beat", _celery("beat"), changes | {"NOTIFY_SOCKET": notify})


def _celery(*words: str) -> list[str]:
    # Celery warns whoever runs it as root, who knows that.
    hush = ["-W", "ignore::Warning:celery.platforms"] if os.geteuid() == 0 else []
    level = str(settings.LOGGING["root"]["level"])
    return [sys.executable, *hush, "-m", "celery", "--quiet", "-A", "workers", *words, "-l", level]


def _child(name: str, command: list[str], changes: Changes) -> Child:
    environment = settings.ENVIRONMENT_WITH(changes)
    return Child(name=name, command=tuple(command), environment=environment)
