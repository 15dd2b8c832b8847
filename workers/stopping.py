"""How the children of a worker learn that it is shutting down: one shared byte.

The parent sets it when it is asked to end (SIGTERM); every run then ends after its current page and
goes back to the queue. A byte that parent and children share needs neither signals nor Celery's
inner parts, and cannot be lost.
"""

from __future__ import annotations

import mmap
from typing import Any

from celery.signals import worker_init, worker_shutting_down


class SharedFlag:
    """Seen as set by every process that was forked after it was made; a `sync.extract.Stop`."""

    def __init__(self) -> None:
        self._byte = mmap.mmap(-1, 1)

    def set(self) -> None:
        self._byte[0] = 1

    def clear(self) -> None:
        self._byte[0] = 0

    def is_set(self) -> bool:
        return self._byte[0] == 1


shutting_down = SharedFlag()


@worker_init.connect(weak=False)
def _begin(**_signal: Any) -> None:
    shutting_down.clear()


@worker_shutting_down.connect(weak=False)
def _end(**_signal: Any) -> None:
    shutting_down.set()
