"""From a run's id to the run: claimed once, however often the message comes."""

from __future__ import annotations

import structlog

from sync.models import Run
from workers.wiring import sync

log = structlog.get_logger(__name__)


async def carry_out(run_id: int) -> None:
    """Claim the queued run and carry it out; a duplicate message finds nothing to claim."""
    claimed = await Run.objects.filter(pk=run_id, state=Run.State.QUEUED).aupdate(
        state=Run.State.RUNNING
    )
    if not claimed:
        log.info("run.not_queued", run=run_id)
        return
    await sync(await Run.objects.select_related("integration").aget(pk=run_id))
