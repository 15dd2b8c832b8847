"""Runs that cannot be gone on with: closed with the reason, and begun anew where that is due."""

from __future__ import annotations

from dataclasses import asdict

import structlog
from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.models.functions import Now

from sync.models import Run
from sync.report import ErrorReport

log = structlog.get_logger(__name__)


async def begin_anew(run: Run, *, because: str) -> None:
    """Close the open run, and queue another with the same order. Its lease must not be held."""
    await sync_to_async(_begin_anew)(run, because)
    log.info("run.begun_anew", run=run.pk, because=because)


def _begin_anew(run: Run, because: str) -> None:
    with transaction.atomic():
        still_open = Run.objects.filter(pk=run.pk, state__in=(Run.State.QUEUED, Run.State.RUNNING))
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
        closed = still_open.update(state=Run.State.FAILED, finished_at=Now(), error=asdict(error))
        if closed:
            another.save()
