"""What is kept no longer: values of the history, old events, the leavings of runs long ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db.models import Exists, Model, OuterRef, Q

from sync.clock import in_seconds
from sync.history import prune_history
from sync.models import (
    Change,
    Checkpoint,
    Reject,
    Run,
    Seen,
    SyncSchedule,
    Unseen,
    Watermark,
)
from workers.inbox import PRUNED, prune_events

log = structlog.get_logger(__name__)

# Of a run that ended a day ago nobody goes on with its listings.
LEAVINGS_S: Final = 24 * 3600.0
# What refers to runs that are to be kept, by which field.
LEFT_BY_RUNS: Final[tuple[tuple[type[Model], str], ...]] = (
    (Change, "run"),
    (Reject, "run"),
    (Unseen, "run"),
    (Watermark, "run"),
    (SyncSchedule, "last_run"),
)


async def prune() -> None:
    """Forget what is older than it is kept. It can be repeated."""
    values = await sync_to_async(prune_history)()
    ended = Run.objects.filter(finished_at__lt=in_seconds(-LEAVINGS_S)).exclude(
        state__in=(Run.State.QUEUED, Run.State.RUNNING)
    )
    leavings = 0
    for model in (Checkpoint, Seen):
        leavings += (await model.objects.filter(run__in=ended).adelete())[0]
    events = await prune_events()
    refreshes = 0
    while part := await sync_to_async(_prune_refreshes)():
        refreshes += part
    log.info("ledger.pruned", values=values, leavings=leavings, events=events, refreshes=refreshes)


def _prune_refreshes() -> int:
    """Some of those that ended WEBHOOK_KEEP_DAYS ago or before, as the events they read for, and
    left nothing: no change, no record set aside, nothing anybody refers to. Second looks, mostly.
    """
    old = Run.objects.filter(
        *_left_nothing(),
        trigger=Run.Trigger.WEBHOOK,
        targets__isnull=False,
        state__in=(Run.State.SUCCEEDED, Run.State.PARTIAL, Run.State.FAILED),
        finished_at__lt=in_seconds(-settings.WEBHOOK_KEEP_DAYS * 24 * 3600),
    )
    pks = list(old.order_by("pk").values_list("pk", flat=True)[:PRUNED])
    Run.objects.filter(pk__in=pks).delete()
    return len(pks)


def _left_nothing() -> Iterator[Q]:
    for model, name in LEFT_BY_RUNS:
        yield ~Q(Exists(model._default_manager.filter(**{name: OuterRef("pk")})))
