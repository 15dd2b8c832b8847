"""A mirror in the test's own database, synced in the test's own process: a tenth of the time."""

from __future__ import annotations

from typing import Any

from canvas.models import CanvasIntegration
from simulator import Canvas
from sync.leases import take
from sync.models import Run
from sync.report import RunReport
from sync.runlog import queue_run
from sync.runner import Order
from tests.acceptance.driver import TOKEN
from tests.acceptance.first_readings import FirstReadings
from workers.bridge import bridge
from workers.syncing import sync

COURSE = 101
Counts = dict[str, dict[str, int]]
_CHANGES = ("created", "updated", "deleted", "rejected")


class Inside:
    """Course 101 of a Canvas. Needs a test with real transactions, as other threads write."""

    def __init__(self, canvas: Canvas) -> None:
        self.integration = CanvasIntegration.objects.filter(
            name="inside"
        ).first() or CanvasIntegration(name="inside", base_url=canvas.url)
        self.integration.set_token(TOKEN)
        self.integration.save()

    @classmethod
    def synced(cls, canvas: Canvas, readings: FirstReadings) -> Inside:
        """A mirror after its first run at the first moment of `canvas`."""
        readings.begin(("inside", canvas.url), canvas, read=lambda: cls(canvas).sync())
        return cls(canvas)

    def sync(self, **order: Any) -> RunReport:
        """One run, which must succeed; `order` as in `Order`."""
        report = self.run(**order)
        assert report.state == Run.State.SUCCEEDED, report.error
        return report

    def run(self, **order: Any) -> RunReport:
        """One run, however it ends."""
        return bridge.run(self._sync(Order(course=COURSE, **order)))

    async def _sync(self, order: Order) -> RunReport:
        run = await queue_run(self.integration, order, full=order.full)
        fence = await take(self.integration.pk, order.course, run=run.pk)
        assert fence is not None
        run = await Run.objects.select_related("integration").aget(pk=run.pk)
        return await sync(run, fence=fence)


def changes(report: RunReport) -> Counts:
    """Kind of change → resource → number, without the zeros."""
    found: Counts = {}
    for name in _CHANGES:
        for resource, counts in report.resources.items():
            if number := getattr(counts, name):
                found.setdefault(name, {})[resource] = number
    return found
