"""Filters in any order, on managers, querysets and the managers of a parent."""

from __future__ import annotations

import datetime as dt
from itertools import permutations
from typing import Any

import pytest
from django.utils import timezone

from canvas.models import (
    CanvasAssignment,
    CanvasCourse,
    CanvasEnrollment,
    CanvasIntegration,
    CanvasSubmission,
)
from tests.integration.models.school import School

SOON = dt.timedelta(days=1)
# Model → its filters, with their arguments; each keeps the row `kept` makes.
FILTERS: dict[Any, list[tuple[str, tuple[Any, ...]]]] = {
    CanvasCourse: [("active", ()), ("published", ()), ("with_enrollments", ())],
    CanvasEnrollment: [("students_only", ()), ("active", ()), ("with_student_info", ())],
    CanvasAssignment: [
        *[("due_soon", ()), ("published", ()), ("needs_grading", ()), ("with_submissions", ())],
    ],
    CanvasSubmission: [
        *[("ungraded", ()), ("needs_grading", ()), ("late", ()), ("missing", ())],
        *[("with_student_info", ()), ("changed_since", (dt.datetime(2020, 1, 1, tzinfo=dt.UTC),))],
    ],
}


@pytest.fixture
def school(integration: CanvasIntegration) -> School:
    return School(integration)


def everything(school: School, **values: Any) -> dict[Any, Any]:
    """A row of each model that every filter of the model keeps."""
    course = school.course(workflow_state="available", **values)
    due = {"published": True, "due_at": timezone.now() + SOON, "needs_grading_count": 1}
    assignment = school.assignment(course, **due | values)
    return {
        CanvasCourse: course,
        CanvasEnrollment: school.enrolled(course, **values),
        CanvasAssignment: assignment,
        CanvasSubmission: school.handed_in(assignment, late=True, missing=True, **values),
    }


def chained(rows: Any, steps: Any) -> list[Any]:
    for name, arguments in steps:
        rows = getattr(rows, name)(*arguments)
    return list(rows)


@pytest.mark.parametrize("model", FILTERS, ids=lambda model: model.__name__)
def test_live_composes_with_all_filters_in_any_order(school: School, model: Any) -> None:
    kept = everything(school)[model]
    everything(school, deleted_at=timezone.now())
    course = ("for_course", (kept if model is CanvasCourse else school_of(kept),))
    for pair in [(filter_, course) for filter_ in FILTERS[model]]:
        for steps in permutations([("live", ()), *pair]):
            assert chained(model.objects, steps) == [kept], steps


def school_of(row: Any) -> CanvasCourse:
    return row.assignment.course if isinstance(row, CanvasSubmission) else row.course


@pytest.mark.parametrize("model", FILTERS, ids=lambda model: model.__name__)
def test_no_filter_but_live_looks_at_the_tombstone(school: School, model: Any) -> None:
    both = [everything(school)[model], everything(school, deleted_at=timezone.now())[model]]
    assert chained(model.objects.order_by("pk"), FILTERS[model]) == both


def test_the_manager_of_a_parent_has_the_same_filters(school: School) -> None:
    rows = everything(school)
    course, assignment = rows[CanvasCourse], rows[CanvasAssignment]
    everything(school)
    assert list(course.enrollments.students_only().live()) == [rows[CanvasEnrollment]]
    assert list(course.assignments.live().due_soon().published()) == [assignment]
    assert list(assignment.submissions.needs_grading()) == [rows[CanvasSubmission]]
    assert list(rows[CanvasEnrollment].student.enrollments.active()) == [rows[CanvasEnrollment]]


async def test_the_manager_of_a_parent_has_the_terminals(
    assignment: CanvasAssignment,
) -> None:
    row = await assignment.submissions.acreate(workflow_state="graded")
    assert await assignment.submissions.graded().aall() == [row]
    assert [chunk async for chunk in assignment.submissions.achunks(2)] == [[row]]
    assert await assignment.submissions.aall() == [row]


def test_a_filter_that_means_nothing_for_a_table_does_not_exist() -> None:
    assert not hasattr(CanvasCourse.objects, "students_only")
    assert not hasattr(CanvasEnrollment.objects, "graded")
    assert not hasattr(CanvasSubmission.objects, "overdue")
