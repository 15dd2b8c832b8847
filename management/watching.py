"""A run as it goes on, told from the ledger: from any machine, whoever carries the run out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

from django.db.models.functions import Now

from management.errors import no_such_run
from sync.models import Run
from sync.runner import Watch

EVERY_S: Final = 1.0
_OPEN: Final = (Run.State.QUEUED, Run.State.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceProgress:
    """How far one source is. `state`: reading, complete or incomplete."""

    name: str
    pages: int
    rows: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """The run at one moment. `silent_s`: since its process was last heard of, by the database."""

    run: int
    course: int
    state: Run.State
    attempts: int
    sources: tuple[SourceProgress, ...] = ()
    requests: int = 0
    throttle_wait_s: float = 0.0
    silent_s: float | None = None

    @property
    def is_open(self) -> bool:
        return self.state in _OPEN

    @property
    def line(self) -> str:
        """`run 12: running, 14 requests, 1,203 rows; reading submissions (6 pages)`."""
        if self.state == Run.State.QUEUED:
            return f"run {self.run}: queued{', to be gone on with' if self.attempts else ''}"
        rows = sum(source.rows for source in self.sources)
        said = f"run {self.run}: {self.state}, {self.requests} requests, {rows:,} rows"
        if self.throttle_wait_s:
            said += f", {self.throttle_wait_s:.0f} s waited for the quota"
        reading = [f"{one.name} ({one.pages} pages)" for one in self.sources if _is_read(one)]
        return f"{said}; reading {', '.join(reading)}" if reading and self.is_open else said


def _is_read(source: SourceProgress) -> bool:
    return source.state == "reading"


class Retold:
    """Glances told on as what happened between them, to a `Watch`."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._known: dict[str, SourceProgress] = {}

    def tell(self, glance: Glance) -> None:
        for source in glance.sources:
            before = self._known.get(source.name)
            if before is None or source.pages < before.pages:  # another attempt began
                self._watch.started(source.name)
                before = SourceProgress(name=source.name, pages=0, rows=0, state="reading")
            pages, rows = source.pages - before.pages, source.rows - before.rows
            if pages:
                self._watch.stored(source.name, pages=pages, rows=rows)
            if _is_read(before) and not _is_read(source):
                self._watch.finished(source.name, complete=source.state == "complete")
            self._known[source.name] = source


async def watch_run(run_id: int, *, every_s: float = EVERY_S) -> AsyncIterator[Glance]:
    """Look again and again until the run has ended; the last one says how.

    Raises CommandStopped for a number that is no run.
    """
    while True:
        glance = await _look(run_id)
        yield glance
        if not glance.is_open:
            return
        await asyncio.sleep(every_s)


async def _look(run_id: int) -> Glance:
    run = await Run.objects.annotate(now=Now()).filter(pk=run_id).afirst()
    if run is None:
        raise no_such_run(run_id)
    progress: dict[str, Any] = run.progress
    heard_at = run.alive_at if run.state == Run.State.RUNNING else None
    return Glance(
        run=run.pk,
        course=run.course,
        state=Run.State(run.state),
        attempts=run.attempts,
        sources=tuple(
            SourceProgress(name=name, **of) for name, of in progress.get("sources", {}).items()
        ),
        requests=progress.get("requests", 0),
        throttle_wait_s=progress.get("throttle_wait_s", 0.0),
        silent_s=None if heard_at is None else (run.now - heard_at).total_seconds(),
    )
