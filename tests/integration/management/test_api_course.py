"""GET /api/courses/<id>/: what it counts, and what it does not have."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from canvas.models import CanvasCourse
from management.api.overview import course_statistics
from tests.integration.management.conftest import Ask
from tests.integration.models.school import School


def fill(school: School, course: CanvasCourse) -> None:
    """Two live enrollments, one active; three live assignments; and one dropped row of each."""
    gone = {"deleted_at": timezone.now()}
    school.enrolled(course)
    school.enrolled(course, enrollment_state="completed")
    school.enrolled(course, **gone)
    school.assignment(course, published=True, needs_grading_count=4)
    school.assignment(course, published=True, needs_grading_count=0)
    school.assignment(course, published=False)
    school.assignment(course, published=True, needs_grading_count=1, **gone)
    school.enrolled(school.course())


async def test_the_overview_has_exactly_the_shape_promised(
    ask: Ask, key: str, school: School, course: CanvasCourse
) -> None:
    await sync_to_async(fill)(school, course)
    response = await ask(f"/api/courses/{course.pk}/", key=key)
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    assert json.loads(response.content) == {
        "course": {"id": course.pk, "name": "Biology 101", "code": "BIO-101"},
        "statistics": {
            "enrollments": {"total": 2, "active": 1},
            "assignments": {"total": 3, "published": 2, "needs_grading": 1},
        },
    }


async def test_a_course_that_is_empty_has_zeros(ask: Ask, key: str, course: CanvasCourse) -> None:
    response = await ask(f"/api/courses/{course.pk}/", key=key)
    statistics = json.loads(response.content)["statistics"]
    assert statistics["enrollments"] == {"total": 0, "active": 0}
    assert statistics["assignments"] == {"total": 0, "published": 0, "needs_grading": 0}


NO_COURSE = ["0", "999", "abc", "-1", "1.5", "१", "9" * 18, "9" * 19, "9" * 90]


@pytest.mark.parametrize("wrong", NO_COURSE)
async def test_what_is_no_course_of_ours_is_not_found(ask: Ask, key: str, wrong: str) -> None:
    response = await ask(f"/api/courses/{wrong}/", key=key)
    assert response.status_code == 404
    assert json.loads(response.content) == {"error": "Course not found"}


async def test_the_id_of_canvas_is_not_ours(ask: Ask, key: str, course: CanvasCourse) -> None:
    assert course.canvas_id != course.pk
    assert (await ask(f"/api/courses/{course.canvas_id}/", key=key)).status_code == 404


async def test_head_answers_without_a_body(ask: Ask, key: str, course: CanvasCourse) -> None:
    response = await ask(f"/api/courses/{course.pk}/", key=key, method="HEAD")
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_nothing_can_be_changed_here(
    ask: Ask, key: str, course: CanvasCourse, method: str
) -> None:
    response = await ask(f"/api/courses/{course.pk}/", key=key, method=method)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
    assert json.loads(response.content) == {"error": f"{method} is not possible here"}
    assert await CanvasCourse.objects.filter(pk=course.pk).aexists()


def queries_for(course: CanvasCourse, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    with CaptureQueriesContext(connection) as asked:
        assert Client().get(f"/api/courses/{course.pk}/", headers=headers).status_code == 200
    return len(asked)


def test_the_number_of_queries_does_not_grow(school: School, key: str) -> None:
    small, large = school.course(), school.course()
    for course, size in ((small, 1), (large, 50)):
        for _ in range(size):
            school.handed_in(school.assignment(course))
            school.enrolled(course)
    queries_for(small, key)  # notes the use of the key
    # The key, the course, and one for each table.
    assert (queries_for(small, key), queries_for(large, key)) == (4, 4)


async def test_the_figures_are_counted_at_the_same_time(course: CanvasCourse) -> None:
    both = asyncio.Barrier(2)

    @asynccontextmanager
    async def session() -> AsyncIterator[None]:
        # Opens only when the other one is opening too.
        async with asyncio.timeout(10):
            await both.wait()
        yield

    assert set(await course_statistics(course, session=session)) == {"enrollments", "assignments"}


async def test_no_name_and_no_key_reach_the_log(
    ask: Ask, key: str, school: School, course: CanvasCourse, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await sync_to_async(school.enrolled)(course)
    for sent in (key, key[:-1] + "x"):
        await ask(f"/api/courses/{course.pk}/", key=sent)
    assert caplog.text
    assert "Biology" not in caplog.text
    assert key[:-1] not in caplog.text
