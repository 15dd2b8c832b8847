"""What the structural listings of a course showed since a watermark that moves rows elsewhere.

Reads the change feed of the runs since, the present one among them, so that a run that stored a
change and then came to no good end is not forgotten; and the census, for what has just vanished.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from canvas.models import (
    CanvasAssignmentOverride,
    CanvasEnrollment,
    CanvasGroupMembership,
    CanvasSubmission,
)
from sync.course_rows import live_rows
from sync.models import Change, Watermark
from sync.reach import Question
from sync.tables import BY_NAME
from sync.target import Target

STUDENT_TYPES: Final = ("StudentEnrollment", "StudentViewEnrollment")
# What of an enrollment decides whose submissions exist (canvas-api 4.10).
MOVING_ENROLLMENT: Final = frozenset(
    {"enrollment_state", "user_id", "course_section_id", "type", "course_id"}
)
# What of an assignment says nothing about its submissions. Anything else, unknown fields included,
# may: dates, points, types, publishing, posting, anonymity, groups (canvas-api 4.10 and 4.12).
HARMLESS_FIELDS: Final = frozenset(
    {
        "name",
        "description",
        "position",
        "assignment_group_id",
        "created_at",
        "updated_at",
        "html_url",
        "has_submitted_submissions",
        "graded_submissions_exist",
        "has_overrides",
        "rubric_id",
        "rubric_settings",
        "use_rubric_for_grading",
        "sis_assignment_id",
        "integration_data",
        "post_to_sis",
    }
)
_SIZE: Final = 500


async def moved_students(mark: Watermark, question: Question, target: Target) -> int:
    """How many enrollments of students began, ended, or changed state, person or section."""
    moved = {change.row_id async for change in _moved_enrollments(mark)}
    students = CanvasEnrollment.objects.filter(type__in=STUDENT_TYPES)
    found = {pk async for pk in _in_parts(students, moved)}
    if "enrollments" in question.proven:
        table, seen = BY_NAME["enrollments"], target.census.of("enrollments").seen
        alive = live_rows(table, question.course, integration=target.integration)
        pks = alive.filter(type__in=STUDENT_TYPES).values_list("pk", flat=True)
        found |= {pk async for pk in pks.aiterator(chunk_size=_SIZE) if pk not in seen}
    work = CanvasSubmission.objects.live().filter(assignment__course__canvas_id=mark.course)
    left = _left_with(work, mark).values_list("pk", flat=True)
    found |= {pk async for pk in left.aiterator(chunk_size=_SIZE)}
    return len(found)


async def students_moved(mark: Watermark) -> frozenset[int]:
    """Canvas ids of those whose enrollments as students began, ended or changed."""
    moved = {change.row_id async for change in _moved_enrollments(mark)}
    students = CanvasEnrollment.objects.filter(type__in=STUDENT_TYPES, user_id__isnull=False)
    return frozenset([user async for user in _in_parts(students, moved, column="user_id")])


async def moved_assignments(mark: Watermark, target: Target) -> tuple[frozenset[int], int]:
    """Canvas ids of published assignments whose submissions may have moved; how many there are.

    Those of an unpublished assignment are hidden, those of one that is gone end with it.
    """
    moved = {
        change.row_id
        async for change in _changes_since(mark, "assignments")
        if change.kind != Change.Kind.UPDATED or not HARMLESS_FIELDS.issuperset(change.fields)
    }
    overrides = {change.row_id async for change in _changes_since(mark, "assignment_overrides")}
    overrides.update(target.census.of("assignment_overrides").missing)
    rows = CanvasAssignmentOverride.objects.all()
    moved |= {pk async for pk in _in_parts(rows, overrides, column="assignment_id")}
    alive = live_rows(BY_NAME["assignments"], mark.course, integration=target.integration)
    published = alive.filter(published=True).values("pk", "canvas_id")
    by_pk = {row["pk"]: row["canvas_id"] async for row in published.aiterator(chunk_size=_SIZE)}
    return frozenset(by_pk[pk] for pk in moved & by_pk.keys()), len(by_pk)


async def changed_groups(mark: Watermark, target: Target) -> tuple[frozenset[int], int]:
    """Canvas ids of the groups whose members may have changed; how many groups are alive.

    Those that were created, changed or revived, and those with somebody whose enrollment moved: of
    two users who became one, the group counts as many members as before (trap 36).
    """
    changed = {change.row_id async for change in _changes_since(mark, "groups")}
    moved = {change.row_id async for change in _moved_enrollments(mark)}
    people = {
        user async for user in _in_parts(CanvasEnrollment.objects.all(), moved, column="user_id")
    }
    members = CanvasGroupMembership.objects.live().filter(integration=mark.integration_id)
    left = _left_with(members.filter(group__course__canvas_id=mark.course), mark)
    users = left.values_list("user_id", flat=True).aiterator(chunk_size=_SIZE)
    people |= {user async for user in users if user is not None}
    changed |= {pk async for pk in _in_parts(members, people, by="user_id", column="group_id")}
    alive = live_rows(BY_NAME["groups"], mark.course, integration=target.integration)
    ids = frozenset([key async for key in _in_parts(alive, changed, column="canvas_id")])
    return ids, await alive.acount()


async def people_changed(mark: Watermark) -> bool:
    """Whether an enrollment is somebody else's now; whose it was, nobody can tell."""
    return any(["user_id" in change.fields async for change in _moved_enrollments(mark)])


async def _moved_enrollments(mark: Watermark) -> AsyncIterator[Change]:
    async for change in _changes_since(mark, "enrollments"):
        if change.kind != Change.Kind.UPDATED or MOVING_ENROLLMENT.intersection(change.fields):
            yield change


def _left_with(rows: QuerySet[Any], mark: Watermark) -> QuerySet[CanvasEnrollment]:
    """Enrollments in other courses that changed since, of students who have `rows` in this course
    and no enrollment: their section was cross-listed, and its new home was synced first."""
    enrollments = CanvasEnrollment.objects.live().filter(
        integration=mark.integration_id, type__in=STUDENT_TYPES
    )
    here = enrollments.filter(course__canvas_id=mark.course, user_id=OuterRef("user_id"))
    theirs = rows.filter(integration=mark.integration_id, user_id=OuterRef("user_id"))
    elsewhere = enrollments.filter(changed_at__gt=mark.stored_at)
    return elsewhere.exclude(course__canvas_id=mark.course).filter(Exists(theirs), ~Exists(here))


async def _changes_since(mark: Watermark, resource: str) -> AsyncIterator[Change]:
    """Of later runs than the one that left the watermark: that one has read what it changed.

    Unless it was gone on with: what it changed after it had left the watermark, it has not read.
    A run that had been queued before it may have read after it.
    """
    afterwards = Q(changed_at__gt=mark.stored_at)
    own = Q(run_id=mark.run_id)
    later = Q(run_id__gt=mark.run_id) | afterwards & (~own | Q(run__attempts__gt=1))
    changes = Change.objects.filter(
        later,
        run__integration=mark.integration_id,
        run__course=mark.course,
        resource=resource,
    ).only("row_id", "kind", "fields")
    async for change in changes.aiterator(chunk_size=_SIZE):
        yield change


async def _in_parts(
    rows: QuerySet[Any], keys: Iterable[int | None], *, by: str = "pk", column: str = "pk"
) -> AsyncIterator[int]:
    """`column` of the rows with these keys; no statement has too many parameters."""
    wanted = sorted(key for key in keys if key is not None)
    for start in range(0, len(wanted), _SIZE):
        part = rows.filter(**{f"{by}__in": wanted[start : start + _SIZE]})
        async for value in part.values_list(column, flat=True).aiterator(chunk_size=_SIZE):
            yield value
