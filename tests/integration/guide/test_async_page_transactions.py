"""docs/async.md: the blocks about transactions, tasks in them and sessions beside them."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction

from canvas.models import CanvasAssignment, CanvasCourse, CanvasGroup
from tests.integration.guide.claims import PAGE, claims
from tests.integration.guide.conftest import Runner
from tests.integration.models.school import School

in_sync = sync_to_async


async def name_of(course: CanvasCourse) -> str | None:
    return (await CanvasCourse.objects.aget(pk=course.pk)).name


@claims(PAGE, "Transactions")
async def test_a_block_is_all_or_nothing(block: Runner, course: CanvasCourse) -> None:
    await block(course_id=course.pk, name="Biology 102")
    assert await name_of(course) == "Biology 102"
    with pytest.raises(CanvasCourse.DoesNotExist):
        await block(course_id=course.pk + 1, name="Biology 103")


@claims(PAGE, "Transactions", 2)
async def test_a_savepoint_and_a_hook(
    block: Runner, course: CanvasCourse, transactions: str
) -> None:
    heard: list[int] = []

    async def announce() -> None:
        heard.append(await CanvasGroup.objects.filter(name="Team A").acount())

    await block(course=course, announce=announce)
    assert await CanvasGroup.objects.filter(name="Team A", course=course).acount() == 1
    assert await CanvasCourse.objects.acount() == 1
    # In the transaction of an ordinary test nothing is committed, as in synchronous code.
    assert heard == ([1] if transactions == "own" else [])


@claims(PAGE, "Tasks inside a block")
async def test_blocks_side_by_side(block: Runner, school: School, course: CanvasCourse) -> None:
    other = await in_sync(school.course)(name="Chemistry")

    async def check(name: str) -> None:
        await asyncio.sleep(0)
        if name == "":
            raise ValueError("a course needs a name")

    names = await block(check=check, names={course.pk: "Biology 102", other.pk: ""})
    done, failed = names["results"]
    assert (done, type(failed)) == (None, ValueError)
    assert [await name_of(course), await name_of(other)] == ["Biology 102", "Chemistry"]


@claims(PAGE, "Tasks inside a block", 2)
async def test_a_task_beside_the_block(
    block: Runner, course: CanvasCourse, transactions: str
) -> None:
    in_a_transaction: list[bool] = []

    async def watch(course_id: int) -> None:
        assert await CanvasCourse.objects.filter(id=course_id).aexists()
        in_a_transaction.append(await in_sync(_is_in_transaction)())

    await block(course_id=course.pk, name="Biology 102", watch=watch)
    assert await name_of(course) == "Biology 102"
    # An ordinary test has one connection, and that is always in the transaction of the test.
    assert in_a_transaction == [transactions == "joined"]


def _is_in_transaction() -> bool:
    return bool(transaction.get_connection().in_atomic_block)


@claims(PAGE, "Reads that overlap")
async def test_reads_that_overlap(
    block: Runner, school: School, assignment: CanvasAssignment
) -> None:
    await in_sync(school.enrolled)(assignment.course)
    await in_sync(school.handed_in)(assignment)
    names = await block(course_id=assignment.course_id)
    assert (names["enrollments"], names["submissions"]) == (1, 1)
