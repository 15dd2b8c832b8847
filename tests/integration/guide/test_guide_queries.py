"""The guide: single objects, lists, counts, filters and figures."""

from __future__ import annotations

import datetime as dt

from asgiref.sync import sync_to_async
from django.db import models
from django.utils import timezone

from canvas.models import CanvasAssignment, CanvasCourse, CanvasGroup
from tests.integration.guide.claims import GUIDE, claims
from tests.integration.guide.conftest import Runner
from tests.integration.models.school import School

in_sync = sync_to_async


@claims(GUIDE, "Getting a single object")
async def test_one_object(block: Runner, course: CanvasCourse) -> None:
    names = await block(course_id=course.pk)
    assert block.sync["course"] == names["course"] == course
    assert names["course"].name == "Biology 101"


@claims(GUIDE, "Getting multiple objects")
async def test_several_objects(block: Runner, school: School, course: CanvasCourse) -> None:
    rows = [await in_sync(school.enrolled)(course) for _ in range(2)]
    await in_sync(school.enrolled)(await in_sync(school.course)())
    names = await block(course=course)
    assert sorted(names["enrollments"], key=lambda row: row.pk) == rows
    assert [row async for row in block.sync["enrollments"].order_by("pk")] == rows
    assert isinstance(names["enrollments"], list)


@claims(GUIDE, "Counting objects")
async def test_a_count(block: Runner, school: School, assignment: CanvasAssignment) -> None:
    for _ in range(3):
        await in_sync(school.handed_in)(assignment)
    names = await block(assignment=assignment)
    assert block.sync["count"] == names["count"] == 3


@claims(GUIDE, "Checking existence")
async def test_existence(block: Runner, course: CanvasCourse) -> None:
    names = await block()
    assert (block.sync["exists"], names["exists"]) == (False, False)
    await CanvasGroup.objects.acreate(course=course, name="Team A")
    names = await block()
    assert (block.sync["exists"], names["exists"]) == (True, True)


def fill(school: School, course: CanvasCourse) -> None:
    """What the block of custom methods must find, and beside it what each method leaves out."""
    school.course(workflow_state="completed")
    school.enrolled(course)
    school.enrolled(course, type="TeacherEnrollment")
    school.enrolled(course, enrollment_state="completed")
    soon = timezone.now() + dt.timedelta(days=3)
    school.handed_in(school.assignment(course, published=True, due_at=soon))
    school.assignment(course, published=False, due_at=soon)
    school.assignment(course, published=True, due_at=soon + dt.timedelta(days=7))


@claims(GUIDE, "Using Custom QuerySet Methods")
async def test_the_custom_methods(block: Runner, school: School, course: CanvasCourse) -> None:
    await in_sync(fill)(school, course)
    names = await block(course_id=course.pk)
    [active], [enrolled], [due] = (
        names[name] for name in ("courses", "enrollments", "assignments")
    )
    # Read in a coroutine: what is not fetched yet would be refused.
    assert {row.student.pk for row in active.enrollments.all()} > {enrolled.student.pk}
    assert enrolled.type == "StudentEnrollment"
    assert [work.student.course_path for work in due.submissions.all()] == [""]


@claims(GUIDE, "Async Aggregations")
async def test_the_figures(
    block: Runner, school: School, course: CanvasCourse, assignment: CanvasAssignment
) -> None:
    for score in (6.0, 9.0):
        await in_sync(school.handed_in)(assignment, workflow_state="graded", score=score)
    await in_sync(school.handed_in)(assignment)
    for role in ("StudentEnrollment", "StudentEnrollment", "TeacherEnrollment"):
        await in_sync(school.enrolled)(course, role=role)
    names = await block(assignment=assignment, course=course, models=models)
    assert names["stats"] == {"total": 3, "graded": 2, "average_score": 7.5}
    assert names["enrollment_counts"] == {"students": 2, "teachers": 1}
