"""The composition root: an integration becomes a client, an order a run, a run a report."""

from __future__ import annotations

import asyncio
import threading
import time

import structlog
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError

from canvas.client import CanvasClient, LocalBudget, parse_base_url
from canvas.errors import CanvasError, ConfigError
from canvas.models import CanvasIntegration
from sync.extract import Stop
from sync.models import Run
from sync.report import ErrorReport, RunReport
from sync.runlog import close_run, order_of, start_run
from sync.runner import Order, Watch, read_course
from sync.store import MirrorStore, RehearsalStore, Store
from sync.verdict import interrupted_error, judge

log = structlog.get_logger(__name__)


class Unwatched:
    """Nobody looks at the progress."""

    def started(self, source: str) -> None:
        """Nothing to do."""

    def stored(self, source: str, *, pages: int, rows: int) -> None:
        """Nothing to do."""

    def finished(self, source: str, *, complete: bool) -> None:
        """Nothing to do."""


def token_of(integration: CanvasIntegration) -> str:
    """CANVAS_TOKEN where CANVAS_URL is this Canvas, else the stored token. Raises ConfigError."""
    if settings.CANVAS_TOKEN and _is_from_environment(integration):
        return str(settings.CANVAS_TOKEN)
    token = integration.read_token()
    if token is None:
        raise ConfigError(
            cause=f"no access token is stored for integration {integration.name}",
            next_step=f"run 'manage.py connect {integration.name} --url {integration.base_url}', "
            "or set CANVAS_URL and CANVAS_TOKEN",
        )
    return token


def _is_from_environment(integration: CanvasIntegration) -> bool:
    if not settings.CANVAS_URL:
        return False
    secure = settings.CANVAS_ALLOW_INSECURE
    ours = parse_base_url(integration.base_url, allow_insecure=secure)
    return ours == parse_base_url(settings.CANVAS_URL, allow_insecure=secure)


def client_for(integration: CanvasIntegration) -> CanvasClient:
    """Raises ConfigError for an address or a token that cannot be used."""
    return CanvasClient(
        integration.base_url,
        token=token_of(integration),
        budget=LocalBudget(),
        allow_insecure=settings.CANVAS_ALLOW_INSECURE,
    )


async def sync(run: Run, *, watch: Watch | None = None, stop: Stop | None = None) -> RunReport:
    """Carry out a recorded run, whoever recorded it, and close it with what it came to.

    `run.integration` must be loaded. Every end leaves a closed run; only bugs are raised.
    """
    await start_run(run)
    order, store = order_of(run), MirrorStore(run.integration, run=run.pk)
    with structlog.contextvars.bound_contextvars(run=run.pk, course=run.course):
        try:
            report = await _carry_out(run.integration, order, store, watch, stop, run=run.pk)
        except asyncio.CancelledError:
            await close_run(run, _cut_off(run))
            raise
        await _close(run, report)
        log.info("run.finished", state=str(report.state), seconds=round(report.seconds, 1))
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
    return await _carry_out(integration, order, store, watch, stop, run=None)


async def _carry_out(
    integration: CanvasIntegration,
    order: Order,
    store: Store,
    watch: Watch | None,
    stop: Stop | None,
    *,
    run: int | None,
) -> RunReport:
    began, requests, waited = time.monotonic(), 0, 0.0
    resources = {}
    try:
        async with client_for(integration) as client:
            try:
                course = await read_course(
                    order,
                    reader=client,
                    store=store,
                    watch=watch or Unwatched(),
                    stop=stop or threading.Event(),
                )
            finally:
                requests, waited = client.stats.requests, client.stats.throttle_wait_s
        resources = store.census.counts(course.complete) if course.was_read else {}
        state, error = judge(order, course, resources, run=run)
    except CanvasError as refusal:
        state, error = Run.State.FAILED, ErrorReport.of(refusal, effect="nothing was read")
    except DatabaseError as failure:
        state, error = Run.State.FAILED, database_error(failure)
    return RunReport(
        run=run,
        integration=integration.name,
        course=order.course,
        state=state,
        seconds=time.monotonic() - began,
        requests=requests,
        throttle_wait_s=waited,
        resources=resources,
        error=error,
    )


def database_error(failure: DatabaseError) -> ErrorReport:
    """Translated once, here. What a database says of itself is kept, what it says of rows is not."""
    about_itself = isinstance(failure, OperationalError | InterfaceError)
    shown = str(failure).strip().split("\n", 1)[0] if about_itself else ""
    return ErrorReport(
        code="database",
        cause=f"the database failed: {type(failure).__name__} {shown}".strip(),
        effect="the batch under way was not written; batches before it stay",
        next_step="check that DATABASE_URL names a database that is up and may be written to",
    )


async def _close(run: Run, report: RunReport) -> None:
    try:
        await close_run(run, report)
    except DatabaseError:
        # The report already says what failed; the ledger will show the run as not ended.
        log.warning("run.not_closed", state=str(report.state))


def _cut_off(run: Run) -> RunReport:
    return RunReport(
        run=run.pk,
        integration=run.integration.name,
        course=run.course,
        state=Run.State.INTERRUPTED,
        error=interrupted_error(run.course),
    )
