"""The verbs of an operator; commands and pages call them and only show what they return."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import Error as DatabaseError

from canvas.client.control import ControlPlane
from canvas.client.probe import ProbeFinding
from canvas.errors import CanvasError, ConfigError
from canvas.models import CanvasCourse, CanvasIntegration
from management.errors import CommandStopped, canvas_failed, usage
from management.exits import Exit
from management.integrations import address, adopt, find_integration
from sync import plan
from sync.errors import BadOrderError, BadPostSyncError
from sync.extract import Stop
from sync.models import Run
from sync.post_sync import refuse_bad_paths
from sync.report import ErrorReport, RunReport
from sync.runlog import queue_run
from sync.runner import Order, Watch
from workers.wiring import database_error, rehearse, sync, token_of

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRequest:
    """What an operator asks for. `courses` are Canvas's ids; `only` empty means every resource."""

    courses: tuple[int, ...]
    integration: str | None = None
    only: tuple[str, ...] = ()
    full: bool = False
    dry_run: bool = False
    accept_deletes: bool = False


async def sync_courses(
    request: SyncRequest, *, watch: Watch, stop: Stop, done: Callable[[RunReport], None]
) -> None:
    """One course after the other; `done` is told the report of each as soon as it is there.

    A refused credential or a stop ends the row: the courses not begun have no report. Raises
    CommandStopped for a wrong request.
    """
    try:
        plan.select(request.only)
        refuse_bad_paths()
    except BadOrderError as error:
        raise usage(str(error), next_step="correct --only") from error
    except BadPostSyncError as error:
        raise usage(f"POST_SYNC: {error}", next_step="correct the variable, or unset it") from error
    integration = await find_integration(request.integration)
    for course in request.courses:
        try:
            if integration._state.adding:
                integration = await adopt(integration, course, keep=not request.dry_run)
            report = await _sync_one(request, integration, course, watch=watch, stop=stop)
        except CommandStopped as refusal:
            report = _refused(integration, course, refusal.report)
        except DatabaseError as failure:
            failed = database_error(failure, effect="nothing of the course was read")
            report = _refused(integration, course, failed)
        done(report)
        code = report.error.code if report.error else ""
        if stop.is_set() or code == "credential_refused":
            break


async def _sync_one(
    request: SyncRequest, integration: CanvasIntegration, course: int, *, watch: Watch, stop: Stop
) -> RunReport:
    order = Order(course=course, only=request.only, accept_deletes=request.accept_deletes)
    if request.dry_run:
        return await rehearse(integration, order, watch=watch, stop=stop)
    run = await queue_run(integration, order, full=request.full)
    report = await sync(run, watch=watch, stop=stop)
    await _keep_token(integration, report)
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
    """A newer CANVAS_TOKEN that just worked replaces the stored one."""
    if report.state is Run.State.FAILED:
        return
    token = token_of(integration)
    if _stored_token(integration) == token:
        return
    integration.set_token(token)
    try:
        await integration.asave(update_fields=["sealed_token"])
    except DatabaseError:
        # The course is synced, and the next run has the same token to keep.
        log.warning("token.not_kept", integration=integration.name)


def _stored_token(integration: CanvasIntegration) -> str | None:
    """None also for one that was sealed with keys we no longer have."""
    try:
        return integration.read_token()
    except ConfigError:
        return None


async def connect(
    name: str, *, url: str, account: str, token: str
) -> tuple[CanvasIntegration, Sequence[ProbeFinding]]:
    """Try the credential, then store the integration; say what of Canvas it can read.

    Raises CommandStopped, with nothing stored, when the token is refused or there is no Canvas.
    """
    known = await CanvasIntegration.objects.filter(name=name).afirst()
    integration = known or CanvasIntegration(name=name)
    base_url = address(url)
    if known is not None and known.base_url != base_url and await _mirrors(known):
        raise usage(
            f"integration {name} already mirrors {known.base_url}",
            next_step="connect the other Canvas under another name",
        )
    integration.base_url, integration.account_id = base_url, account
    try:
        findings = await sync_to_async(_try, thread_sensitive=False)(integration, token)
        integration.set_token(token)
    except CanvasError as error:
        raise canvas_failed(error, effect="nothing was stored") from error
    await integration.asave()
    return integration, findings


async def _mirrors(integration: CanvasIntegration) -> bool:
    # Of any sync, however little of a course it read, the course itself is stored first.
    return await CanvasCourse.objects.filter(integration=integration).aexists()


def _try(integration: CanvasIntegration, token: str) -> list[ProbeFinding]:
    control = ControlPlane(
        integration.base_url, token=token, allow_insecure=settings.CANVAS_ALLOW_INSECURE
    )
    control.whoami()
    return control.probe(integration.account_id)


def all_good(findings: Sequence[ProbeFinding]) -> Exit:
    return Exit.DONE if all(finding.ok for finding in findings) else Exit.PARTIAL
