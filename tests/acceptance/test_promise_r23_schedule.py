"""R23, its part of the schedule: a worker whose clock is a day off begins nothing too early and
nothing too late, and says the next time right."""

from __future__ import annotations

import pytest

from simulator import Canvas
from tests.acceptance.conftest import NewMirror
from tests.acceptance.driver import Mirror

# Course 101 is due, 102 in twenty minutes, 103 as well but for its window, which opens in an hour.
TABLE = (
    "import datetime as dt; from canvas.models import CanvasIntegration; "
    "from sync.models import SyncSchedule; now = dt.datetime.now(dt.UTC); "
    "school = CanvasIntegration.objects.create(name='default', base_url='https://school.example'); "
    "later = lambda minutes: now + dt.timedelta(minutes=minutes); "
    "make = SyncSchedule.objects.create; "
    "make(integration=school, course=101, next_at=later(-1), jitter=0); "
    "make(integration=school, course=102, next_at=later(20), jitter=0); "
    "make(integration=school, course=103, next_at=later(-1), jitter=0, "
    "window_start=later(60).time(), window_end=later(120).time())"
)
LOOK = (
    "import time_machine, datetime as dt; from asgiref.sync import async_to_sync; "
    "from workers.schedule import run_due; "
    "there = dt.datetime.now(dt.UTC) + dt.timedelta(minutes={minutes}); "
    "clock = time_machine.travel(there); clock.start(); "
    "print(async_to_sync(run_due)().runs)"
)
LEFT = (
    "SELECT course, round(extract(epoch FROM next_at - now()) / 600) FROM sync_syncschedule "
    "ORDER BY course"
)


@pytest.mark.parametrize("minutes", [-1440, -90, 90, 1440])
def test_r23_only_the_clock_of_the_database_says_what_is_due(
    still_canvas: Canvas, new_mirror: NewMirror, minutes: int
) -> None:
    mirror: Mirror = new_mirror(still_canvas.url, "postgres")
    mirror.shell(TABLE)
    assert mirror.shell(LOOK.format(minutes=minutes)) == "1"
    assert mirror.sql("SELECT course FROM sync_run") == [(101,)]
    assert mirror.sql(LEFT) == [(101, 6), (102, 2), (103, 0)]
