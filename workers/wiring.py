"""The composition root: an integration becomes a client, an order a run, a run a report."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import replace

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import Error as DatabaseError

from canvas.client import CanvasClient, Limits, Stats
from canvas.errors import CanvasError
from canvas.models import CanvasIntegration
from sync.census import ResourceCounts
from sync.crashpoints import crashpoint
from sync.errors import RunTakenOverError
from sync.extract import Stop
from sync.models import Run
from sync.post_sync import run_post_sync
from sync.refresh import read_ordered
from sync.report import ErrorReport, RunReport
from sync.runlog import close_run, order_of, start_run, with_earlier_figures
from sync.runner import Course, Order, Watch
from sync.store import MirrorStore, RehearsalStore, Store
from sync.verdict import after_post_sync, interrupted_error, judge, taken_over_error
from workers.budget import budget_for
from workers.credentials import Onlooker, token_source_for
from workers.database_failure import database_error

log = structlog.get_logger(__name__)


class Unwatched:
    """Nobody looks at the progress."""

    def started(self, source: str) -> None:
        """Nothing to do."""

    def stored(self, source: str, *, pages: int, rows: int) -> None:
        """Nothing to do."""

    def finished(self, source: str, *, complete: bool) -> None:
        """Nothing to do."""


def client_for(integration: CanvasIntegration, *, writes: bool = True) -> CanvasClient:
    """On the loop it will run on. Raises ConfigError for an address or a token of no use.

    One that does not write pauses no integration whose credential is refused.
    """
    tokens = token_source_for(integration)
    tokens = tokens if writes else Onlooker(tokens)
    return CanvasClient(
        integration.base_url,
        token=tokens,
        budget=budget_for(tokens.identity),
        allow_insecure=settings.CANVAS_ALLOW_INSECURE,
        limits=Limits(max_body_bytes=settings.CANVAS_MAX_PAGE_MIB * 1024**2),
    )


async def sync(run: Run, *, watch: Watch | None = None, stop: Stop | None = None) -> RunReport:
    """Carry out a recorded run, whoever recorded it, and close it with what it came to.

    One that was begun before and claimed (see `sync.resume`) is gone on with. `run.integration`
    must be loaded. Every end leaves a closed run; only bugs are raised.
    """
    await start_run(run)
    store = MirrorStore(run.integration, run=run.pk, worker=run.worker)
    attempt = _Attempt(run.integration, order_of(run), store=store, run=run.pk)
    with structlog.contextvars.bound_contextvars(run=run.pk, course=run.course):
        report = None
        try:
            report = with_earlier_figures(await attempt.carry_out(watch, stop), run)
            if report.state == Run.State.BUSY:
                return report  # whoever has the run closes it
            report = await _extended(run, report)
        except asyncio.CancelledError:
            await _close(run, report or with_earlier_figures(await attempt.cut_off(), run))
            raise
        await _close(run, report)
        log.info("run.finished", state=str(report.state), seconds=round(report.seconds, 1))
    return report


async def _extended(run: Run, report: RunReport) -> RunReport:
    """With what the installation's own functions make of the run. They see it as not yet closed."""
    run.state = report.state
    crashpoint("run.before_post_sync")
    report = after_post_sync(report, await run_post_sync(run))
    crashpoint("run.before_close")
    return report


async def rehearse(
    integration: CanvasIntegration,
    order: Order,
    *,
    watch: Watch | None = None,
    stop: Stop | None = None,
) -> RunReport:
    """What `sync` would do, with nothing written. `integration` need not be stored."""
    store = RehearsalStore(integration)
    return await _Attempt(integration, order, store=store, run=None).carry_out(watch, stop)


class _Attempt:
    """One reading of one course; can say at any moment what it has come to so far."""

    def __init__(
        self, integration: CanvasIntegration, order: Order, *, store: Store, run: int | None
    ) -> None:
        self._integration, self._order, self._store, self._run = integration, order, store, run
        self._began, self._stats = time.monotonic(), Stats()

    async def carry_out(self, watch: Watch | None, stop: Stop | None) -> RunReport:
        """Raises no error of Canvas or of the database: those are in the report."""
        try:
            course = await self._read(watch or Unwatched(), stop or threading.Event())
        except CanvasError as refusal:
            error = ErrorReport.of(refusal, effect="nothing was read")
            return self._report(Run.State.FAILED, error)
        except DatabaseError as failure:
            error = database_error(failure, effect=self._effect_of_failure(), worked_before=True)
            return self._report(Run.State.FAILED, error, resources=await self._so_far())
        except RunTakenOverError as loss:
            return self._report(Run.State.BUSY, taken_over_error(loss.run))
        resources = (
            self._store.census.counts(course.complete) if course.was_read else await self._so_far()
        )
        state, verdict = judge(self._order, course, resources, run=self._run)
        report = self._report(state, verdict, resources=resources)
        return replace(report, modes=course.modes())

    async def cut_off(self) -> RunReport:
        """The report of a reading that was cancelled."""
        resources = await self._so_far()
        deleted = sum(counts.deleted for counts in resources.values())
        error = interrupted_error(self._order.course, run=self._run, deleted=deleted)
        return self._report(Run.State.INTERRUPTED, error, resources=resources)

    async def _read(self, watch: Watch, stop: Stop) -> Course:
        async with client_for(self._integration, writes=self._run is not None) as client:
            self._stats = client.stats
            return await read_ordered(
                self._order,
                integration=self._integration.pk,
                reader=client,
                store=self._store,
                watch=watch,
                stop=stop,
            )

    def _effect_of_failure(self) -> str:
        if self._run is None:
            return "nothing was written"
        return "the batch under way was not written; batches before it stay"

    async def _so_far(self) -> dict[str, ResourceCounts]:
        # In the database thread: a batch that is still being written there is waited for.
        return await sync_to_async(self._store.census.so_far)()

    def _report(
        self,
        state: Run.State,
        error: ErrorReport | None,
        *,
        resources: dict[str, ResourceCounts] | None = None,
    ) -> RunReport:
        return RunReport(
            run=self._run,
            integration=self._integration.name,
            course=self._order.course,
            state=state,
            seconds=time.monotonic() - self._began,
            requests=self._stats.requests,
            throttle_wait_s=self._stats.throttle_wait_s,
            traffic=self._stats.as_counts(),
            resources=resources or {},
            error=error,
        )


async def _close(run: Run, report: RunReport) -> None:
    try:
        await close_run(run, report)
    except DatabaseError:
        # The report already says what failed; the ledger will show the run as not ended.
        log.warning("run.not_closed", state=str(report.state))
