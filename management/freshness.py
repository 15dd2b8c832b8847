"""How fresh the mirror is: per course and resource, as data for the command and the status page."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from canvas.models import CanvasCourse
from management.integrations import refuse_unknown
from sync.models import Watermark
from sync.plan import PLAN
from sync.report import SCHEMA
from sync.tables import BY_NAME

Place = tuple[str, int]  # integration's name, Canvas's id of the course


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """One resource of one course. Instants are Canvas's clock; None is "never".

    `complete_as_of`: everything Canvas had then is here, and nothing it had no longer; of all that
    is read together, such as submissions and their comments. `changes_as_of`: what a reading of
    changes can see is here up to then. `age_s`: seconds since `complete_as_of`. `full_because`:
    why the next reading is to read everything.
    """

    resource: str
    complete_as_of: dt.datetime | None
    changes_as_of: dt.datetime | None
    age_s: float | None
    next_due: dt.datetime | None
    full_because: str

    def as_json(self) -> dict[str, Any]:
        return {
            "complete_as_of": _iso(self.complete_as_of),
            "changes_as_of": _iso(self.changes_as_of),
            "age_s": None if self.age_s is None else round(self.age_s),
            "next_due": _iso(self.next_due),
            "full_because": self.full_because or None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseFreshness:
    integration: str
    course: int
    resources: list[Freshness]

    def as_json(self) -> dict[str, Any]:
        return {
            "integration": self.integration,
            "course": self.course,
            "resources": {one.resource: one.as_json() for one in self.resources},
        }


async def freshness(
    *, courses: Iterable[int] = (), integration: str | None = None
) -> list[CourseFreshness]:
    """Every course the mirror has or has begun to read; those in `courses` only, if any is named.

    A resource that several sources tell of is as fresh as the one read longest ago. Raises
    CommandStopped for an integration that is not stored.
    """
    await refuse_unknown(integration)
    now, wanted = timezone.now(), set(courses)
    marks: dict[Place, dict[str, Watermark]] = {}
    async for place in _places():
        marks[place] = {}
    async for mark in Watermark.objects.select_related("integration").aiterator():
        place = (mark.integration.name, mark.course)
        marks.setdefault(place, {})[mark.source] = mark
    return [
        CourseFreshness(integration=name, course=course, resources=_resources(found, now))
        for (name, course), found in sorted(marks.items())
        if (not wanted or course in wanted) and integration in (None, name)
    ]


def document(found: Iterable[CourseFreshness]) -> dict[str, Any]:
    """What `freshness --json` and /status.json say."""
    return {
        "schema": SCHEMA,
        "at": _iso(timezone.now()),
        "courses": [course.as_json() for course in found],
    }


async def _places() -> AsyncIterator[Place]:
    rows = CanvasCourse.objects.live().filter(canvas_id__isnull=False, integration__isnull=False)
    async for row in rows.values("integration__name", "canvas_id").aiterator():
        if (course := row["canvas_id"]) is not None:
            yield row["integration__name"], course


def _sources_of() -> dict[str, tuple[str, ...]]:
    """Resource → the sources that must have been read; one Canvas need not have counts nowhere."""
    found: dict[str, dict[str, bool]] = {}
    for source in PLAN:
        for table in source.feeds:
            found.setdefault(BY_NAME[table].reported_as, {})[source.name] = source.optional
    return {
        resource: tuple(name for name, optional in sources.items() if not optional)
        or tuple(sources)
        for resource, sources in found.items()
    }


def _resources(marks: Mapping[str, Watermark], now: dt.datetime) -> list[Freshness]:
    return [
        _freshness(resource, [marks.get(name) for name in names], now)
        for resource, names in _sources_of().items()
    ]


def _freshness(resource: str, marks: list[Watermark | None], now: dt.datetime) -> Freshness:
    known = [mark for mark in marks if mark is not None]
    whole = len(known) == len(marks)
    complete = _oldest([mark.complete_at for mark in known] if whole else [None])
    because = next((mark.full_because for mark in known if mark.full_because), "")
    if complete is None:
        because = because or "never read to its end"
    return Freshness(
        resource=resource,
        complete_as_of=complete,
        changes_as_of=_oldest([mark.read_at for mark in known] if whole else [None]),
        age_s=None if complete is None else (now - complete).total_seconds(),
        next_due=_next_due(complete, because, now),
        full_because=because,
    )


def _next_due(complete: dt.datetime | None, because: str, now: dt.datetime) -> dt.datetime | None:
    """When everything is to be read again; now, where something asks for it."""
    if complete is None or because:
        return now
    return complete + dt.timedelta(hours=settings.FULL_WALK_HOURS)


def _oldest(instants: list[dt.datetime | None]) -> dt.datetime | None:
    if not instants or None in instants:
        return None
    return min(one for one in instants if one is not None)


def _iso(at: dt.datetime | None) -> str | None:
    return None if at is None else at.astimezone(dt.UTC).isoformat(timespec="seconds")
