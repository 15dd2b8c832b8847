"""Which thread closes the cursor of a loop that is left: its own, and never the event loop's."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.models.query import ModelIterable

from canvas.models import CanvasTerm
from canvas.models.querysets.chunks import Chunks

pytestmark = pytest.mark.django_db(transaction=True)


class Watched(ModelIterable):  # type: ignore[type-arg]  # no class to index at run time
    """Reads rows as Django does, and notes on which thread it is closed."""

    closed_on: list[int]

    def __iter__(self) -> Iterator[CanvasTerm]:
        try:
            yield from super().__iter__()
        finally:
            self.closed_on.append(threading.get_ident())


class Query:
    """A query over a few terms; `closed_on` fills as its cursors are closed."""

    def __init__(self) -> None:
        self.closed_on: list[int] = []
        self._iterable = type("Watched", (Watched,), {"closed_on": self.closed_on})

    def chunks(self) -> Chunks[CanvasTerm]:
        rows: Any = CanvasTerm.objects.all()
        rows._iterable_class = self._iterable
        return rows.achunks(5)  # type: ignore[no-any-return]

    async def left_early(self) -> None:
        async for _chunk in self.chunks():
            break


@pytest.fixture
def query(transactional_db: None) -> Query:
    CanvasTerm.objects.bulk_create([CanvasTerm(canvas_id=number) for number in range(25)])
    return Query()


async def here() -> int:
    """The thread that database calls of this task go to; what it was given before is done."""
    return await sync_to_async(threading.get_ident)()


async def test_a_loop_that_is_left(query: Query) -> None:
    await query.left_early()
    assert [await here()] == query.closed_on


async def test_a_loop_that_is_left_in_a_block(query: Query) -> None:
    async with transaction.atomic():
        await query.left_early()
        assert [await here()] == query.closed_on


async def test_a_loop_that_is_left_as_its_block_ends(query: Query) -> None:
    async with transaction.atomic():
        thread = await here()
        await query.left_early()
    assert query.closed_on == [thread]


async def test_a_consumer_that_is_cancelled(query: Query) -> None:
    has_begun = asyncio.Event()

    async def consume() -> None:
        async for _chunk in query.chunks():
            has_begun.set()
            await asyncio.Event().wait()

    consumer = asyncio.create_task(consume())
    await has_begun.wait()
    consumer.cancel()
    await asyncio.gather(consumer, return_exceptions=True)
    assert [await here()] == query.closed_on


async def test_an_iterator_closed_by_hand(query: Query) -> None:
    async with aclosing(query.chunks()) as chunks:
        await anext(chunks)
    assert [await here()] == query.closed_on
    assert [chunk async for chunk in chunks] == []


async def test_a_loop_to_the_end(query: Query) -> None:
    assert [len(chunk) async for chunk in query.chunks()] == [5] * 5
    assert [await here()] == query.closed_on


async def test_a_task_whose_turn_it_is_not_leaves_it_to_another_thread(query: Query) -> None:
    has_begun, may_end = asyncio.Event(), asyncio.Event()

    async def consume() -> None:
        async for _chunk in query.chunks():
            has_begun.set()
            await may_end.wait()
            break

    async with transaction.atomic():
        consumer = asyncio.create_task(consume())
        await has_begun.wait()
        async with transaction.atomic():  # from here on the connection is not the consumer's
            may_end.set()
            await consumer
            await asyncio.to_thread(wait_for, query.closed_on)
    assert len(query.closed_on) == 1
    assert query.closed_on != [threading.get_ident()]


def wait_for(closed_on: list[int]) -> None:
    """Returns in any case: what is asserted afterwards then fails."""
    pause = threading.Event()
    for _turn in range(10_000):
        if closed_on:
            return
        pause.wait(0.001)
