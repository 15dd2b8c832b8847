"""Mistakes get an error that has a name and says what to do instead."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.transaction import TransactionManagementError

from canvas.models.aio import ConcurrentAtomicError, dbsession
from tests.integration.aio.standalone.ground import Boom, case, names, raises, terms


@case()
async def two_children_that_nest_at_once_are_refused() -> None:
    async def child() -> None:
        async with transaction.atomic():
            await asyncio.sleep(0.02)

    with raises(ConcurrentAtomicError, "nested", "one at a time", "detached_task"):
        async with transaction.atomic():
            await terms.acreate(name="gone")
            await asyncio.gather(child(), child())
    assert await names() == []


@case()
async def a_sibling_that_writes_into_the_savepoint_of_another_is_refused() -> None:
    open_now, done = asyncio.Event(), asyncio.Event()

    async def nest() -> None:
        async with transaction.atomic():
            await terms.acreate(name="nested")
            open_now.set()
            await done.wait()

    async def write() -> None:
        await open_now.wait()
        await terms.acreate(name="sibling")

    with raises(ConcurrentAtomicError, "interleave", "one at a time"):
        async with transaction.atomic():
            orphan = asyncio.create_task(nest())
            await write()
    done.set()
    with raises(ConcurrentAtomicError, "ended first"):
        await orphan
    assert await names() == []


async def _write_after(ended: asyncio.Event) -> None:
    await ended.wait()
    await terms.acreate(name="zombie")


@case()
async def a_task_that_outlives_its_block_is_refused_at_the_next_query() -> None:
    ended = asyncio.Event()
    with raises(Boom):
        async with transaction.atomic():
            zombie = asyncio.create_task(_write_after(ended))
            raise Boom
    ended.set()
    with raises(ConcurrentAtomicError, "after that block had ended", "detached_task"):
        await zombie
    assert await names() == []


@case()
async def a_task_that_outlives_a_nested_block_is_told_so() -> None:
    ended = asyncio.Event()
    async with transaction.atomic():
        async with transaction.atomic():
            zombie = asyncio.create_task(_write_after(ended))
        ended.set()
        with raises(ConcurrentAtomicError, "after that block had ended"):
            await zombie
        await terms.acreate(name="kept")
    assert await names() == ["kept"]


@case()
async def a_block_that_ends_before_a_nested_one_is_rolled_back_and_says_so() -> None:
    open_now, done = asyncio.Event(), asyncio.Event()

    async def nest() -> None:
        async with transaction.atomic():
            await terms.acreate(name="nested")
            open_now.set()
            await done.wait()

    with raises(ConcurrentAtomicError, "still had a nested block open", "Await"):
        async with transaction.atomic():
            orphan = asyncio.create_task(nest())
            await open_now.wait()
    done.set()
    with raises(ConcurrentAtomicError, "ended first"):
        await orphan
    assert await names() == []


@case()
async def a_session_inside_a_block_is_refused() -> None:
    with raises(ConcurrentAtomicError, "dbsession()", "around the block"):
        async with transaction.atomic(), dbsession():
            raise AssertionError("it opened")


@case()
async def an_async_generator_function_cannot_be_decorated() -> None:
    async def stream() -> AsyncIterator[int]:
        yield 1

    with raises(TypeError, "stream()", "async with transaction.atomic()", "return a list"):
        transaction.atomic(stream)


@case()
async def an_abandoned_generator_rolls_its_block_back() -> None:
    async def stream() -> AsyncIterator[int]:
        async with transaction.atomic():
            await terms.acreate(name="gone")
            yield 1
            yield 2

    async for _value in stream():
        break
    gc.collect()
    await asyncio.sleep(0.2)
    assert await names() == []
    async with transaction.atomic():
        await terms.acreate(name="kept")
    assert await names() == ["kept"]


@case()
async def a_loop_started_on_the_thread_of_a_block_is_refused() -> None:
    def start_a_loop() -> None:
        asyncio.run(terms.acount())

    async with transaction.atomic():
        with raises(ConcurrentAtomicError, "asyncio.run()", "async_to_sync"):
            await sync_to_async(start_a_loop)()


@case()
async def leaving_a_block_that_was_not_entered_here_is_refused() -> None:
    with raises(TransactionManagementError, "did not enter it", "same task"):
        await transaction.atomic().__aexit__(None, None, None)
