"""From a run's id to the run: carried out once, however often and late the message comes."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from django.db.models.functions import Now

from sync.clock import in_seconds
from sync.extract import Stop
from sync.fence import Fence
from sync.leases import release, take
from sync.models import Run
from sync.report import RunReport
from sync.resume import why_not_again
from workers.dispatch import dispatch
from workers.renewal import begin_anew
from workers.retry import again_in_s
from workers.schedule import note_end
from workers.syncing import sync

log = structlog.get_logger(__name__)

OPEN: Final = (Run.State.QUEUED, Run.State.RUNNING)
BUSY_S: Final = 5.0  # until a run whose course is another's is looked at again


async def carry_out(run_id: int, *, stop: Stop) -> None:
    """Carry the run out, if it waits, or if the worker that had it is gone.

    A run that has ended, or that somebody is at, is left alone: messages may come twice.
    """
    run = await Run.objects.select_related("integration").filter(pk=run_id).afirst()
    if run is None or run.state not in OPEN or stop.is_set():
        log.info("run.left_alone", run=run_id, state=run.state if run else "unknown")
        return
    fence = await take(run.integration_id, run.course, run=run.pk)
    if fence is None:
        await put_back(run, after_s=BUSY_S)
        log.info("run.waits", run=run_id, course=run.course)
        return
    await run.arefresh_from_db(from_queryset=Run.objects.select_related("integration"))
    if run.state not in OPEN:
        await release(fence)  # it ended while we were at the door
        return
    if reason := await why_not_again(run):
        await release(fence)
        await begin_anew(run, because=reason)
    else:
        await _carry_out(run, fence, stop=stop)
    await dispatch()


async def _carry_out(run: Run, fence: Fence, *, stop: Stop) -> None:
    try:
        report = await sync(run, fence=fence, stop=stop)
    except asyncio.CancelledError:
        # A time limit, or a worker that is shut down: what was read is stored.
        await put_back(run, after_s=0.0)
        raise
    await _settle(run, report)


async def _settle(run: Run, report: RunReport) -> None:
    wait_s = again_in_s(report, attempts=run.attempts)
    if wait_s is not None:
        await put_back(run, after_s=wait_s)
        log.info("run.put_back", run=run.pk, state=str(report.state), seconds=round(wait_s))
    elif report.state is not Run.State.BUSY:
        await note_end(await Run.objects.aget(pk=run.pk))


async def put_back(run: Run, *, after_s: float) -> None:
    """Let the run wait in its queue again; one that is under way elsewhere is left alone."""
    under_way = Run.objects.filter(pk=run.pk, state=Run.State.RUNNING)
    if await under_way.filter(leases__expires_at__gt=Now()).aexists():
        return
    await Run.objects.filter(pk=run.pk).aupdate(
        state=Run.State.QUEUED,
        queue=run.queue or Run.Queue.SCHEDULED,
        not_before=in_seconds(after_s) if after_s else None,
        dispatched_at=None,
    )
