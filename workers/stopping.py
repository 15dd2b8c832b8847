"""How the children of a worker learn that it is shutting down: one shared byte.

The parent sets it when it is asked to end (SIGTERM); every run then ends after its current page and
goes back to the queue. A byte that parent and children share needs neither signals nor Celery's
inner parts, and cannot be lost. A run that waits for Canvas comes to the end of no page: after a
grace it is cut off.
"""

from __future__ import annotations

import asyncio
import mmap
from collections.abc import Coroutine
from typing import Any, Final

from celery.signals import worker_init, worker_shutting_down

from sync.extract import Stop

GRACE_S: Final = 10.0
_LOOKS_EVERY_S: Final = 0.5


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


class CutOffError(Exception):
    """The worker shuts down and could not wait any longer."""


async def within_grace(
    work: Coroutine[Any, Any, object], *, stop: Stop = shutting_down, grace_s: float = GRACE_S
) -> None:
    """The work, cancelled `grace_s` seconds after `stop` is set. Raises CutOffError then."""
    term = asyncio.timeout(None)
    try:
        async with term:
            watching = asyncio.create_task(_end_after(stop, term, grace_s))
            try:
                await work
            finally:
                watching.cancel()
    except TimeoutError as error:
        if term.expired():
            raise CutOffError from error
        raise


async def _end_after(stop: Stop, term: asyncio.Timeout, grace_s: float) -> None:
    while not stop.is_set():  # noqa: ASYNC110  another process sets it
        await asyncio.sleep(_LOOKS_EVERY_S)
    term.reschedule(asyncio.get_running_loop().time() + grace_s)


@worker_init.connect(weak=False)
def _begin(**_signal: Any) -> None:
    shutting_down.clear()


@worker_shutting_down.connect(weak=False)
def _end(**_signal: Any) -> None:
    shutting_down.set()
