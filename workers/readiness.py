"""Tells whoever started a worker or a beat that it is ready: systemd, or `manage.py up`."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any

from celery.signals import beat_init, worker_ready, worker_shutting_down
from django.conf import settings


def connect() -> None:
    """From now on it is told; without NOTIFY_SOCKET nobody asked."""
    for signal in (worker_ready, beat_init):
        signal.connect(_ready, weak=False)
    worker_shutting_down.connect(_stopping, weak=False)


def _ready(**_: Any) -> None:
    _tell("READY=1")


def _stopping(**_: Any) -> None:
    _tell("STOPPING=1")


def _tell(state: str) -> None:
    """The protocol of sd_notify(3). Nobody listening any more is no error."""
    address = settings.NOTIFY_SOCKET
    if not address:
        return
    place = "\0" + address[1:] if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notice, suppress(OSError):
        notice.sendto(state.encode("ascii"), place)
