"""The `with_…` methods: what they promise costs the same queries for one parent and for fifty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from canvas.models import (
    CanvasAssignment,
    CanvasCourse,
    CanvasEnrollment,
    CanvasGroup,
    CanvasGroupMembership,
    CanvasIntegration,
    CanvasSection,
    CanvasSubmission,
    CanvasUser,
)
from tests.integration.models.school import School


def children_read(rows: Any, relation: str, parent: str) -> list[Any]:
    """Everything the method promises, touched."""
    children = [child for row in rows for child in getattr(row, relation).all()]
    return [getattr(child, parent).canvas_id for child in children]


READS: dict[str, tuple[Any, Callable[[Any], Any], int]] = {
    "courses": (
        lambda: CanvasCourse.objects.with_enrollments(),
        lambda rows: children_read(rows, "enrollments", "student"),
        2,
    ),
    "sections": (
        lambda: CanvasSection.objects.with_enrollments(),
        lambda rows: children_read(rows, "enrollments", "student"),
        2,
    ),
    "users": (
        lambda: CanvasUser.objects.with_enrollments(),
        lambda rows: children_read(rows, "enrollments", "course"),
        2,
    ),
    "users and work": (
        lambda: CanvasUser.objects.with_submissions(),
        lambda rows: children_read(rows, "submissions", "assignment"),
        2,
    ),
    "assignments": (
        lambda: CanvasAssignment.objects.with_submissions(),
        lambda rows: children_read(rows, "submissions", "student"),
        2,
    ),
    "enrollments": (
        lambda: CanvasEnrollment.objects.with_student_info(),
        lambda rows: [row.student.canvas_id for row in rows],
        1,
    ),
    "submissions": (
        lambda: CanvasSubmission.objects.with_student_info(),
        lambda rows: [row.student.canvas_id for row in rows],
        1,
    ),
    "members": (
        lambda: CanvasGroupMembership.objects.with_student_info(),
        lambda rows: [row.student.canvas_id for row in rows],
        1,
    ),
}


def fill(integration: CanvasIntegration, parents: int) -> None:
    """`parents` courses, each with a section, an assignment, a group and two people in them."""
    school = School(integration)
    for _ in range(parents):
        course = school.course()
        section = CanvasSection.objects.create(course=course)
        assignment = school.assignment(course)
        group = CanvasGroup.objects.create(course=course)
        for _ in range(2):
            person = school.enrolled(course, section=section).student
            school.handed_in(assignment, student=person)
            CanvasGroupMembership.objects.create(group=group, student=person)


@pytest.mark.parametrize("parents", [1, 50])
@pytest.mark.parametrize("name", READS)
def test_the_number_of_queries_does_not_grow(
    integration: CanvasIntegration, name: str, parents: int
) -> None:
    fill(integration, parents)
    query, read, expected = READS[name]
    with CaptureQueriesContext(connection) as asked:
        seen = read(list(query()))
    assert len(seen) == 2 * parents
    assert len(asked) == expected


@pytest.fixture
def school(integration: CanvasIntegration) -> School:
    return School(integration)


def test_nothing_is_hidden_unless_asked(school: School) -> None:
    course = school.course()
    dropped = school.enrolled(course, enrollment_state="deleted", deleted_at=timezone.now())
    read = CanvasCourse.objects.live().with_enrollments().get()
    assert list(read.enrollments.all()) == [dropped]


def test_what_is_fetched_can_be_narrowed(school: School) -> None:
    course = school.course()
    school.enrolled(course, deleted_at=timezone.now())
    school.enrolled(course, type="TeacherEnrollment")
    student = school.enrolled(course)
    rows = CanvasEnrollment.objects.live().students_only()
    read = CanvasCourse.objects.with_enrollments(rows).get()
    assert list(read.enrollments.all()) == [student]


def test_what_is_narrowed_to_nothing_stays_nothing(school: School) -> None:
    school.enrolled(school.course())
    read = CanvasCourse.objects.with_enrollments(CanvasEnrollment.objects.none()).get()
    assert list(read.enrollments.all()) == []


def test_rows_of_another_model_are_refused() -> None:
    with pytest.raises(TypeError, match=r"enrollments are CanvasEnrollment rows, not CanvasUser"):
        CanvasCourse.objects.with_enrollments(CanvasUser.objects.all())  # type: ignore[arg-type]


def test_a_person_who_is_hidden_is_none(school: School) -> None:
    school.submission(school.assignment(school.course()), anonymous_id="a1b2c")
    assert CanvasSubmission.objects.with_student_info().get().student is None
