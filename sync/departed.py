"""Submissions of people whom the enrollments show to have left: gone, and nobody need be asked.

Canvas ends them with the last enrollment (canvas-api 4.10). Only what Canvas says of every
enrollment of a person in the course counts; that one is not listed says nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from canvas.models import CanvasSubmission
from canvas.models.stored import in_parts
from sync.course_rows import live_rows
from sync.moved import STUDENT_TYPES
from sync.tables import BY_NAME
from sync.target import Target

LEFT: Final = ("deleted", "rejected")
_SIZE: Final = 900


def departed(pks: Collection[int], course: int, target: Target) -> set[int]:
    """Those of the submissions whose student has left; the enrollments must have been read whole.

    `pks` are primary keys, `course` is Canvas's id. Blocks.
    """
    left, found = _people_who_left(course, target), set[int]()
    for part in in_parts(pks, _SIZE):
        rows = CanvasSubmission.objects.filter(pk__in=part).values("pk", "user_id")
        found |= {row["pk"] for row in rows.iterator() if row["user_id"] in left}
    return found


def work_of_departed(course: int, target: Target) -> set[int]:
    """Primary keys of the live submissions of all who left, as this run has seen it. Blocks."""
    left = _people_who_left(course, target)
    rows = live_rows(BY_NAME["submissions"], course, integration=target.integration)
    found = set[int]()
    for part in in_parts(left, _SIZE):
        found |= set(rows.filter(user_id__in=part).values_list("pk", flat=True))
    return found


def _people_who_left(course: int, target: Target) -> set[int]:
    """Canvas ids of students all of whose enrollments this run has seen to have ended."""
    seen = target.census.of("enrollments").seen
    rows = live_rows(BY_NAME["enrollments"], course, integration=target.integration)
    students = rows.filter(type__in=STUDENT_TYPES, user_id__isnull=False)
    columns = students.values("pk", "user_id", "enrollment_state")
    left, there = set[int](), set[int]()
    for row in columns.iterator(chunk_size=_SIZE):
        has_left = row["pk"] in seen and row["enrollment_state"] in LEFT
        (left if has_left else there).add(row["user_id"])
    return left - there
