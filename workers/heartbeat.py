"""A run's sign of life: its lease renewed and its progress told, every few seconds.

Goes on while Canvas is slow, and stops with the process. Whoever looks at the ledger from any
machine sees how far a run is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import Error as DatabaseError
from django.db.models.functions import Now

from canvas.client import Stats
from sync.errors import LeaseLost
from sync.extract import first_of
from sync.fence import Fence, fenced
from sync.models import Run
from sync.runner import Watch

log = structlog.get_logger(__name__)

BEAT_S: Final = 2.0


class Progress:
    """A `Watch` that remembers what it was told, and tells another one, too.

    `stats` gives those of the client the run reads with.
    """

    def __init__(self, watch: Watch, *, stats: Callable[[], Stats]) -> None:
        self._watch, self._stats = watch, stats
        self._sources: dict[str, dict[str, Any]] = {}

    def started(self, source: str) -> None:
        self._sources[source] = {"pages": 0, "rows": 0, "state": "reading"}
        self._watch.started(source)

    def stored(self, source: str, *, pages: int, rows: int) -> None:
        so_far = self._sources[source]
        so_far["pages"] += pages
        so_far["rows"] += rows
        self._watch.stored(source, pages=pages, rows=rows)

    def finished(self, source: str, *, complete: bool) -> None:
        self._sources[source]["state"] = "complete" if complete else "incomplete"
        self._watch.finished(source, complete=complete)

    def as_json(self) -> dict[str, Any]:
        """For `Run.progress`: source → pages, rows and state, and what was asked and waited for."""
        stats = self._stats()
        return {
            "sources": {name: dict(of) for name, of in self._sources.items()},
            "requests": stats.requests,
            "throttle_wait_s": round(stats.throttle_wait_s, 1),
        }


@asynccontextmanager
async def heartbeat(run: Run, fence: Fence, progress: Progress) -> AsyncIterator[None]:
    """Beats while the body runs. Raises LeaseLost, the body being cancelled, when another took it.

    A database that is away is no reason to stop: the body finds out by itself.
    """
    try:
        async with asyncio.TaskGroup() as group:
            beating = group.create_task(_beat(run, fence, progress))
            yield
            beating.cancel()
    except BaseExceptionGroup as failures:
        error = first_of(failures)
        raise error from error.__cause__


async def _beat(run: Run, fence: Fence, progress: Progress) -> None:
    every_s = min(BEAT_S, settings.LEASE_SECONDS / 4)
    while True:
        await asyncio.sleep(every_s)
        try:
            async with fenced(fence):
                mine = Run.objects.filter(pk=run.pk)
                await mine.aupdate(alive_at=Now(), progress=progress.as_json())
        except LeaseLost:
            log.warning("lease.lost", run=run.pk)
            raise
        except DatabaseError as failure:
            log.warning("heartbeat.missed", run=run.pk, error=type(failure).__name__)
