"""What the filters by state keep: each word of Canvas once."""

from __future__ import annotations

from typing import Any

import pytest

from canvas.models import (
    CanvasAssignment,
    CanvasCourse,
    CanvasEnrollment,
    CanvasGroup,
    CanvasGroupMembership,
    CanvasIntegration,
    CanvasQuiz,
    CanvasTerm,
)
from tests.integration.models.school import School

COURSE_STATES = ["unpublished", "available", "completed", "deleted", "new in 2031", None]
ENROLLMENT_STATES = [
    *["active", "invited", "creation_pending", "inactive", "completed", "rejected", "deleted"],
    None,
]
TYPES = [
    *["StudentEnrollment", "TeacherEnrollment", "TaEnrollment", "DesignerEnrollment"],
    *["ObserverEnrollment", "StudentViewEnrollment", None],
]


@pytest.fixture
def school(integration: CanvasIntegration) -> School:
    return School(integration)


def states(rows: Any, name: str = "workflow_state") -> set[str | None]:
    return set(rows.values_list(name, flat=True))


def test_an_active_course_is_available(school: School) -> None:
    for state in COURSE_STATES:
        school.course(workflow_state=state)
    assert states(CanvasCourse.objects.active()) == {"available"}


def test_a_concluded_course_stays_published(school: School) -> None:
    for state in COURSE_STATES:
        school.course(workflow_state=state)
    assert states(CanvasCourse.objects.published()) == {"available", "completed"}


def test_an_active_term_is_not_deleted(integration: CanvasIntegration) -> None:
    for state in ("active", "deleted", None):
        CanvasTerm.objects.create(integration=integration, workflow_state=state)
    assert states(CanvasTerm.objects.active()) == {"active"}


def test_an_active_enrollment_is_in_no_other_state(school: School) -> None:
    course = school.course()
    for state in ENROLLMENT_STATES:
        school.enrollment(course, enrollment_state=state)
    assert states(CanvasEnrollment.objects.active(), "enrollment_state") == {"active"}


def test_an_active_member_has_accepted(school: School) -> None:
    group = CanvasGroup.objects.create(course=school.course())
    for state in ("accepted", "invited", "requested", None):
        CanvasGroupMembership.objects.create(group=group, workflow_state=state)
    assert states(CanvasGroupMembership.objects.active()) == {"accepted"}


@pytest.mark.parametrize(
    ("method", "base"),
    [("students_only", "StudentEnrollment"), ("teachers_only", "TeacherEnrollment")],
)
def test_a_role_is_told_by_its_base_type(school: School, method: str, base: str) -> None:
    course = school.course()
    for kind in TYPES:
        school.enrollment(course, type=kind, role=kind)
    custom = school.enrollment(course, type=base, role="Lab partner")
    found = getattr(CanvasEnrollment.objects, method)()
    assert states(found, "type") == {base}
    assert custom in found


@pytest.mark.parametrize(
    ("method", "base"),
    [("students_only", "StudentEnrollment"), ("teachers_only", "TeacherEnrollment")],
)
def test_a_row_made_here_counts_by_its_role_alone(school: School, method: str, base: str) -> None:
    course = school.course()
    local = CanvasEnrollment.objects.create(course=course, role=base)
    CanvasEnrollment.objects.create(course=course, role="Lab partner")
    # A custom role may carry any name: its type decides.
    school.enrollment(course, type="ObserverEnrollment", role=base)
    assert list(getattr(CanvasEnrollment.objects, method)()) == [local]


@pytest.mark.parametrize("model", [CanvasAssignment, CanvasQuiz])
def test_published_is_what_canvas_flags(school: School, model: Any) -> None:
    course = school.course()
    flagged = model.objects.create(course=course, published=True)
    model.objects.create(course=course, published=False)
    model.objects.create(course=course)
    assert list(model.objects.published()) == [flagged]


def test_assignments_need_grading_when_canvas_counts_work(school: School) -> None:
    course = school.course()
    rows = [school.assignment(course, needs_grading_count=count) for count in (2, 0, None)]
    quizzes = [CanvasQuiz.objects.create(course=course, assignment=row) for row in rows]
    CanvasQuiz.objects.create(course=course)
    assert list(CanvasAssignment.objects.needs_grading()) == [rows[0]]
    assert list(CanvasQuiz.objects.needs_grading()) == [quizzes[0]]
