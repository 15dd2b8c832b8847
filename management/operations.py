"""The verbs of an operator; commands and pages call them and only show what they return."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from django.db import Error as DatabaseError

from canvas.errors import ConfigError
from canvas.models import CanvasIntegration
from management.errors import CommandStopped, no_such_run, usage
from management.exits import Exit
from management.integrations import adopt, find_integration
from sync import plan
from sync.errors import BadOrderError, BadPostSyncError
from sync.extract import Stop
from sync.fence import Fence
from sync.leases import take
from sync.models import Run
from sync.post_sync import refuse_bad_paths
from sync.report import ErrorReport, RunReport
from sync.resume import Claimed, claim, run_to_go_on_with, why_not
from sync.runlog import queue_run
from sync.runner import Order, Watch
from workers.credentials import environment_token
from workers.database_failure import database_error
from workers.schedule import note_end
from workers.syncing import busy, sync
from workers.wiring import rehearse

if TYPE_CHECKING:  # canvasapi takes 0.3 s to load
    from canvas.client.probe import ProbeFinding

log = structlog.get_logger(__name__)
Note = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRequest:
    """What an operator asks for. `courses` are Canvas's ids; `only` empty means every resource."""

    courses: tuple[int, ...]
    integration: str | None = None
    only: tuple[str, ...] = ()
    full: bool = False
    dry_run: bool = False
    accept_deletes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Watching:
    """Who looks on, and who may wish that it ends."""

    watch: Watch
    stop: Stop


def _unsaid(text: str) -> None:
    """Nobody listens."""


async def sync_courses(
    request: SyncRequest,
    *,
    watch: Watch,
    stop: Stop,
    done: Callable[[RunReport], None],
    note: Note = _unsaid,
) -> None:
    """One course after the other; `done` is told the report of each as soon as it is there.

    `note` is told which of them go on with an earlier run. A refused credential or a stop ends the
    row: the courses not begun have no report. Raises CommandStopped for a wrong request.
    """
    try:
        plan.select(request.only)
        refuse_bad_paths()
    except BadOrderError as error:
        raise usage(str(error), next_step="correct --only") from error
    except BadPostSyncError as error:
        raise usage(f"POST_SYNC: {error}", next_step="correct the variable, or unset it") from error
    integration = await find_integration(request.integration)
    watching = _Watching(watch=watch, stop=stop)
    for course in request.courses:
        try:
            if integration._state.adding:
                integration = await adopt(integration, course, keep=not request.dry_run)
            if request.dry_run:
                order = _order(request, course)
                report = await rehearse(integration, order, watch=watch, stop=stop)
            else:
                report = await _sync_one(request, integration, course, watching, note=note)
        except CommandStopped as refusal:
            report = _refused(integration, course, refusal.report)
        except DatabaseError as failure:
            effect = "nothing of the course was read"
            failed = database_error(failure, effect=effect, worked_before=True)
            report = _refused(integration, course, failed)
        done(report)
        code = report.error.code if report.error else ""
        if stop.is_set() or code == "credential_refused":
            break


async def resume_run(run_id: int, *, watch: Watch, stop: Stop, note: Note) -> RunReport:
    """Go on with a run that did not come to its end. Raises CommandStopped where that cannot be."""
    run = await Run.objects.select_related("integration").filter(pk=run_id).afirst()
    if run is None:
        raise no_such_run(run_id)
    reason = await why_not(run)
    claimed = None if reason else await claim(run, accept_deletes=run.accept_deletes)
    if claimed is None:
        reason = reason or "another process was faster"
        raise usage(
            f"run {run_id} cannot be gone on with: {reason}",
            next_step=f"run 'manage.py sync_course {run.course}'",
        )
    note(_going_on(claimed))
    return await _carry_out(claimed.run, claimed.fence, _Watching(watch=watch, stop=stop))


async def _sync_one(
    request: SyncRequest,
    integration: CanvasIntegration,
    course: int,
    watching: _Watching,
    *,
    note: Note,
) -> RunReport:
    """By an earlier run that can be gone on with, or by a new one."""
    order = _order(request, course)
    if claimed := await run_to_go_on_with(integration, order):
        note(_going_on(claimed))
        return await _carry_out(claimed.run, claimed.fence, watching)
    run = await queue_run(integration, order, full=request.full)
    fence = await take(integration.pk, course, run=run.pk)
    if fence is None:
        return await busy(run)
    return await _carry_out(run, fence, watching)


def _order(request: SyncRequest, course: int) -> Order:
    return Order(
        course=course,
        only=request.only,
        full=request.full,
        accept_deletes=request.accept_deletes,
    )


def _going_on(claimed: Claimed) -> str:
    return f"going on with run {claimed.run.pk}, which {claimed.stopped}"


async def _carry_out(run: Run, fence: Fence, watching: _Watching) -> RunReport:
    report = await sync(run, fence=fence, watch=watching.watch, stop=watching.stop)
    await _keep_token(run.integration, report)
    if report.state is not Run.State.BUSY:
        await note_end(run)
    return report


def _refused(integration: CanvasIntegration, course: int, error: ErrorReport) -> RunReport:
    return RunReport(
        run=None,
        integration=integration.name,
        course=course,
        state=Run.State.FAILED,
        error=error,
    )


async def _keep_token(integration: CanvasIntegration, report: RunReport) -> None:
    """A newer CANVAS_TOKEN that just worked replaces the stored one, but no developer key."""
    token = environment_token(integration)
    if report.state is Run.State.FAILED or token is None or integration.client_id:
        return
    if _stored_token(integration) == token:
        return
    as_read = CanvasIntegration.objects.filter(
        pk=integration.pk, sealed_token=integration.sealed_token
    )
    integration.set_token(token)
    try:
        await as_read.aupdate(**integration.credential_columns())
    except DatabaseError:
        # The course is synced, and the next run has the same token to keep.
        log.warning("token.not_kept", integration=integration.name)


def _stored_token(integration: CanvasIntegration) -> str | None:
    """None also for one that was sealed with keys we no longer have."""
    try:
        return integration.read_token()
    except ConfigError:
        return None


def all_good(findings: Sequence[ProbeFinding]) -> Exit:
    return Exit.DONE if all(finding.ok for finding in findings) else Exit.PARTIAL
