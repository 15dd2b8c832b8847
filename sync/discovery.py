"""The courses of a Canvas as rows of the schedule: what a list of them changes there.

Writes no mirrored row: those are written by a run of the course. Never touches what a person set.
Two that do this at the same time do no harm. All of it blocks.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from django.db import transaction
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from canvas.models import CanvasCourse
from sync.activity import base_s
from sync.clock import in_seconds
from sync.listed import DELETED, Listed
from sync.models import SyncSchedule, Watermark

# A course that is not synced until a list has it again. It has a row, as a person may have set
# something of it.
NEVER: Final = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
UNLISTED: Final = "unlisted"  # a word of ours beside Canvas's states
ONCE_MORE: Final = frozenset({DELETED, UNLISTED})  # one run finds out what became of the course
_TOLD: Final = ["name", "workflow_state", "term_id", "ends_at", "is_restricted", "listed_at"]
_LONGEST_STATE: Final = 50
# A list without more than this is rather one that the token may not read whole (trap 22).
_FEW: Final = 20
_SHARE: Final = 0.3
_SOME: Final = 500


class _When(enum.Enum):
    """When a course is to be synced, if a list of courses moves that at all."""

    NOW = enum.auto()
    SPREAD = enum.auto()  # somewhere within the usual interval: it has been read before
    NEVER = enum.auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What a list changed: `new` courses, and those which one more run looks after."""

    new: int = 0
    ending: int = 0


def note_listed(integration: int, listed: Iterable[Listed]) -> Noted:
    """Note what one page of the list says."""
    listed = sorted({one.course: one for one in listed}.values(), key=lambda one: one.course)
    with transaction.atomic():
        mirror = _Mirror(integration, [one.course for one in listed])
        known = _locked(integration, [one.course for one in listed])
        times = {one.course: _when(one, known.get(one.course), mirror) for one in listed}
        rows = [_row(integration, one, known.get(one.course)) for one in listed]
        for row in rows:
            row.next_at = _instant(times[row.course or 0], row)
        SyncSchedule.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["integration", "course"],
            update_fields=_TOLD,
        )
        _move(integration, {course: times[course] for course in known})
    ending = sum(one.state == DELETED and times[one.course] is _When.NOW for one in listed)
    return Noted(new=len(listed) - len(known), ending=ending)


def note_unlisted(integration: int, *, seen: Container[object], since: dt.datetime) -> int | None:
    """Courses that a complete list has no longer: one run of each finds out, and then no more.

    `since`: when the list began, by the database's clock; what somebody else has listed since then
    is left alone. How many there are; None when they are too many to be believed: then all stay.
    """
    known = SyncSchedule.objects.filter(integration=integration, listed_at__isnull=False)
    known = known.exclude(course=None).exclude(workflow_state=UNLISTED)
    rows, total = known.filter(listed_at__lt=since), known.count()
    courses = rows.values_list("course", flat=True)
    gone = [course for course in courses if course is not None and course not in seen]
    if len(gone) > max(_FEW, _SHARE * total) or (gone and len(gone) == total):
        return None
    for some in (gone[start : start + _SOME] for start in range(0, len(gone), _SOME)):
        with transaction.atomic():
            mine = rows.filter(course__in=some)
            alive = _Mirror(integration, some).alive
            mine.exclude(course__in=alive).update(workflow_state=UNLISTED, next_at=NEVER)
            mine.update(workflow_state=UNLISTED, next_at=Now())
    return len(gone)


def note_mirrored(integration: int) -> int:
    """Courses that somebody has mirrored, where no list can be had: how many are scheduled anew.

    Nobody has listed them, and so no list will say that they are gone.
    """
    scheduled = SyncSchedule.objects.filter(integration=integration).exclude(course=None)
    alive = CanvasCourse.objects.live().filter(integration=integration, canvas_id__isnull=False)
    missing = alive.exclude(canvas_id__in=scheduled.values("course")).select_related("term")
    rows = [_row_of(integration, course) for course in missing]
    for row in rows:
        row.next_at = _instant(_When.SPREAD, row)
    SyncSchedule.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def spread_s(integration: int, course: int, *, over_s: float) -> float:
    """A point of the interval that is always the same for a course, and for each another."""
    digest = blake2b(f"{integration}:{course}".encode(), digest_size=8).digest()
    return over_s * int.from_bytes(digest) / 2**64


class _Mirror:
    """Which of some courses the mirror has: `alive` rows, and those read to their end before."""

    def __init__(self, integration: int, courses: Sequence[int]) -> None:
        rows = CanvasCourse.objects.live().filter(integration=integration, canvas_id__in=courses)
        marks = Watermark.objects.filter(integration=integration, course__in=courses)
        self.alive = {one for one in rows.values_list("canvas_id", flat=True) if one is not None}
        self.loaded = self.alive & set(marks.values_list("course", flat=True))


def _locked(integration: int, courses: Sequence[int]) -> dict[int, SyncSchedule]:
    rows = SyncSchedule.objects.filter(integration=integration, course__in=courses)
    in_order = rows.select_for_update().order_by("course")  # two of us never wait in a circle
    return {row.course: row for row in in_order if row.course is not None}


def _row(integration: int, listed: Listed, known: SyncSchedule | None) -> SyncSchedule:
    """As it is inserted, or what is told of it anew: a stub says nothing but that it is one."""
    told = known if known is not None and listed.is_restricted else listed
    state = told.state if isinstance(told, Listed) else told.workflow_state
    return SyncSchedule(
        integration_id=integration,
        course=listed.course,
        name=told.name,
        workflow_state=state[:_LONGEST_STATE],
        term_id=told.term_id,
        ends_at=told.ends_at,
        is_restricted=listed.is_restricted,
        listed_at=Now(),
    )


def _row_of(integration: int, course: CanvasCourse) -> SyncSchedule:
    return SyncSchedule(
        integration_id=integration,
        course=course.canvas_id,
        name=course.name or "",
        workflow_state=(course.workflow_state or "")[:_LONGEST_STATE],
        term_id=course.enrollment_term_id,
        ends_at=(course.term.end_at if course.term else None) or course.end_at,
    )


def _when(listed: Listed, known: SyncSchedule | None, mirror: _Mirror) -> _When | None:
    """None where it stays as it is."""
    if listed.is_restricted:
        return _When.NEVER
    if listed.state == DELETED:
        return _When.NOW if listed.course in mirror.alive else _When.NEVER
    if known is None:
        return _When.SPREAD if listed.course in mirror.loaded else _When.NOW
    was_out = known.next_at == NEVER or known.workflow_state in ONCE_MORE
    return _When.NOW if was_out else None


def _instant(when: _When | None, row: SyncSchedule) -> Combinable | dt.datetime:
    if when is _When.NEVER:
        return NEVER
    if when is _When.SPREAD:
        later_s = spread_s(row.integration_id, row.course or 0, over_s=base_s())
        return in_seconds(later_s)
    return Now()


def _move(integration: int, times: Mapping[int, _When | None]) -> None:
    """Of courses that had a row."""
    rows = SyncSchedule.objects.filter(integration=integration)
    for when, instant in ((_When.NOW, Now()), (_When.NEVER, NEVER)):
        courses = [course for course, theirs in times.items() if theirs is when]
        moved = rows.filter(course__in=courses)
        if when is _When.NOW:
            moved = moved.filter(next_at__gt=Now())  # who waits already keeps its turn
        if courses:
            moved.update(next_at=instant)
