"""Cancel scopes of anyio, which cancel again in every turn of the loop."""

from __future__ import annotations

import time

import anyio
from asgiref.sync import sync_to_async
from django.db import transaction

from tests.integration.aio.standalone.ground import Boom, case, names, raises, terms


@case()
async def a_scope_that_times_out_rolls_the_block_back() -> None:
    with anyio.move_on_after(0.2) as scope:
        async with transaction.atomic():
            await terms.acreate(name="gone")
            await anyio.sleep(60)
    assert scope.cancelled_caught
    assert await names() == []


@case()
async def leaving_a_block_under_a_cancelled_scope_does_not_spin() -> str:
    """The thread sleeps and cannot be interrupted; who waits for it must not burn the processor."""
    inside, before = 0.4, time.process_time()
    with raises(TimeoutError), anyio.fail_after(0.1):
        async with transaction.atomic():
            await terms.acreate(name="gone")
            await sync_to_async(time.sleep)(inside)
    spent = time.process_time() - before
    assert await names() == []
    assert spent < inside, f"{spent:.2f} s of processor time"
    return f"{spent:.2f} s of processor time in {inside} s"


@case()
async def tasks_of_a_group_have_their_own_transactions() -> None:
    async def write(number: int) -> None:
        async with transaction.atomic():
            await terms.acreate(name=f"row{number}")

    async with anyio.create_task_group() as group:
        for number in range(5):
            group.start_soon(write, number)
    assert await terms.acount() == 5


@case()
async def a_group_that_fails_rolls_the_blocks_of_its_tasks_back() -> None:
    inside = anyio.Event()

    async def hang() -> None:
        async with transaction.atomic():
            await terms.acreate(name="gone")
            inside.set()
            await anyio.sleep(60)

    async def fail() -> None:
        await inside.wait()
        raise Boom

    with raises(ExceptionGroup):
        async with anyio.create_task_group() as group:
            group.start_soon(hang)
            group.start_soon(fail)
    assert await names() == []
