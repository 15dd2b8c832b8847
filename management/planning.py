"""What the next sync of a course will cost, told from what the last ones did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from management.errors import usage
from management.freshness import Place
from management.integrations import refuse_unknown
from sync.models import Run, Watermark

_NOTHING_ASKED = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """`cost` as Canvas charges it (canvas-api 3.1); `seconds` at the pace of the last run."""

    requests: int
    cost: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CoursePlan:
    """`in_full` names the sources the next run will read in full, with the reason."""

    integration: str
    course: int
    next: Estimate
    full: Estimate
    in_full: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


async def plan_courses(
    courses: Iterable[int] = (), *, integration: str | None = None
) -> list[CoursePlan]:
    """One for every course that was read, or for those named.

    Raises CommandStopped for a course of which no run has left figures, and for an integration that
    is not stored.
    """
    await refuse_unknown(integration)
    wanted, marks, paces = set(courses), await _marks(integration), await _paces()
    if unknown := sorted(wanted - {course for _, course in marks}):
        named = " ".join(map(str, unknown))
        raise usage(
            f"no run has left figures of course {named}",
            next_step=f"run 'manage.py sync_course {named}'",
        )
    return [
        _planned(name, course, found, pace_s=paces.get((name, course), 0.0))
        for (name, course), found in sorted(marks.items())
        if not wanted or course in wanted
    ]


async def _marks(integration: str | None) -> dict[Place, list[Watermark]]:
    rows = Watermark.objects.select_related("integration").order_by("pk")
    if integration is not None:
        rows = rows.filter(integration__name=integration)
    found: dict[Place, list[Watermark]] = {}
    async for mark in rows.aiterator():
        found.setdefault((mark.integration.name, mark.course), []).append(mark)
    return found


async def _paces() -> dict[Place, float]:
    """Seconds a request took in the last run of each course that came to its end."""
    ended = Run.objects.filter(
        state__in=(Run.State.SUCCEEDED, Run.State.PARTIAL, Run.State.HELD), requests__gt=0
    )
    last = ended.order_by().values("integration", "course").annotate(last=Max("pk")).values("last")
    runs = Run.objects.filter(pk__in=last).select_related("integration")
    return {(r.integration.name, r.course): r.seconds / r.requests async for r in runs.aiterator()}


def _planned(integration: str, course: int, marks: list[Watermark], *, pace_s: float) -> CoursePlan:
    because = {mark.source: why for mark in marks if (why := _why_in_full(mark))}
    requests = sum(m.full_requests if m.source in because else m.requests for m in marks)
    full_requests = sum(mark.full_requests for mark in marks)
    cost = sum(m.full_cost if m.source in because else m.cost for m in marks)
    return CoursePlan(
        integration=integration,
        course=course,
        next=Estimate(requests=requests, cost=cost, seconds=requests * pace_s),
        full=Estimate(
            requests=full_requests,
            cost=sum(mark.full_cost for mark in marks),
            seconds=full_requests * pace_s,
        ),
        in_full={name: why for name, why in because.items() if why != _ALWAYS},
    )


_ALWAYS = "it has no filter"


def _why_in_full(mark: Watermark) -> str:
    """Why the next reading of this source reads everything; "" when it does not."""
    if mark.full_because:
        return mark.full_because
    if mark.source not in _READ_BY_CHANGES:
        return _ALWAYS
    due = dt.timedelta(hours=settings.FULL_WALK_HOURS)
    if mark.complete_at is None or timezone.now() - mark.complete_at >= due:
        return "the last full reading is too old"
    return _NOTHING_ASKED


_READ_BY_CHANGES = frozenset({"submissions", "group_memberships"})
