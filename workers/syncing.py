"""A recorded run from its beginning to its close, under the lease of its course.

The one place where commands, workers and refreshes meet: whoever started a run, it is carried out
here.
"""

from __future__ import annotations

import asyncio

import structlog
from django.db import Error as DatabaseError

from sync.crashpoints import crashpoint
from sync.errors import LeaseLost
from sync.extract import Stop
from sync.fence import Fence
from sync.leases import holder_of, release
from sync.models import Run
from sync.post_sync import run_post_sync
from sync.report import ErrorReport, RunReport
from sync.runlog import close_run, order_of, start_run, with_earlier_figures
from sync.runner import Watch
from sync.store import MirrorStore
from sync.verdict import after_post_sync, busy_error, taken_over_error
from workers.heartbeat import Progress, heartbeat
from workers.wiring import Attempt, Unwatched

log = structlog.get_logger(__name__)


async def sync(
    run: Run, *, fence: Fence, watch: Watch | None = None, stop: Stop | None = None
) -> RunReport:
    """Carry out a recorded run, whoever recorded it, and close it with what it came to.

    One that was begun before is gone on with. `run.integration` must be loaded, and `fence` is the
    lease of the course, which is given back. Every end leaves a closed run, but for a lease that
    was lost: the report is `busy` then, and whoever has the lease closes the run. Only bugs are
    raised.
    """
    try:
        with structlog.contextvars.bound_contextvars(run=run.pk, course=run.course):
            await start_run(run, fence=fence)
            report = await _read_and_close(run, fence, watch=watch, stop=stop)
            log.info("run.finished", state=str(report.state), seconds=round(report.seconds, 1))
    except LeaseLost:
        return _busy(run, taken_over_error(run.pk))
    finally:
        await _give_back(fence)
    return report


async def _read_and_close(
    run: Run, fence: Fence, *, watch: Watch | None, stop: Stop | None
) -> RunReport:
    store = MirrorStore(run.integration, run=run.pk, fence=fence)
    attempt = Attempt(run.integration, order_of(run), store=store, run=run.pk)
    progress = Progress(watch or Unwatched(), stats=lambda: attempt.stats)
    report = None
    try:
        async with heartbeat(run, fence, progress):
            report = with_earlier_figures(await attempt.carry_out(progress, stop), run)
            report = await _extended(run, report)
    except asyncio.CancelledError:
        cut_off = report or with_earlier_figures(await attempt.cut_off(), run)
        await _close(run, cut_off, fence=fence)
        raise
    await _close(run, report, fence=fence)
    return report


async def busy(run: Run) -> RunReport:
    """Close a run that a command wanted and another process keeps from its course."""
    holder = await holder_of(run.integration_id, run.course)
    report = _busy(run, busy_error(run.course, holder=holder.run_id if holder else None))
    await close_run(run, report)
    return report


def _busy(run: Run, error: ErrorReport) -> RunReport:
    return RunReport(
        run=run.pk,
        integration=run.integration.name,
        course=run.course,
        state=Run.State.BUSY,
        error=error,
    )


async def _give_back(fence: Fence) -> None:
    try:
        await release(fence)
    except DatabaseError:
        log.warning("lease.not_released", run=fence.run)  # its term runs out


async def _extended(run: Run, report: RunReport) -> RunReport:
    """With what the installation's own functions make of the run. They see it as not yet closed."""
    run.state = report.state
    crashpoint("run.before_post_sync")
    report = after_post_sync(report, await run_post_sync(run))
    crashpoint("run.before_close")
    return report


async def _close(run: Run, report: RunReport, *, fence: Fence) -> None:
    try:
        await close_run(run, report, fence=fence)
    except DatabaseError:
        # The report already says what failed; the ledger will show the run as not ended.
        log.warning("run.not_closed", state=str(report.state))
