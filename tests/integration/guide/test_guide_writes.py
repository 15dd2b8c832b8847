"""The guide: updates, creates, deletes, transactions."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction

from canvas.models import (
    CanvasAssignment,
    CanvasCourse,
    CanvasEnrollment,
    CanvasGroup,
    CanvasGroupMembership,
    CanvasRubric,
    CanvasSubmission,
    CanvasUser,
)
from tests.integration.guide.claims import GUIDE, claims
from tests.integration.guide.conftest import Runner
from tests.integration.models.school import School

in_sync = sync_to_async


async def grades(*rows: CanvasSubmission) -> list[str | None]:
    return [(await CanvasSubmission.objects.aget(pk=row.pk)).grade for row in rows]


@claims(GUIDE, "Async Updates")
async def test_updates(block: Runner, school: School, assignment: CanvasAssignment) -> None:
    one = await in_sync(school.handed_in)(assignment, late=False, grade="C")
    late = [await in_sync(school.handed_in)(assignment, late=True) for _ in range(2)]
    other = await in_sync(school.assignment)(assignment.course)
    elsewhere = await in_sync(school.handed_in)(other, late=True)
    names = await block(submission_id=one.pk, assignment_id=assignment.pk)
    assert names["updated"] == 2
    assert await grades(one, *late, elsewhere) == ["A", "F", "F", None]
    assert (await CanvasSubmission.objects.aget(pk=one.pk)).workflow_state == "graded"


@claims(GUIDE, "Async Creates and Deletes")
async def test_creates_and_deletes(block: Runner, school: School, course: CanvasCourse) -> None:
    people = [await in_sync(school.user)() for _ in range(2)]
    group = await CanvasGroup.objects.acreate(course=course)
    for person in people:
        await CanvasGroupMembership.objects.acreate(group=group, student=person)
    names = await block(course=course, user_id=77, group_id=group.pk, student_id=people[0].pk)
    stored = await CanvasEnrollment.objects.for_course(course).aget()
    assert (stored.user_id, stored.canvas_id, stored.role) == (77, None, "StudentEnrollment")
    assert await CanvasEnrollment.objects.students_only().active().aall() == [names["enrollment"]]
    assert names["deleted_count"] == (1, {"canvas.CanvasGroupMembership": 1})
    assert [row.student_id async for row in group.memberships.all()] == [people[1].pk]


RUBRIC = {"title": "Lab rubric", "points": 20.0}


@claims(GUIDE, "Async Transactions")
async def test_a_transaction_keeps_all_of_its_rows(block: Runner, course: CanvasCourse) -> None:
    create = (await block())["create_assignment_with_rubric"]
    made = await create(course.pk, {"name": "Lab report", "points_possible": 20.0}, RUBRIC)
    stored = await CanvasAssignment.objects.aget(pk=made.pk)
    assert (stored.name, stored.course_id) == ("Lab report", course.pk)
    rubric = await CanvasRubric.objects.for_assignment(made).aget()
    assert (rubric.title, rubric.points_possible) == ("Lab rubric", 20.0)
    # Without points the rubric cannot be made, and the assignment made before it must go.
    with pytest.raises(KeyError):
        await create(course.pk, {"name": "Half made"}, {"title": "Lab rubric"})
    assert await CanvasAssignment.objects.aall() == [made]
    assert await CanvasRubric.objects.acount() == 1


@claims(GUIDE, "Best Practices", 2)
async def test_batches(block: Runner, school: School, assignment: CanvasAssignment) -> None:
    rows = [await in_sync(school.handed_in)(assignment) for _ in range(3)]
    names = await block(submission_ids=[row.pk for row in rows[:2]])
    assert await grades(*rows) == ["A", "A", None]
    assert names["submission"] == rows[1]


@claims(GUIDE, "Best Practices", 5)
async def test_a_transaction_of_two_steps(block: Runner, course: CanvasCourse) -> None:
    async def create() -> None:
        await CanvasUser.objects.acreate(name="Ada")

    async def update() -> None:
        await CanvasCourse.objects.filter(pk=course.pk).aupdate(name="Biology 102")

    await block(**steps(create, update))
    assert (await CanvasCourse.objects.aget(pk=course.pk)).name == "Biology 102"
    with pytest.raises(RuntimeError, match="no second step"):
        await block(**steps(create, fail))
    assert [person.name async for person in CanvasUser.objects.all()] == ["Ada"]


def steps(create: Any, update: Any) -> dict[str, Any]:
    return {"transaction": transaction, "create_objects": create, "update_objects": update}


async def fail() -> None:
    raise RuntimeError("no second step")
