"""The async terminals: lists, lists of a size, and cursors that do not stay open."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError, connection

from canvas.models import CanvasAssignment, CanvasCourse, CanvasIntegration, CanvasTerm
from tests.integration.models.school import School


@pytest.fixture
def terms(integration: CanvasIntegration) -> list[CanvasTerm]:
    rows = [CanvasTerm(integration=integration, canvas_id=number) for number in range(1, 26)]
    return CanvasTerm.objects.bulk_create(rows)


def open_cursors() -> int:
    """Queries under way on this connection that hold their place in a result."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT count(*) FROM pg_cursors")
            return int(cursor.fetchone()[0])
        # SQLite drops no table while any statement is being read.
        cursor.execute("CREATE TEMP TABLE IF NOT EXISTS probe (x)")
        try:
            cursor.execute("DROP TABLE probe")
        except OperationalError:
            return 1
        return 0


class Hops:
    """Counts how often a coroutine hands work to a thread."""

    def __init__(self) -> None:
        self.count = 0
        self._loop: Any = asyncio.get_running_loop()
        self._run = self._loop.run_in_executor

    def __enter__(self) -> Hops:
        self._loop.run_in_executor = self._counted
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.run_in_executor = self._run

    def _counted(self, *arguments: Any) -> Any:
        self.count += 1
        return self._run(*arguments)


async def test_aall_is_a_list_of_every_row(terms: list[CanvasTerm]) -> None:
    assert await CanvasTerm.objects.order_by("canvas_id").aall() == terms
    assert await CanvasTerm.objects.filter(canvas_id__gt=23).order_by("pk").aall() == terms[23:]
    assert await CanvasTerm.objects.none().aall() == []


async def test_aall_gives_what_values_would_give(terms: list[CanvasTerm]) -> None:
    ids: Any = CanvasTerm.objects.order_by("pk").values_list("canvas_id", flat=True)
    assert await ids.aall() == [term.canvas_id for term in terms]


async def test_aall_goes_to_the_database_thread_once(terms: list[CanvasTerm]) -> None:
    with Hops() as hops:
        assert len(await CanvasTerm.objects.aall()) == 25
    assert hops.count == 1


async def test_achunks_goes_there_once_a_list(terms: list[CanvasTerm]) -> None:
    with Hops() as hops:
        sizes = [len(chunk) async for chunk in CanvasTerm.objects.achunks(10)]
    assert sizes == [10, 10, 5]
    assert hops.count == 3


@pytest.mark.parametrize("size", [1, 7, 24, 25, 26, 1000])
async def test_achunks_gives_every_row_once_in_order(terms: list[CanvasTerm], size: int) -> None:
    chunks = [chunk async for chunk in CanvasTerm.objects.order_by("canvas_id").achunks(size)]
    assert [row for chunk in chunks for row in chunk] == terms
    assert {len(chunk) for chunk in chunks[:-1]} <= {size}


async def test_achunks_of_nothing_gives_no_list(db: None) -> None:
    assert [chunk async for chunk in CanvasTerm.objects.achunks(10)] == []


@pytest.mark.parametrize("size", [0, -1])
def test_achunks_refuses_a_size_without_room(size: int) -> None:
    with pytest.raises(ValueError, match=rf"achunks\(size={size}\).*at least one row"):
        CanvasTerm.objects.achunks(size)


async def test_a_chunk_has_its_prefetched_rows(integration: CanvasIntegration) -> None:
    await sync_to_async(_assignments_with_work)(integration)
    seen = []
    async for chunk in CanvasAssignment.objects.order_by("pk").with_submissions().achunks(2):
        # No query is possible in a coroutine: what is read here was fetched.
        seen += [[work.student for work in one.submissions.all()] for one in chunk]
    assert [len(set(people)) for people in seen] == [2, 2, 2, 2, 2]


def _assignments_with_work(integration: CanvasIntegration) -> None:
    school = School(integration)
    course = school.course()
    for _ in range(5):
        assignment = school.assignment(course)
        school.handed_in(assignment)
        school.handed_in(assignment)


async def test_the_cursor_is_open_between_two_lists(terms: list[CanvasTerm]) -> None:
    async with contextlib.aclosing(_chunks()) as chunks:
        await anext(chunks)
        assert await sync_to_async(open_cursors)() == 1
    assert await sync_to_async(open_cursors)() == 0


def _chunks(size: int = 5) -> Any:
    return CanvasTerm.objects.achunks(size)


async def test_breaking_off_closes_the_cursor(terms: list[CanvasTerm]) -> None:
    async for _chunk in _chunks():
        break
    assert await _soon(open_cursors_are=0)


async def test_an_error_of_the_consumer_closes_the_cursor(terms: list[CanvasTerm]) -> None:
    with pytest.raises(RuntimeError):
        await _fail_at_the_second_list(_chunks())
    assert await _soon(open_cursors_are=0)


async def _fail_at_the_second_list(chunks: AsyncIterator[list[CanvasTerm]]) -> None:
    seen = 0
    async for _chunk in chunks:
        seen += 1
        if seen == 2:
            raise RuntimeError("the consumer failed")


async def test_a_consumer_that_is_cancelled_closes_the_cursor(terms: list[CanvasTerm]) -> None:
    consumer = asyncio.create_task(_wait_with_the_first_list())
    assert await _soon(open_cursors_are=1)
    consumer.cancel()
    await asyncio.gather(consumer, return_exceptions=True)
    assert await _soon(open_cursors_are=0)


async def _wait_with_the_first_list() -> None:
    async for _chunk in _chunks():
        await asyncio.Event().wait()


async def _soon(*, open_cursors_are: int) -> bool:
    """Lets other tasks run until it is so, within reason."""
    for _turn in range(1000):
        if await sync_to_async(open_cursors)() == open_cursors_are:
            return True
        await asyncio.sleep(0)
    return False


async def test_aiterator_gives_objects_as_django_says(terms: list[CanvasTerm]) -> None:
    rows = [row async for row in CanvasTerm.objects.order_by("pk").aiterator(chunk_size=3)]
    assert rows == terms


async def test_the_methods_of_django_end_a_chain(course: CanvasCourse) -> None:
    live = CanvasCourse.objects.live().for_course(course)
    assert await live.aget() == course
    assert await live.acount() == 1
    assert await live.aexists()
    assert await live.aupdate(name="Biology 102") == 1
    assert (await live.afirst()).name == "Biology 102"  # type: ignore[union-attr]
