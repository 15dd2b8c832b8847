"""Tasks started inside a block, and work that is to stay out of it."""

from __future__ import annotations

import asyncio

from asgiref.sync import sync_to_async
from django.db import transaction

from canvas.models.aio import ConcurrentAtomicError, dbsession, detached_task
from tests.integration.aio.standalone.ground import (
    Boom,
    case,
    execute,
    is_postgres,
    names,
    raises,
    terms,
    thread,
)


@case()
async def gathered_calls_inside_a_block_see_its_rows() -> None:
    async with transaction.atomic():
        await terms.acreate(name="first", sis_import_id=3)
        count, exists, *_created = await asyncio.gather(
            terms.acount(),
            terms.filter(sis_import_id__gte=1).aexists(),
            *[terms.acreate(name=f"row{number}") for number in range(5)],
        )
        assert (count, exists) == (1, True)
    assert await terms.acount() == 6


@case()
async def one_child_at_a_time_may_nest() -> None:
    async def child() -> None:
        async with transaction.atomic():
            await terms.acreate(name="child")

    async with transaction.atomic():
        await asyncio.wait_for(child(), 20)
        await asyncio.shield(child())
        for _turn in range(3):
            await asyncio.create_task(child())
    assert await terms.acount() == 5


@case()
async def a_task_group_that_fails_takes_the_block_with_it() -> None:
    async def write() -> None:
        for number in range(20):
            await terms.acreate(name=f"row{number}")

    async def fail() -> None:
        await asyncio.sleep(0.02)
        raise Boom

    with raises(ExceptionGroup):
        async with transaction.atomic(), asyncio.TaskGroup() as group:
            group.create_task(write())
            group.create_task(fail())
    assert await names() == []


@case()
async def a_detached_task_does_not_belong_to_the_block() -> None:
    around = await thread()
    begun = asyncio.Event()

    async def work() -> int:
        await begun.wait()
        await terms.acreate(name="detached")
        return await thread()

    with raises(Boom):
        async with transaction.atomic():
            task = detached_task(work(), name="aside")
            assert task.get_name() == "aside"
            raise Boom
    begun.set()
    assert await task == around
    assert await names() == ["detached"]


@case()
async def a_detached_task_of_a_nested_block_is_detached_from_all_of_them() -> None:
    async def work() -> None:
        async with transaction.atomic():
            await terms.acreate(name="detached")

    with raises(Boom):
        async with transaction.atomic():
            async with transaction.atomic():
                task = detached_task(work())
            raise Boom
    await task
    assert await names() == ["detached"]


@case()
async def a_detached_task_outside_of_any_block_is_a_task() -> None:
    async with asyncio.timeout(20):
        await detached_task(terms.acreate(name="plain"))
    assert await names() == ["plain"]


@case()
async def queries_of_two_sessions_overlap() -> None:
    """Each waits for the other to have begun, which one thread for both could not bring about."""
    meeting = asyncio.Barrier(2)

    async def read() -> int:
        async with dbsession():
            found = await thread()
            loop = asyncio.get_running_loop()

            def wait_for_the_other() -> None:
                asyncio.run_coroutine_threadsafe(meeting.wait(), loop).result(20)

            await sync_to_async(wait_for_the_other)()
            return found

    first, second = await asyncio.gather(read(), read())
    assert first != second


@case()
async def a_session_is_in_autocommit() -> None:
    with raises(Boom):
        async with dbsession():
            await terms.acreate(name="kept")
            raise Boom
    assert await names() == ["kept"]


@case()
async def sessions_that_open_blocks_do_not_starve_each_other() -> None:
    async def work(number: int) -> None:
        async with dbsession():
            await terms.acount()
            async with transaction.atomic():
                await terms.acreate(name=f"row{number:02}")
            await terms.acount()

    await asyncio.gather(*[work(number) for number in range(30)])
    assert await terms.acount() == 30


@case()
async def a_session_used_after_its_end_is_refused() -> None:
    async def late() -> None:
        await ended.wait()
        await terms.acount()

    ended = asyncio.Event()
    async with dbsession():
        task = asyncio.create_task(late())
        await asyncio.sleep(0)
    ended.set()
    with raises(ConcurrentAtomicError, "dbsession()", "detached_task"):
        await task


@case(vendor="postgresql")
async def session_settings_do_not_carry_over_between_connections() -> None:
    await sync_to_async(execute)("SET statement_timeout = '7s'")
    try:
        async with transaction.atomic():
            assert await sync_to_async(execute)("SHOW statement_timeout") == "0"
    finally:
        await sync_to_async(execute)("SET statement_timeout = 0")
    assert is_postgres()
