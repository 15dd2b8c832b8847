"""What is kept no longer: values of the history, and the leavings of runs long ended."""

from __future__ import annotations

from typing import Final

import structlog
from asgiref.sync import sync_to_async

from sync.clock import in_seconds
from sync.history import prune_history
from sync.models import Checkpoint, Run, Seen
from workers.inbox import prune_events

log = structlog.get_logger(__name__)

# Of a run that ended a day ago nobody goes on with its listings.
LEAVINGS_S: Final = 24 * 3600.0


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
    log.info("ledger.pruned", values=values, leavings=leavings, events=events)
