"""The composition root: an integration becomes a client, an order a reading of one course."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import Error as DatabaseError

from canvas.client import CanvasClient, Limits, Stats
from canvas.errors import CanvasError
from canvas.models import CanvasIntegration
from sync.census import ResourceCounts
from sync.extract import Stop
from sync.models import Run
from sync.refresh import read_ordered
from sync.report import ErrorReport, RunReport
from sync.runner import Course, Order, Watch
from sync.store import RehearsalStore, Store
from sync.verdict import interrupted_error, judge
from workers.budget import budget_for
from workers.credentials import Onlooker, token_source_for
from workers.database_failure import database_error


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


async def rehearse(
    integration: CanvasIntegration,
    order: Order,
    *,
    watch: Watch | None = None,
    stop: Stop | None = None,
) -> RunReport:
    """What `sync` would do, with nothing written. `integration` need not be stored."""
    store = RehearsalStore(integration)
    return await Attempt(integration, order, store=store, run=None).carry_out(watch, stop)


class Attempt:
    """One reading of one course; can say at any moment what it has come to so far.

    `stats` are those of the client it reads with, once there is one.
    """

    def __init__(
        self, integration: CanvasIntegration, order: Order, *, store: Store, run: int | None
    ) -> None:
        self._integration, self._order, self._store, self._run = integration, order, store, run
        self._began, self.stats = time.monotonic(), Stats()

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
            self.stats = client.stats
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
            requests=self.stats.requests,
            throttle_wait_s=self.stats.throttle_wait_s,
            traffic=self.stats.as_counts(),
            resources=resources or {},
            error=error,
        )
