"""What the mirror knows of what is marked: which way to read it is short, and what did not come.

Reads the database and nothing of Canvas; all of it blocks.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from typing import Any, Final

from django.db.models import Count, QuerySet

from canvas.models import CanvasEnrollment, CanvasSubmission
from canvas.models.stored import in_parts
from sync.changed_rows import PAGE_ROWS
from sync.departed import LEFT
from sync.moved import STUDENT_TYPES

_SIZE: Final = 500


def pages_of_people(integration: int, course: int) -> int:
    """How many requests the list of all enrollments takes."""
    rows = CanvasEnrollment.objects.live().filter(integration=integration, course__canvas_id=course)
    return math.ceil(rows.count() / PAGE_ROWS)


def sizes_of(integration: int, assignments: Collection[int]) -> dict[int, int]:
    """Assignment → how many submissions the mirror has of it."""
    sizes: dict[int, int] = {}
    live = CanvasSubmission.objects.live().filter(integration=integration)
    for part in in_parts(assignments, _SIZE):
        rows: QuerySet[Any] = live.filter(assignment__canvas_id__in=part)
        counted = rows.values_list("assignment__canvas_id").annotate(count=Count("pk"))
        sizes.update(counted.order_by())
    return sizes


def those_who_left(integration: int, course: int, people: Collection[int]) -> set[int]:
    """Of these persons, students all of whose enrollments in the course have ended."""
    left, there = set[int](), set[int]()
    students: QuerySet[Any] = CanvasEnrollment.objects.live().filter(
        integration=integration, course__canvas_id=course, type__in=STUDENT_TYPES
    )
    for part in in_parts(people, _SIZE):
        rows = students.filter(user_id__in=part).values_list("user_id", "enrollment_state")
        for user, state in rows:
            (left if state in LEFT else there).add(user)
    return left - there


def unnamed(integration: int, course: int) -> set[int]:
    """Assignments with submissions of which Canvas has hidden whose they are."""
    live = CanvasSubmission.objects.live().filter(
        integration=integration, assignment__course__canvas_id=course, user_id=None
    )
    shown = live.filter(assignment__deleted_at=None).exclude(assignment__published=False)
    keys = shown.order_by().values_list("assignment__canvas_id", flat=True).distinct()
    return {key for key in keys if key is not None}


def unlisted(
    integration: int, works: Iterable[tuple[int, int]], *, received: Collection[int]
) -> set[int]:
    """Assignments of those of the works that the mirror has alive and that are not in `received`.

    Those of an unpublished assignment are hidden and kept (trap 49).
    """
    by_assignment: dict[int, set[int]] = {}
    for assignment, student in works:
        by_assignment.setdefault(assignment, set()).add(student)
    live = CanvasSubmission.objects.live().filter(
        integration=integration, assignment__deleted_at=None
    )
    shown = live.exclude(assignment__published=False)
    found = set[int]()
    for assignment, students in by_assignment.items():
        for part in in_parts(students, _SIZE):
            rows = shown.filter(assignment__canvas_id=assignment, user_id__in=part)
            if set(rows.values_list("canvas_id", flat=True)) - set(received):
                found.add(assignment)
    return found
