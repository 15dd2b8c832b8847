"""An integration with courses on its schedule, and looks at it from several threads at once."""

from __future__ import annotations

import datetime as dt
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import async_to_sync
from django.db import connection, transaction
from django.db.models.functions import Now

from canvas.models import CanvasCourse, CanvasIntegration
from sync.clock import in_seconds
from sync.models import Run, SyncSchedule, Watermark
from workers.planned import Stretches
from workers.schedule import Due, note_end, run_due

DAY_S = 24 * 3600


class Timetable:
    """Courses of one integration; each call of `course` makes one that is due."""

    def __init__(self, name: str = "school") -> None:
        self.integration = CanvasIntegration.objects.create(
            name=name, base_url=f"https://{name}.example"
        )

    def course(self, course: int, *, in_s: float = -1, **columns: Any) -> SyncSchedule:
        row = SyncSchedule.objects.create(
            integration=self.integration, course=course, **({"jitter": 0} | columns)
        )
        SyncSchedule.objects.filter(pk=row.pk).update(next_at=in_seconds(in_s))
        return row

    def mirrored(self, course: int, **columns: Any) -> CanvasCourse:
        """A course that was read to its end before."""
        Watermark.objects.create(
            integration=self.integration, course=course, source="sections", full_cost=1.0
        )
        return CanvasCourse.objects.create(
            integration=self.integration, canvas_id=course, **columns
        )

    def run(self, course: int, **columns: Any) -> Run:
        return Run.objects.create(integration=self.integration, course=course, **columns)

    def courses(self, **columns: Any) -> list[int]:
        """Of the runs there are, in the order they were queued."""
        runs = Run.objects.filter(integration=self.integration, **columns)
        return list(runs.order_by("pk").values_list("course", flat=True))


def tick(seed: int = 1) -> Due:
    """One look at the schedule, by a process that knows nothing yet."""
    return async_to_sync(run_due)(chance=random.Random(seed), stretched=Stretches())


def ended(run: Run, state: Run.State = Run.State.SUCCEEDED, *, code: str = "") -> None:
    """Close the run and say so to the schedule."""
    Run.objects.filter(pk=run.pk).update(state=state, error={"code": code} if code else None)
    async_to_sync(note_end)(run, stretched=Stretches())


def left_s(row: SyncSchedule) -> float:
    """Until the row is due, by the clock of the database."""
    found = SyncSchedule.objects.annotate(now=Now()).get(pk=row.pk)
    return (found.next_at - found.now).total_seconds()


def ticks_at_once(times: int, *, threads: int) -> int:
    """How many runs were queued by them all."""

    def one(seed: int) -> int:
        try:
            return tick(seed).runs
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(one, range(times)))


def shift(seconds: float) -> None:
    """As if so much time had passed."""
    with transaction.atomic():
        for row in SyncSchedule.objects.all():
            at = row.next_at - dt.timedelta(seconds=seconds)
            SyncSchedule.objects.filter(pk=row.pk).update(next_at=at)
