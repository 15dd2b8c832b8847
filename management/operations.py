"""The verbs of an operator; commands and pages call them and only show what they return."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.conf import settings

from canvas.client.control import ControlPlane
from canvas.client.probe import ProbeFinding
from canvas.errors import CanvasError
from canvas.models import CanvasIntegration, CanvasUser
from management.errors import CommandStopped, usage
from management.exits import Exit, exit_of_code
from management.integrations import address, adopt, find_integration, introduce
from sync import plan
from sync.errors import BadOrderError
from sync.extract import Stop
from sync.models import Run
from sync.report import ErrorReport, RunReport
from sync.runlog import queue_run
from sync.runner import Order, Watch
from workers.wiring import rehearse, sync, token_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRequest:
    """What an operator asks for. `courses` are Canvas's ids; `only` empty means every resource."""

    courses: tuple[int, ...]
    integration: str | None = None
    only: tuple[str, ...] = ()
    full: bool = False
    dry_run: bool = False
    accept_deletes: bool = False


async def sync_courses(request: SyncRequest, *, watch: Watch, stop: Stop) -> list[RunReport]:
    """One course after the other, one report each. Raises CommandStopped for a wrong request.

    A refused credential or a stop ends the row: the courses not begun have no report.
    """
    try:
        plan.select(request.only)
    except BadOrderError as error:
        raise usage(str(error), next_step="correct --only") from error
    integration = await find_integration(request.integration)
    reports: list[RunReport] = []
    for course in request.courses:
        report = await _sync_one(request, integration, course, watch=watch, stop=stop)
        reports.append(report)
        code = report.error.code if report.error else ""
        if stop.is_set() or code == "credential_refused":
            break
    return reports


async def _sync_one(
    request: SyncRequest, integration: CanvasIntegration, course: int, *, watch: Watch, stop: Stop
) -> RunReport:
    order = Order(course=course, only=request.only, accept_deletes=request.accept_deletes)
    try:
        if integration._state.adding:
            await (introduce if request.dry_run else adopt)(integration, course)
    except CommandStopped as refusal:
        return _refused(integration, course, refusal.report)
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
    if integration.read_token() != token:
        integration.set_token(token)
        await integration.asave(update_fields=["sealed_token"])


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
        raise CommandStopped(
            ErrorReport.of(error, effect="nothing was stored"),
            exit_code=exit_of_code(error.code),
        ) from error
    await integration.asave()
    return integration, findings


async def _mirrors(integration: CanvasIntegration) -> bool:
    return await CanvasUser.objects.filter(integration=integration).aexists()


def _try(integration: CanvasIntegration, token: str) -> list[ProbeFinding]:
    control = ControlPlane(
        integration.base_url, token=token, allow_insecure=settings.CANVAS_ALLOW_INSECURE
    )
    control.whoami()
    return control.probe(integration.account_id)


def all_good(findings: Sequence[ProbeFinding]) -> Exit:
    return Exit.DONE if all(finding.ok for finding in findings) else Exit.PARTIAL
