"""The ledger's verbs: a run is opened before anything is read and closed with what it came to."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from asgiref.sync import sync_to_async
from django.db.models.functions import Coalesce, Now

from canvas.models import CanvasIntegration
from sync.alive import this_worker
from sync.census import ResourceCounts
from sync.crashpoints import crashpoint
from sync.fence import Fence, fenced
from sync.models import Run, Step
from sync.report import ErrorReport, RunReport
from sync.runner import Order


async def queue_run(
    integration: CanvasIntegration,
    order: Order,
    *,
    full: bool = False,
    trigger: Run.Trigger = Run.Trigger.COMMAND,
    queue: Run.Queue | None = None,
    priority: int = 0,
) -> Run:
    """Record the intention; `order_of` reads it back, in whatever process.

    With a `queue` it waits there for a worker: call `workers.dispatch.dispatch` once this is
    committed.
    """
    run = new_run(integration.pk, order, full=full, trigger=trigger, queue=queue, priority=priority)
    run.integration = integration
    await run.asave(force_insert=True)
    return run


def new_run(
    integration: int,
    order: Order,
    *,
    full: bool = False,
    trigger: Run.Trigger = Run.Trigger.COMMAND,
    queue: Run.Queue | None = None,
    priority: int = 0,
) -> Run:
    """The row of `queue_run`, not stored yet: for those who queue many at once."""
    return Run(
        integration_id=integration,
        course=order.course,
        only=list(order.only),
        full=full,
        accept_deletes=order.accept_deletes,
        targets=order.targets,
        trigger=trigger,
        queue=queue or "",
        priority=priority,
    )


async def start_run(run: Run, *, fence: Fence | None = None) -> None:
    """Begin another attempt; the first one says when the run was started. Raises LeaseLost."""
    run.state, run.worker, run.attempts = Run.State.RUNNING, this_worker(), run.attempts + 1
    run.finished_at = run.error = None
    async with fenced(fence):
        await Run.objects.filter(pk=run.pk).aupdate(
            state=run.state,
            worker=run.worker,
            attempts=run.attempts,
            alive_at=Now(),
            started_at=Coalesce("started_at", Now()),
            finished_at=None,
            error=None,
            progress={},
        )
    await run.arefresh_from_db(fields=["alive_at", "started_at"])
    crashpoint("run.begun")


def with_earlier_figures(report: RunReport, run: Run) -> RunReport:
    """With what earlier attempts took; of one that was killed nobody has written that down."""
    return replace(
        report,
        seconds=run.seconds + report.seconds,
        requests=run.requests + report.requests,
        throttle_wait_s=run.throttle_wait_s + report.throttle_wait_s,
        traffic=_added(run.traffic, report.traffic),
    )


def _added(some: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    """Figure by figure, in dictionaries of figures too."""
    sums = some | others
    for name in some.keys() & others.keys():
        one, other = some[name], others[name]
        sums[name] = _added(one, other) if isinstance(one, dict) else one + other
    return sums


def order_of(run: Run) -> Order:
    return Order(
        course=run.course,
        only=tuple(run.only),
        full=run.full,
        accept_deletes=run.accept_deletes,
        targets=run.targets,
    )


async def close_run(run: Run, report: RunReport, *, fence: Fence | None = None) -> None:
    """State, figures and steps in one transaction. Raises LeaseLost when the run is not ours."""
    async with fenced(fence):
        await sync_to_async(_close)(run, report)
        crashpoint("run.closing")
    crashpoint("run.closed")


def _close(run: Run, report: RunReport) -> None:
    document = report.as_json()
    Run.objects.filter(pk=run.pk).update(
        state=report.state,
        finished_at=Now(),
        seconds=document["seconds"],
        requests=report.requests,
        throttle_wait_s=document["throttle_wait_s"],
        traffic=report.traffic,
        error=document["error"],
    )
    run.steps.all().delete()
    Step.objects.bulk_create(
        Step(run=run, resource=name, mode=report.modes.get(name, ""), **asdict(counts))
        for name, counts in report.resources.items()
    )


async def report_of(run: Run) -> RunReport:
    """The report of a recorded run, ended or not. `run.integration` must be loaded."""
    steps = [step async for step in run.steps.order_by("pk")]
    resources = {
        step.resource: ResourceCounts(
            seen=step.seen,
            created=step.created,
            updated=step.updated,
            unchanged=step.unchanged,
            deleted=step.deleted,
            rejected=step.rejected,
            complete=step.complete,
        )
        for step in steps
    }
    return RunReport(
        run=run.pk,
        integration=run.integration.name,
        course=run.course,
        state=Run.State(run.state),
        seconds=run.seconds,
        requests=run.requests,
        throttle_wait_s=run.throttle_wait_s,
        traffic=run.traffic,
        resources=resources,
        modes={step.resource: step.mode for step in steps if step.mode},
        error=ErrorReport(**run.error) if run.error else None,
    )
