"""The schedule as an operator sees it and changes it: courses, and the list of each account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from canvas.models import CanvasIntegration
from management.errors import usage
from management.integrations import refuse_unknown
from sync.cadence import Spending
from sync.clock import in_seconds
from sync.discovery import NEVER, ONCE_MORE
from sync.models import SyncSchedule
from workers.planned import spending_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the schedule. `course` None is the list of the account's courses.

    `in_s`: seconds until it is due, negative while it waits for its turn, None for never.
    `every_s`: from one time to the next, stretched as it now is; 0 before the first time.
    """

    row: SyncSchedule
    integration: str
    course: int | None
    in_s: float | None
    every_s: float

    @property
    def window(self) -> str:
        start, end = self.row.window_start, self.row.window_end
        return f"{start:%H:%M}-{end:%H:%M}" if start and end else ""

    def as_json(self) -> dict[str, Any]:
        row = self.row
        return {
            "integration": self.integration,
            "course": self.course,
            "name": row.name or None,
            "state": row.workflow_state or None,
            "restricted": row.is_restricted,
            "next_at": None if self.in_s is None else row.next_at.isoformat(timespec="seconds"),
            "every_s": round(self.every_s),
            "because": row.cadence_because or None,
            "set_by_hand": row.interval_s is not None,
            "window": self.window or None,
            "priority": row.priority,
            "paused": row.paused,
            "failures": row.failures,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """All entries of one integration, and what they spend together."""

    integration: str
    spending: Spending
    entries: list[Entry]

    def as_json(self) -> dict[str, Any]:
        return {
            "integration": self.integration,
            "planned_per_s": round(self.spending.planned, 3),
            "allowed_per_s": self.spending.allowed,
            "stretch": round(self.spending.stretch, 3),
            "entries": [entry.as_json() for entry in self.entries],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries a person means. No course and not `every_course`: the list of the account."""

    courses: tuple[int, ...] = ()
    every_course: bool = False
    integration: str | None = None


async def timetables(wanted: Wanted) -> list[Timetable]:
    """Raises CommandStopped for an integration or a course that is not on the schedule."""
    await refuse_unknown(wanted.integration)
    return await sync_to_async(_timetables)(wanted)


async def change(wanted: Wanted, columns: dict[str, Any]) -> int:
    """Set columns of the entries a person means; how many those are. Raises CommandStopped.

    A new interval counts from now; one that is adapted again is due when it was.
    """
    await refuse_unknown(wanted.integration)
    return await sync_to_async(_change)(wanted, columns)


def _timetables(wanted: Wanted) -> list[Timetable]:
    found = []
    for integration in _integrations(wanted.integration):
        rows = _meant(integration, wanted, all_where_none=True).annotate(now=Now())
        spending = spending_of(integration.pk)
        entries = [
            _entry(row, integration.name, stretch=spending.stretch)
            for row in rows.order_by(F("course").asc(nulls_first=True))
        ]
        found.append(Timetable(integration=integration.name, spending=spending, entries=entries))
    _refuse_missing(wanted, {entry.course for table in found for entry in table.entries})
    return found


def _change(wanted: Wanted, columns: dict[str, Any]) -> int:
    integrations = list(_integrations(wanted.integration))
    if len(integrations) > 1 and wanted.integration is None:
        names = ", ".join(integration.name for integration in integrations)
        raise usage(f"several integrations are stored: {names}", next_step="add --integration NAME")
    if not integrations:
        raise usage("no Canvas is stored", next_step="run 'manage.py connect NAME --url URL'")
    rows = _meant(integrations[0], wanted, all_where_none=False)
    _refuse_missing(wanted, set(rows.values_list("course", flat=True)))
    changed = rows.update(**columns)
    if every_s := columns.get("interval_s"):
        rows.update(cadence_s=every_s, cadence_because="set by hand")
        alive = ~Q(next_at=NEVER) & Q(next_at__gt=in_seconds(every_s))
        rows.filter(alive).update(next_at=in_seconds(every_s))
    return changed


def _integrations(name: str | None) -> QuerySet[CanvasIntegration]:
    stored = CanvasIntegration.objects.order_by("name")
    return stored if name is None else stored.filter(name=name)


def _meant(
    integration: CanvasIntegration, wanted: Wanted, *, all_where_none: bool
) -> QuerySet[SyncSchedule]:
    rows = SyncSchedule.objects.filter(integration=integration)
    if wanted.courses:
        return rows.filter(course__in=wanted.courses)
    if wanted.every_course:
        return rows.exclude(course=None)
    return rows if all_where_none else rows.filter(course=None)


def _refuse_missing(wanted: Wanted, found: Collection[int | None]) -> None:
    if missing := sorted(set(wanted.courses) - set(found)):
        named = " ".join(map(str, missing))
        raise usage(
            f"not on the schedule: course {named}",
            next_step="run 'manage.py sync_integration', which lists the courses there are",
        )


def _entry(row: SyncSchedule, integration: str, *, stretch: float) -> Entry:
    now: dt.datetime = row.now  # type: ignore[attr-defined]
    never = row.next_at == NEVER or (row.workflow_state in ONCE_MORE and row.next_at > now)
    return Entry(
        row=row,
        integration=integration,
        course=row.course,
        in_s=None if never else (row.next_at - now).total_seconds(),
        every_s=_every_s(row, stretch),
    )


def _every_s(row: SyncSchedule, stretch: float) -> float:
    """Before its first time the list of an account has no cadence of its own yet."""
    if row.course is None:
        return row.interval_s or settings.DISCOVERY_HOURS * 3600
    return row.cadence_s * stretch
