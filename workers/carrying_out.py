"""From a run's id to the run: carried out once, however often and late the message comes."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from asgiref.sync import sync_to_async
from django.db import DatabaseError
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from sync.clock import in_seconds
from sync.extract import Stop
from sync.fence import Fence
from sync.leases import release, take
from sync.marks import put_off
from sync.models import Run
from sync.report import RunReport
from sync.resume import why_not_again
from workers.dispatch import dispatch
from workers.renewal import begin_anew, give_up
from workers.retry import again_in_s
from workers.schedule import note_end
from workers.syncing import sync

log = structlog.get_logger(__name__)

# A run that its process has just closed without having come to its end.
STOPPED: Final = (Run.State.RUNNING, Run.State.FAILED, Run.State.INTERRUPTED)
MOST_ATTEMPTS: Final = 20  # of which the last ones were killed: a course that no worker survives
BUSY_S: Final = 5.0  # until a run whose course is another's is looked at again


async def carry_out(run_id: int, *, stop: Stop) -> None:
    """Carry the run out, if it waits, or if the worker that had it is gone.

    A run that has ended, or that somebody is at, is left alone: messages may come twice.
    """
    run = await _waiting(run_id)
    if run is None:
        log.info("run.left_alone", run=run_id)
        return
    if stop.is_set():
        await _as_seen(run).aupdate(dispatched_at=None)  # for a worker that stays
        return
    fence = await take(run.integration_id, run.course, run=run.pk)
    if fence is None:
        await _wait_for_course(run)
        return
    run = await _waiting(run_id)
    if run is None:
        await release(fence)  # it ended while we were at the door
        return
    if run.attempts >= MOST_ATTEMPTS:
        await release(fence)
        await give_up(run)
    elif reason := await why_not_again(run):
        await release(fence)
        await begin_anew(run, because=reason)
    else:
        await _carry_out(run, fence, stop=stop)
    await dispatch()


async def _waiting(run_id: int) -> Run | None:
    """The run if somebody should carry it out now; messages come late, twice and too early."""
    begins = Q(not_before=None) | Q(not_before__lte=Now())
    waiting = Q(state=Run.State.QUEUED) & begins | Q(state=Run.State.RUNNING)
    return await Run.objects.select_related("integration").filter(waiting, pk=run_id).afirst()


async def _wait_for_course(run: Run) -> None:
    """Another run has the course, or somebody is at this one, which is then left alone."""
    if run.state == Run.State.QUEUED:
        await _as_seen(run).aupdate(not_before=in_seconds(BUSY_S), dispatched_at=None)
    log.info("run.waits", run=run.pk, course=run.course)


def _as_seen(run: Run) -> QuerySet[Run]:
    return Run.objects.filter(pk=run.pk, state=run.state, attempts=run.attempts)


async def _carry_out(run: Run, fence: Fence, *, stop: Stop) -> None:
    try:
        report = await sync(run, fence=fence, stop=stop)
    except asyncio.CancelledError:
        # A time limit, or a worker that is shut down: what was read is stored.
        await put_back(run, after_s=0.0)
        raise
    except DatabaseError:
        raise  # reconcile finds it
    except Exception as bug:
        await give_up(run, because=type(bug).__name__)
        await _put_off(run)
        raise
    await _settle(run, report)


async def _settle(run: Run, report: RunReport) -> None:
    wait_s = again_in_s(report, attempts=run.attempts)
    if wait_s is not None:
        await put_back(run, after_s=wait_s)
        log.info("run.put_back", run=run.pk, state=str(report.state), seconds=round(wait_s))
    elif report.state is not Run.State.BUSY:
        if report.state is Run.State.FAILED:
            await _put_off(run)
        await note_end(await Run.objects.aget(pk=run.pk))


async def _put_off(run: Run) -> None:
    """A refresh that failed before it took its marks would be queued again at every tick."""
    if run.targets is not None:
        await sync_to_async(put_off)(run.integration_id, run.course)


async def put_back(run: Run, *, after_s: float) -> None:
    """Let the run wait in its queue again, unless it came to its end, or another is at it."""
    stopped = Run.objects.filter(pk=run.pk, state__in=STOPPED, worker=run.worker)
    await stopped.aupdate(
        state=Run.State.QUEUED,
        queue=run.queue or Run.Queue.SCHEDULED,
        not_before=in_seconds(after_s) if after_s else None,
        dispatched_at=None,
    )
