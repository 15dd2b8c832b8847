"""The schedule: what is due becomes a run, and the next time is said, in one transaction.

Every instant is the clock of the database. Nothing here waits for Canvas, but for a list of courses
where there is no broker to give it to.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import Final

import structlog
from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.models.functions import Now

from canvas.models import CanvasIntegration
from sync.activity import Known, base_s, known_of
from sync.cadence import cadence
from sync.discovery import NEVER, ONCE_MORE
from sync.listed import DELETED
from sync.models import Run, SyncSchedule
from workers.discovering import AGAIN_S, discover_by_id, discover_in_background
from workers.dispatch import dispatch
from workers.due import database_now, take_due
from workers.fan_out import open_courses, queue_courses
from workers.planned import Stretches, stretches

log = structlog.get_logger(__name__)

SOON_S: Final = 60.0
_CAME_TO_ITS_END: Final = (Run.State.SUCCEEDED, Run.State.PARTIAL, Run.State.HELD)
# These say nothing of the course: its integration is paused, or it was deleted.
_NO_FAILURE: Final = frozenset({"credential_refused", "course_deleted"})
_LONGEST_REASON: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What a look at the schedule came to: runs that were queued, and integrations to be listed."""

    runs: int = 0
    to_list: tuple[int, ...] = ()


async def ensure_schedule(integration: CanvasIntegration) -> None:
    """The courses of a stored integration are listed now and then, at first as soon as may be."""
    await SyncSchedule.objects.aget_or_create(integration=integration, course=None)


async def run_due(*, chance: random.Random | None = None, stretched: Stretches = stretches) -> Due:
    """Queue what is due, have courses listed whose list is due, and dispatch; for every tick.

    However many do this at the same time, each schedule that is due is taken once. What was missed
    while nobody looked is caught up with once: the next time counts from now.
    """
    due = await sync_to_async(_take)(chance or random.Random(), stretched)
    for integration in due.to_list:
        await discover_in_background(integration)
    await dispatch()
    if due.runs or due.to_list:
        log.info("schedule.taken", runs=due.runs, lists=len(due.to_list))
    return due


async def list_and_queue(integration: int) -> None:
    """List the courses of an integration, and queue what is due by that: for the task."""
    await discover_by_id(integration)
    await run_due()


async def note_end(
    run: Run, *, chance: random.Random | None = None, stretched: Stretches = stretches
) -> None:
    """What a run that has ended, and was closed, means for the next one of its course.

    A reading of a part, whoever ordered it, means nothing.
    """
    await sync_to_async(_note_end)(run.pk, chance or random.Random(), stretched)


def _take(chance: random.Random, stretched: Stretches) -> Due:
    now = database_now()
    if now is None:
        return Due()
    with transaction.atomic():
        rows = take_due(now)
        courses = [row for row in rows if row.course is not None]
        known = known_of(courses, now=now)
        at_it = open_courses(courses)
        runs = queue_courses(courses, known, trigger=Run.Trigger.SCHEDULE)
        for row in courses:
            is_at_it = (row.integration_id, row.course) in at_it
            _plan(row, known[row.pk], now=now, chance=chance, stretched=stretched)
            if row.workflow_state in ONCE_MORE:
                row.next_at = now + _seconds(SOON_S) if is_at_it else NEVER
        lists = [row for row in rows if row.course is None]
        for row in lists:
            row.next_at = now + _seconds(AGAIN_S)  # whoever has listed them says when again
        SyncSchedule.objects.bulk_update(rows, ["next_at", "cadence_s", "cadence_because"])
    return Due(runs=len(runs), to_list=tuple(row.integration_id for row in lists))


def _plan(
    row: SyncSchedule,
    known: Known,
    *,
    now: dt.datetime,
    chance: random.Random,
    stretched: Stretches,
) -> None:
    """The next time from now; `cadence_s` is what the course asks for, before it is put off."""
    asked = cadence(known.activity, base_s=base_s())
    every_s = asked.interval_s * stretched.of(row.integration_id)
    later = 1 + chance.uniform(0, max(0.0, row.jitter))
    row.cadence_s = round(asked.interval_s)
    row.cadence_because = asked.because[:_LONGEST_REASON]
    row.next_at = now + _seconds(every_s * later)


def _note_end(pk: int, chance: random.Random, stretched: Stretches) -> None:
    run = Run.objects.get(pk=pk)
    if run.targets is not None or run.only:
        return
    with transaction.atomic():
        rows = SyncSchedule.objects.filter(integration=run.integration_id, course=run.course)
        row = rows.select_for_update().annotate(now=Now()).first()
        if row is not None:
            _noted(row, run, now=row.now, chance=chance, stretched=stretched)


def _noted(
    row: SyncSchedule,
    run: Run,
    *,
    now: dt.datetime,
    chance: random.Random,
    stretched: Stretches,
) -> None:
    if run.state == Run.State.BUSY and run.trigger == Run.Trigger.SCHEDULE:
        row.next_at = min(row.next_at, now + _seconds(SOON_S))  # somebody else was at the course
    code = run.error["code"] if run.error else ""
    if run.state in _CAME_TO_ITS_END or code == "course_deleted":
        row.failures = 0
    elif run.state == Run.State.FAILED and code not in _NO_FAILURE:
        row.failures += 1
    if run.state in (*_CAME_TO_ITS_END, Run.State.FAILED):
        row.last_run = run
        _sooner(row, now=now, chance=chance, stretched=stretched)
    if code == "course_deleted":
        row.workflow_state, row.next_at = DELETED, NEVER
    row.save(
        update_fields=[
            *("next_at", "cadence_s", "cadence_because", "failures", "last_run"),
            "workflow_state",
        ]
    )


def _sooner(
    row: SyncSchedule, *, now: dt.datetime, chance: random.Random, stretched: Stretches
) -> None:
    """When more happens in the course than was known when its next time was said.

    A course that was never its turn before waits its interval out: it has just been read.
    """
    before_s, before_at = row.cadence_s, row.next_at
    known = known_of([row], now=now)[row.pk]
    _plan(row, known, now=now, chance=chance, stretched=stretched)
    if before_at == NEVER or 0 < before_s <= row.cadence_s:
        row.next_at = before_at
    elif before_s:
        row.next_at = min(row.next_at, before_at)


def _seconds(seconds: float) -> dt.timedelta:
    return dt.timedelta(seconds=seconds)
