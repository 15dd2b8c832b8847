"""Read models: what commands and pages show, read from the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from management.errors import no_such_run
from sync.models import Reject, Run
from sync.report import RunReport
from sync.runlog import report_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDetail:
    """A run with the records it set aside (at most `REJECTS_SHOWN` of them)."""

    report: RunReport
    rejects: list[Reject]


REJECTS_SHOWN = 50


async def recent_runs(limit: int = 20) -> list[Run]:
    """The newest first, their integration loaded."""
    newest = Run.objects.select_related("integration").order_by("-pk")[:limit]
    return [run async for run in newest]


async def run_detail(run_id: int) -> RunDetail:
    """Raises CommandStopped for a number that is no run."""
    run = await Run.objects.select_related("integration").filter(pk=run_id).afirst()
    if run is None:
        raise no_such_run(run_id)
    rejects = [reject async for reject in run.rejects.order_by("pk")[:REJECTS_SHOWN]]
    return RunDetail(report=await report_of(run), rejects=rejects)
