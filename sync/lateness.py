"""Work that became missing because time passed: Canvas computes that, and tells no change of it.

Writes one quiet column, only where it flips. `late` does not flip by the clock: it compares two
stored moments, and whoever changes one of them is seen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.db.models import QuerySet
from django.utils import timezone

from canvas.models import CanvasSubmission
from sync.course_rows import live_rows
from sync.fence import fenced
from sync.tables import BY_NAME
from sync.target import Target
from sync.watermarks import watermark_of

# Work of these kinds is not handed in here, and so never missing (canvas-api 4.12).
_NOT_EXPECTED: Final[tuple[list[str], ...]] = (
    [],
    [""],
    ["none"],
    ["not_graded"],
    ["on_paper"],
    ["wiki_page"],
)
_TOOL: Final = ["external_tool"]  # expected of New Quizzes only
_QUIZ: Final = ["online_quiz"]
_QUIZ_GRACE: Final = dt.timedelta(seconds=60)
# What was due before the last full reading has Canvas's own answer; this much is looked at again.
_AGAIN: Final = dt.timedelta(minutes=5)
_SIZE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """Due dates that have passed since Canvas was last asked for everything."""

    after: dt.datetime
    until: dt.datetime


async def note_missing(course: int, target: Target, *, among: Collection[int] | None = None) -> int:
    """Bring `missing` up to date for submissions this run has not read; how many flipped.

    By the rule of Canvas's own query for missing work: due, nothing handed in, no grade, no word of
    a teacher, and the assignment expects something. Of `course`, Canvas's id; commits by itself.
    `among`: primary keys of all submissions this run has not read, where these are known.
    """
    if among is not None and not among:
        return 0
    flipped = 0
    for part in await sync_to_async(_now_missing)(course, target, among):
        async with fenced(target.fence):
            flipped += await CanvasSubmission.objects.filter(pk__in=part).aupdate(missing=True)
    return flipped


def _now_missing(course: int, target: Target, among: Collection[int] | None) -> list[list[int]]:
    """Primary keys, in parts."""
    span = _span(course, target)
    if span is None:
        return []
    seen, found = target.census.of("submissions").seen, list[int]()
    for due in _due(course, span, target):
        rows = due if among is None else due.filter(pk__in=among)
        found += [pk for pk in rows.values_list("pk", flat=True) if pk not in seen]
    return list(_parts(found))


def _span(course: int, target: Target) -> _Span | None:
    """None when Canvas has not told the time, or everything was never read."""
    mark = watermark_of("submissions", course=course, integration=target.integration)
    read_at = None if mark is None else mark.complete_at or mark.read_at
    if target.read_since is None or read_at is None:
        return None
    now = target.read_since + (timezone.now() - target.began_at)
    return _Span(after=read_at - _AGAIN, until=now)


def _due(course: int, span: _Span, target: Target) -> list[QuerySet[Any]]:
    """Submissions not called missing that are, by what their assignment expects."""
    plain, quizzes = _expecting(course, target)
    return [
        _unheard(part).filter(cached_due_date__gt=span.after, cached_due_date__lte=until)
        for pks, until in ((plain, span.until), (quizzes, span.until - _QUIZ_GRACE))
        for part in _parts(pks)
    ]


def _expecting(course: int, target: Target) -> tuple[list[int], list[int]]:
    """Published assignments that expect work: all but quizzes, and quizzes."""
    assignments = live_rows(BY_NAME["assignments"], course, integration=target.integration)
    columns = ("pk", "submission_types", "is_quiz_lti_assignment")
    plain, quizzes = list[int](), list[int]()
    for pk, types, is_new_quiz in assignments.filter(published=True).values_list(*columns):
        if types == _QUIZ:
            quizzes.append(pk)
        elif is_new_quiz or (types is not None and types not in (*_NOT_EXPECTED, _TOOL)):
            plain.append(pk)
    return plain, quizzes


def _unheard(assignments: list[int]) -> QuerySet[Any]:
    """Live submissions of which nobody has said anything: no work, no grade, no status."""
    nothing = ("submission_type", "grader_id", "custom_grade_status_id", "late_policy_status")
    return (
        CanvasSubmission.objects.live()
        .filter(assignment_id__in=assignments, canvas_id__isnull=False, missing=False)
        .filter(**{f"{name}__isnull": True for name in nothing})
        .exclude(excused=True)
    )


def _parts(pks: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(pks), _SIZE):
        yield pks[start : start + _SIZE]
