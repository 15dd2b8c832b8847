"""The ledger put right: whatever was lost with a worker or a broker waits in its queue again.

Runs at start-up and now and then. All of it is harmless when it is done twice, or by two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import structlog
from asgiref.sync import sync_to_async
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from sync.clock import in_seconds
from sync.leases import is_abandoned
from sync.models import Lease, Run
from workers.dispatch import dispatch

log = structlog.get_logger(__name__)

UNBEGUN_S: Final = 120.0  # a command begins its run at once, or is gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """`abandoned` runs whose process is gone wait again; `sent`: messages that went out."""

    abandoned: int
    sent: int


async def reconcile() -> Reconciled:
    """Put back the runs of dead workers, and send messages for what waits without one."""
    abandoned = 0
    for run in await sync_to_async(_without_holder)():
        abandoned += await _put_back(run)
    return Reconciled(abandoned=abandoned, sent=await dispatch())


def _without_holder() -> list[Run]:
    """Those called running whose lease is over, or its holder is known to have ended; and those of
    commands that were never begun. Blocks.
    """
    live = Lease.objects.filter(run=OuterRef("pk"), expires_at__gt=Now())
    running = Q(state=Run.State.RUNNING) & ~Exists(live.exclude(pk__in=_abandoned_leases()))
    unbegun = Q(state=Run.State.QUEUED, queue="", created_at__lte=in_seconds(-UNBEGUN_S))
    return list(Run.objects.filter(running | unbegun).order_by("pk"))


def _abandoned_leases() -> list[int]:
    held = Lease.objects.filter(run__isnull=False, expires_at__gt=Now())
    return [lease.pk for lease in held if is_abandoned(lease)]


async def _put_back(run: Run) -> int:
    as_seen = Run.objects.filter(pk=run.pk, state=run.state, attempts=run.attempts)
    put_back = await as_seen.aupdate(
        state=Run.State.QUEUED,
        queue=run.queue or Run.Queue.SCHEDULED,
        not_before=None,
        dispatched_at=None,
    )
    if put_back:
        log.warning("run.abandoned", run=run.pk, course=run.course, worker=run.worker)
    return put_back
