"""README.md: the blocks that ask the mirror."""

from __future__ import annotations

from asgiref.sync import sync_to_async

from canvas.models import CanvasAssignment, CanvasCourse
from tests.integration.guide.claims import README, claims
from tests.integration.guide.conftest import Runner
from tests.integration.models.school import School

in_sync = sync_to_async


@claims(README, "Ask it")
async def test_work_that_waits(block: Runner, school: School) -> None:
    course = await in_sync(school.course)(canvas_id=101)
    assignment = await in_sync(school.assignment)(course, name="Lab report")
    work = await in_sync(school.handed_in)(assignment)
    await in_sync(school.handed_in)(assignment, workflow_state="graded", score=8.0)
    [read] = (await block())["waiting"]
    assert (read, read.student, read.assignment.name) == (work, work.student, "Lab report")


@claims(README, "Ask it", 2)
async def test_addresses_of_people(block: Runner, school: School, course: CanvasCourse) -> None:
    ada = await in_sync(school.user)(email="ada@school.example")
    await in_sync(school.enrolled)(course, student=ada)
    await in_sync(school.enrolled)(course, student=None)
    await in_sync(school.enrolled)(course, enrollment_state="completed")
    assert (await block(course=course))["emails"] == ["ada@school.example"]


@claims(README, "Ask it", 3)
async def test_figures(block: Runner, school: School, assignment: CanvasAssignment) -> None:
    await in_sync(school.submission)(assignment, missing=True)
    await in_sync(school.handed_in)(assignment, score=8.0)
    names = await block(course=assignment.course)
    assert names["figures"] == {"total": 2, "missing": 1, "average": 8.0}
