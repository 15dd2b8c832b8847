"""What a run reads of each source: decided just before it is read, from what earlier runs left.

Reads the database and nothing of Canvas. A source without a filter is always read in full; the
others are, too, when anything may have happened that a reading of changes cannot show. All that is
asked is in the database, so a run that is gone on with decides as it did.
Source: canvas-api 5.2 and 5.3.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from asgiref.sync import sync_to_async
from django.conf import settings

from sync.models import Reject, Watermark
from sync.moved import (
    changed_groups,
    moved_assignments,
    moved_students,
    people_changed,
    students_moved,
)
from sync.plan import Source
from sync.proof import Mode
from sync.reach import Question, Reach
from sync.target import Target
from sync.watermarks import REJECTS_OPEN, watermark_of

# Above these shares of a course, everything costs little more and shows more.
_FEW_ASSIGNMENTS: Final = 1 / 4
_FEW_GROUPS: Final = 1 / 2
_NO_RUN: Final = 2**62  # none comes after it: then only what is later than the watermark counts

Decide: TypeAlias = Callable[[Watermark, Question, Target], Awaitable[Reach]]


async def reach_of(source: Source, question: Question, target: Target) -> Reach:
    """What to read of `source` now."""
    if not source.ways:
        return Reach()
    if question.of_this_run:
        return await _moved_just_now(question, target)
    mark = await sync_to_async(watermark_of)(
        source.name, course=question.course, integration=target.integration
    )
    if mark is None:
        return Reach(because="it has never been read completely")
    because = "it was asked for" if question.full else await _due(mark, target)
    if because:
        return Reach(because=because)
    return await _CHANGES[source.name](mark, question, target)


async def _moved_just_now(question: Question, target: Target) -> Reach:
    """Submissions that moved with what this very run has stored of assignments and people."""
    before = Watermark(
        integration_id=target.integration,
        course=question.course,
        run_id=_NO_RUN,
        stored_at=target.began_at,
    )
    moved, _ = await moved_assignments(before, target)
    students = await students_moved(before)
    return Reach(mode=Mode.CHANGED_PARENTS, parents=moved, students=students)


async def _due(mark: Watermark, target: Target) -> str:
    """Why everything must be read whatever has changed; "" when it need not."""
    if mark.full_because:
        return mark.full_because
    if mark.run_id is None or mark.read_at is None or mark.complete_at is None:
        return "its last full reading is not known"
    now = target.read_since
    if now is None or now - mark.complete_at >= dt.timedelta(hours=settings.FULL_WALK_HOURS):
        return f"its last full reading is {settings.FULL_WALK_HOURS} hours old"
    open_rejects = Reject.objects.filter(
        run__integration=mark.integration_id,
        run__course=mark.course,
        source=mark.source,
        resolved_at__isnull=True,
    )
    return REJECTS_OPEN if await open_rejects.aexists() else ""


async def _submissions(mark: Watermark, question: Question, target: Target) -> Reach:
    """Changes by Canvas's own account; whole lists of assignments that moved their submissions.

    People who come, go or change sections move submissions anywhere: then everything is read.
    """
    people = await moved_students(mark, question, target)
    if people:
        return Reach(because=f"{_many(people, 'enrollment')} began, ended or changed")
    moved, published = await moved_assignments(mark, target)
    since = _with_overlap(mark)
    if not moved:
        return Reach(mode=Mode.UPDATED_SINCE, since=since)
    because = f"{_many(len(moved), 'assignment')} changed"
    if len(moved) > published * _FEW_ASSIGNMENTS:
        return Reach(because=because)
    return Reach(mode=Mode.CHANGED_PARENTS, since=since, parents=moved, because=because)


async def _memberships(mark: Watermark, question: Question, target: Target) -> Reach:
    """Of groups that changed: a group tells how many members it has (canvas-api 4.14)."""
    if await people_changed(mark):
        return Reach(because="an enrollment is somebody else's now")
    changed, alive = await changed_groups(mark, target)
    because = f"{_many(len(changed), 'group')} changed" if changed else ""
    if len(changed) > alive * _FEW_GROUPS:
        return Reach(because=because)
    return Reach(mode=Mode.CHANGED_PARENTS, parents=changed, because=because)


_CHANGES: Final[dict[str, Decide]] = {
    "submissions": _submissions,
    "group_memberships": _memberships,
}


def _with_overlap(mark: Watermark) -> dt.datetime:
    """Transactions that commit late carry older times (canvas-api 5.3)."""
    assert mark.read_at is not None
    return mark.read_at - dt.timedelta(minutes=settings.SYNC_OVERLAP_MINUTES)


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
