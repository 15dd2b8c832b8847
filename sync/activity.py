"""What the mirror and the ledger know of courses that are scheduled: the facts for `sync.cadence`.

A handful of queries however many courses; all of them block.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from django.conf import settings
from django.db.models import Case, Count, F, Max, Q, Sum, When

from canvas.models import CanvasAssignment, CanvasCourse
from sync.cadence import Activity, Load
from sync.models import Run, Step, SyncSchedule, Watermark
from sync.plan import PLAN

NEAR: Final = dt.timedelta(days=1)
# Canvas's words for a course that students can see, or could.
_PUBLISHED: Final = frozenset({"available", "completed", ""})
_READ_BY_CHANGES: Final = [source.name for source in PLAN if source.ways]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """`is_loaded`: the mirror has read the course to its end before."""

    activity: Activity
    is_loaded: bool


def known_of(rows: Sequence[SyncSchedule], *, now: dt.datetime) -> dict[int, Known]:
    """Primary key of the schedule → what is known of its course. `now` is the database's clock."""
    by_integration = sorted(rows, key=lambda row: row.integration_id)
    found: dict[int, Known] = {}
    for integration, some in groupby(by_integration, key=lambda row: row.integration_id):
        facts = _Facts(integration, list(some), now=now)
        found |= {row.pk: facts.known(row) for row in facts.rows}
    return found


def loads_of(integration: int) -> list[Load]:
    """What each course that is scheduled takes, by its last readings. Others are asked rarely."""
    marks = Watermark.objects.filter(integration=integration).order_by()
    light = Case(
        When(source__in=_READ_BY_CHANGES, full_because="", then=F("cost")), default=F("full_cost")
    )
    costs = marks.values("course").annotate(light=Sum(light), full=Sum("full_cost"))
    cost_of = {row["course"]: (row["light"], row["full"]) for row in costs}
    rows = SyncSchedule.objects.filter(integration=integration, paused=False, cadence_s__gt=0)
    scheduled = rows.exclude(course=None).values_list("course", "cadence_s")
    return [
        Load(interval_s=every_s, light=cost_of[course][0], full=cost_of[course][1])
        for course, every_s in scheduled
        if course in cost_of
    ]


def base_s() -> float:
    """How often an ordinary course is synced."""
    return settings.SYNC_EVERY_MINUTES * 60.0


class _Facts:
    """Of some courses of one integration."""

    def __init__(self, integration: int, rows: Sequence[SyncSchedule], *, now: dt.datetime) -> None:
        self.rows, self._integration, self._now = rows, integration, now
        self._ids = [row.course for row in rows if row.course is not None]
        self._courses = self._mirrored()
        self._work = self._assignments(course["pk"] for course in self._courses.values())
        self._because = self._full_because()
        self._changed = _changed_rows(row.last_run_id for row in rows)

    def known(self, row: SyncSchedule) -> Known:
        course = self._courses.get(row.course or 0, {})
        work = self._work.get(course.get("pk", 0), {})
        because = self._because.get(row.course or 0)
        begins_at = _begins_at(course)
        activity = Activity(
            interval_s=row.interval_s,
            is_published=row.workflow_state in _PUBLISHED,
            has_begun=begins_at is None or begins_at <= self._now,
            is_over=row.workflow_state == "completed" or _is_past(row.ends_at, self._now),
            due_near=bool(work.get("near")),
            changed_share=self._changed.get(row.last_run_id or 0, 0) / _size(course),
            quiet_s=self._quiet_s(course, work),
            in_full_because=because or "",
            failures=row.failures,
        )
        return Known(activity=activity, is_loaded=bool(course) and because is not None)

    def _quiet_s(self, course: Mapping[str, Any], work: Mapping[str, Any]) -> float:
        changes = (course.get("changed_at"), course.get("rollup__changed_at"), work.get("changed"))
        last = max((at for at in changes if at), default=self._now)
        return max(0.0, (self._now - last).total_seconds())

    def _mirrored(self) -> dict[int, dict[str, Any]]:
        rows = CanvasCourse.objects.filter(integration=self._integration, canvas_id__in=self._ids)
        columns = rows.values(
            *("pk", "canvas_id", "changed_at", "start_at", "term__start_at"),
            *("restrict_enrollments_to_course_dates", "rollup__changed_at"),
            *("rollup__enrollments", "rollup__assignments", "rollup__submissions"),
        )
        return {course["canvas_id"]: course for course in columns}

    def _assignments(self, courses: Iterable[int]) -> dict[int, dict[str, Any]]:
        """Whether work of the course is due about now, exceptions for some students included."""
        span = (self._now - NEAR, self._now + NEAR)
        excepted = Q(overrides__due_at__range=span, overrides__deleted_at=None)
        near = Q(published=True) & (Q(due_at__range=span) | excepted)
        live = CanvasAssignment.objects.live().filter(course__in=list(courses)).order_by()
        told = live.values("course").annotate(
            changed=Max("changed_at"), near=Count("pk", filter=near)
        )
        return {row["course"]: dict(row) for row in told}

    def _full_because(self) -> dict[int, str]:
        """Course → why something of it is to be read in full, "" for nothing."""
        marks = Watermark.objects.filter(integration=self._integration, course__in=self._ids)
        reasons = marks.order_by().values("course").annotate(because=Max("full_because"))
        return {row["course"]: row["because"] for row in reasons}


def _changed_rows(runs: Iterable[int | None]) -> dict[int, int]:
    """Run → how many rows it changed; what a first load brings is no change."""
    steps = Step.objects.filter(run__in=[run for run in runs if run is not None])
    steps = steps.exclude(run__queue=Run.Queue.BULK).order_by()
    total = Sum(F("created") + F("updated") + F("deleted"))
    return {row["run"]: row["changed"] for row in steps.values("run").annotate(changed=total)}


def _begins_at(course: Mapping[str, Any]) -> dt.datetime | None:
    """A course's own dates count where it keeps people to them, else its term's (trap 29)."""
    own: dt.datetime | None = course.get("start_at")
    term: dt.datetime | None = course.get("term__start_at")
    return own if own and course.get("restrict_enrollments_to_course_dates") else term or own


def _size(course: Mapping[str, Any]) -> int:
    figures = ("rollup__enrollments", "rollup__assignments", "rollup__submissions")
    return max(1, sum(course.get(name) or 0 for name in figures))


def _is_past(instant: dt.datetime | None, now: dt.datetime) -> bool:
    return instant is not None and instant < now
