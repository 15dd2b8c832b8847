"""Runs that cannot be gone on with: closed with the reason, and begun anew where that is due."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

import structlog
from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from sync.models import Run
from sync.report import ErrorReport
from workers.schedule import note_end

log = structlog.get_logger(__name__)

OPEN: Final = (Run.State.QUEUED, Run.State.RUNNING)
_LOST: Final = "run {run.pk} was begun {run.attempts} times, and each time its process was lost"


async def begin_anew(run: Run, *, because: str) -> None:
    """Close the open run, and queue another with the same order. Its lease must not be held."""
    await sync_to_async(_begin_anew)(run, because)
    log.info("run.begun_anew", run=run.pk, because=because)


async def give_up(run: Run, *, because: str = "") -> None:
    """Close the open run as failed; when its course is read again is for the schedule to say."""
    cause = f"run {run.pk} met a bug ({because})" if because else _LOST.format(run=run)
    error = ErrorReport(
        code="bug" if because else "worker_lost",
        cause=cause,
        effect="what it had read is stored",
        next_step="see the log of the workers",
    )
    closed = await _still_open(run).aupdate(
        state=Run.State.FAILED, finished_at=Now(), error=asdict(error)
    )
    if closed:
        log.error("run.given_up", run=run.pk, course=run.course, attempts=run.attempts)
        await note_end(await Run.objects.aget(pk=run.pk))


def _still_open(run: Run) -> QuerySet[Run]:
    return Run.objects.filter(pk=run.pk, state__in=OPEN)


def _is_covered(run: Run) -> bool:
    """Whether another open run of the course reads all that this one was to read."""
    others = Run.objects.filter(integration=run.integration_id, course=run.course, state__in=OPEN)
    others = others.exclude(pk=run.pk).filter(full__gte=run.full, targets__isnull=True)
    return any(not other.only or set(other.only) == set(run.only) for other in others)


def _begin_anew(run: Run, because: str) -> None:
    with transaction.atomic():
        another = Run(
            integration_id=run.integration_id,
            course=run.course,
            only=run.only,
            full=run.full,
            accept_deletes=run.accept_deletes,
            targets=run.targets,
            trigger=run.trigger,
            queue=run.queue or Run.Queue.SCHEDULED,
            priority=run.priority,
        )
        error = ErrorReport(
            code="worker_lost",
            cause=f"the process that carried out run {run.pk} is gone, and {because}",
            effect="what it had read is stored",
            next_step="nothing: the course is read again by another run",
        )
        closed = _still_open(run).update(
            state=Run.State.FAILED, finished_at=Now(), error=asdict(error)
        )
        if closed and not _is_covered(run):
            another.save()
