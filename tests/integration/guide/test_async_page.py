"""docs/async.md: the blocks that ask."""

from __future__ import annotations

import datetime as dt
import importlib
from typing import Any

from asgiref.sync import sync_to_async

from canvas.models import CanvasAssignment, CanvasCourse, CanvasSubmission
from tests.integration.guide.claims import PAGE, claims
from tests.integration.guide.conftest import Runner
from tests.integration.models.school import School

in_sync = sync_to_async
GONE = {"deleted_at": dt.datetime(2026, 1, 5, tzinfo=dt.UTC)}


@claims(PAGE, "Asking")
async def test_filters_chain(block: Runner, school: School, course: CanvasCourse) -> None:
    row = await in_sync(school.assignment)(course, published=True, needs_grading_count=1)
    await in_sync(school.assignment)(course, published=True, needs_grading_count=1, **GONE)
    enrolled = await in_sync(school.enrolled)(course)
    await in_sync(school.enrolled)(course, **GONE)
    names = await block(course=course)
    assert names["waiting"] == [row]
    assert names["students"] == [enrolled]
    # Read in a coroutine: what is not fetched yet would be refused.
    assert names["students"][0].student == enrolled.student


@claims(PAGE, "With what belongs to a row")
async def test_children_are_narrowed(block: Runner, school: School, course: CanvasCourse) -> None:
    ada = await in_sync(school.user)(name="Ada")
    await in_sync(school.enrolled)(course, student=ada)
    await in_sync(school.enrolled)(course, **GONE)
    await in_sync(school.enrolled)(course, type="TeacherEnrollment")
    assert (await block())["names"] == {"Biology 101": ["Ada"]}


def hand_in(school: School, assignment: CanvasAssignment, count: int) -> None:
    for _ in range(count):
        school.handed_in(assignment, workflow_state="graded")


@claims(PAGE, "All at once, in lists, one by one")
async def test_lists(block: Runner, school: School, assignment: CanvasAssignment) -> None:
    await in_sync(hand_in)(school, assignment, 501)
    seen: list[list[CanvasSubmission]] = []

    async def export(chunk: list[CanvasSubmission]) -> None:
        seen.append(chunk)

    await block(export=export)
    assert [len(chunk) for chunk in seen] == [500, 1]
    assert len({row.pk for chunk in seen for row in chunk}) == 501


@claims(PAGE, "All at once, in lists, one by one", 2)
async def test_a_loop_left_early(
    block: Runner, school: School, assignment: CanvasAssignment
) -> None:
    await in_sync(hand_in)(school, assignment, 501)
    seen: list[Any] = []

    async def is_enough(chunk: list[CanvasSubmission]) -> bool:
        seen.append(len(chunk))
        return True

    names = await block(is_enough=is_enough)
    assert seen == [500]
    assert [chunk async for chunk in names["chunks"]] == []


@claims(PAGE, "Testing")
async def test_the_plugin_is_there(block: Runner) -> None:
    for name in (await block())["pytest_plugins"]:
        assert importlib.import_module(name).__doc__
