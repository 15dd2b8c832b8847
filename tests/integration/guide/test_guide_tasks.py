"""The guide: iteration, queries side by side, the view, good practice."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import models
from django.http import HttpRequest

from canvas.models import (
    CanvasAssignment,
    CanvasCourse,
    CanvasEnrollment,
    CanvasGroup,
    CanvasSubmission,
)
from tests.integration.guide.claims import GUIDE, claims
from tests.integration.guide.conftest import Runner
from tests.integration.models.school import School

in_sync = sync_to_async


@claims(GUIDE, "Async Iteration")
async def test_iteration(
    block: Runner, school: School, course: CanvasCourse, assignment: CanvasAssignment
) -> None:
    people = [await in_sync(school.enrolled)(course) for _ in range(3)]
    work = [await in_sync(school.handed_in)(assignment) for _ in range(3)]
    seen: list[Any] = []

    async def note(row: Any) -> None:
        await asyncio.sleep(0)
        seen.append(row)

    names = {"course": course, "assignment": assignment, "process_enrollment": note}
    await block(**names, process_submission_chunk=note)
    # `aiterator(chunk_size=…)` is Django's: it gives objects, whatever the size it reads with.
    assert sorted(seen[:3], key=lambda row: row.pk) == people
    assert sorted(seen[3:], key=lambda row: row.pk) == work


@claims(GUIDE, "Concurrent Queries")
async def test_queries_side_by_side(
    block: Runner, school: School, course: CanvasCourse, assignment: CanvasAssignment
) -> None:
    await in_sync(school.enrolled)(course)
    await in_sync(school.enrolled)(course, enrollment_state="invited")
    await in_sync(school.assignment)(course, published=False)
    await in_sync(school.handed_in)(assignment, workflow_state="graded")
    await in_sync(school.handed_in)(assignment)
    overview = await (await block())["get_course_overview"](course.pk)
    assert overview == {
        "course": course,
        "active_enrollments": 1,
        "published_assignments": 1,
        "graded_submissions": 1,
    }


async def answer(view: Any, course_id: int) -> tuple[int, Any]:
    request = HttpRequest()
    request.method = "GET"
    response = await view.as_view()(request, course_id=course_id)
    return response.status_code, json.loads(response.content)


@claims(GUIDE, "Async Views Example")
async def test_the_view(
    block: Runner, school: School, course: CanvasCourse, assignment: CanvasAssignment
) -> None:
    await in_sync(school.enrolled)(course)
    await in_sync(school.enrolled)(course, enrollment_state="completed")
    await in_sync(school.assignment)(course, published=False, needs_grading_count=2)
    view = (await block(asyncio=asyncio, models=models))["AsyncCourseView"]
    status, document = await answer(view, course.pk)
    assert (status, document["course"]) == (
        *[200, {"id": course.pk, "name": "Biology 101", "code": "BIO-101"}],
    )
    assert document["statistics"] == {
        "enrollments": {"total": 2, "active": 1},
        "assignments": {"total": 2, "published": 1, "needs_grading": 1},
    }
    assert await answer(view, course.pk + 1) == (404, {"error": "Course not found"})


@claims(GUIDE, "Best Practices", 1)
async def test_relations_come_along(block: Runner, school: School, course: CanvasCourse) -> None:
    row = await in_sync(school.enrolled)(course)
    [read] = (await block(course_id=course.pk))["enrollments"]
    # Read in a coroutine: what is not fetched yet would be refused.
    assert (read, read.course, read.student) == (row, course, row.student)


@claims(GUIDE, "Best Practices", 3)
async def test_independent_operations(block: Runner, school: School, course: CanvasCourse) -> None:
    person = await in_sync(school.user)()
    await in_sync(school.enrolled)(course, student=person)

    async def enrollments(student: int) -> list[CanvasEnrollment]:
        return await CanvasEnrollment.objects.for_student(student).aall()

    async def submissions(student: int) -> list[CanvasSubmission]:
        return await CanvasSubmission.objects.for_student(student).aall()

    async def groups(student: int) -> list[CanvasGroup]:
        return await CanvasGroup.objects.for_student(student).aall()

    asked = {"get_student_submissions": submissions, "get_student_groups": groups}
    names = await block(
        asyncio=asyncio, student_id=person.pk, get_student_enrollments=enrollments, **asked
    )
    assert [len(rows) for rows in names["results"]] == [1, 0, 0]


@claims(GUIDE, "Best Practices", 4)
async def test_errors_are_told_apart(
    block: Runner, course: CanvasCourse, caplog: pytest.LogCaptureFixture
) -> None:
    logger = logging.getLogger("guide")
    assert (await block(course_id=course.pk, logger=logger))["course"] == course
    assert "course" not in await block(course_id=course.pk + 1, logger=logger)
    assert caplog.messages == []
    await block(course_id="no number", logger=logger)
    [message] = caplog.messages
    assert message.startswith("Error fetching course: Field 'id' expected a number")
