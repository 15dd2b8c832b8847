"""The ledger's verbs: a run is opened before anything is read and closed with what it came to."""

from __future__ import annotations

from dataclasses import asdict

from asgiref.sync import sync_to_async
from django.db import transaction
from django.utils import timezone

from canvas.models import CanvasIntegration
from sync.census import ResourceCounts
from sync.models import Run, Step
from sync.report import ErrorReport, RunReport
from sync.runner import Order


async def queue_run(integration: CanvasIntegration, order: Order, *, full: bool = False) -> Run:
    """Record the intention; `order_of` reads it back, in whatever process."""
    return await Run.objects.acreate(
        integration=integration,
        course=order.course,
        only=list(order.only),
        full=full,
        accept_deletes=order.accept_deletes,
    )


async def start_run(run: Run) -> None:
    run.state, run.started_at = Run.State.RUNNING, timezone.now()
    await run.asave(update_fields=["state", "started_at"])


def order_of(run: Run) -> Order:
    return Order(course=run.course, only=tuple(run.only), accept_deletes=run.accept_deletes)


async def close_run(run: Run, report: RunReport) -> None:
    """State, figures and steps in one transaction."""
    await sync_to_async(_close)(run, report)


def _close(run: Run, report: RunReport) -> None:
    document = report.as_json()
    with transaction.atomic():
        Run.objects.filter(pk=run.pk).update(
            state=report.state,
            finished_at=timezone.now(),
            seconds=document["seconds"],
            requests=report.requests,
            throttle_wait_s=document["throttle_wait_s"],
            traffic=report.traffic,
            error=document["error"],
        )
        run.steps.all().delete()
        Step.objects.bulk_create(
            Step(run=run, resource=name, **asdict(counts))
            for name, counts in report.resources.items()
        )


async def report_of(run: Run) -> RunReport:
    """The report of a recorded run, ended or not. `run.integration` must be loaded."""
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
        async for step in run.steps.order_by("pk")
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
        error=ErrorReport(**run.error) if run.error else None,
    )
