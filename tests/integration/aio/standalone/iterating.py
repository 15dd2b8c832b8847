"""`aiterator` inside of a block and around blocks, and loops over it that are left early."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from django.db import connections, transaction

from canvas.models import CanvasTerm
from tests.integration.aio.standalone.ground import case, terms

ROWS = 350


async def make_rows() -> None:
    await terms.abulk_create(
        CanvasTerm(name=f"row{number:03}", sis_import_id=number) for number in range(ROWS)
    )


@case()
async def rows_can_be_saved_while_a_block_iterates() -> None:
    await make_rows()
    seen = 0
    async with transaction.atomic():
        async for row in terms.order_by("sis_import_id").aiterator(chunk_size=100):
            seen += 1
            if seen % 50 == 0:
                row.workflow_state = "marked"
                await row.asave(update_fields=["workflow_state"])
    assert seen == ROWS
    assert await terms.filter(workflow_state="marked").acount() == 7


@case()
async def blocks_can_be_opened_while_iterating_outside_of_them() -> None:
    await make_rows()
    seen = 0
    async for row in terms.order_by("sis_import_id").aiterator(chunk_size=100):
        seen += 1
        if seen % 25 == 0:
            async with transaction.atomic():
                row.workflow_state = "marked"
                await row.asave(update_fields=["workflow_state"])
                await terms.filter(pk=row.pk).aupdate(sis_term_id="seen")
    assert seen == ROWS
    assert await terms.filter(workflow_state="marked", sis_term_id="seen").acount() == 14


@case()
async def a_loop_that_is_left_early_does_not_hurt_later_blocks() -> None:
    await make_rows()
    async for _row in terms.order_by("sis_import_id").aiterator(chunk_size=100):
        break
    async with transaction.atomic():
        async for _row in terms.order_by("sis_import_id").aiterator(chunk_size=100):
            break
    gc.collect()
    await asyncio.sleep(0.05)
    async with transaction.atomic():
        await terms.acreate(name="after")
    assert await terms.acount() == ROWS + 1


@case()
async def a_loop_that_is_left_early_ends_before_its_connection_is_closed() -> None:
    """As an `aiterator()` is made: one generator in another, each ended by a task of its own."""
    if connections["default"].settings_dict["CONN_MAX_AGE"] != 0:
        return  # it is kept
    order: list[str] = []

    async def inner() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            order.append("loop")

    async def outer() -> AsyncIterator[int]:
        async for value in inner():
            yield value

    def note_when_it_closes() -> None:
        wrapper = connections["default"]
        close = wrapper.close

        def closing() -> None:
            del wrapper.close
            order.append("connection")
            close()

        wrapper.close = closing  # type: ignore[method-assign]

    async def keep_the_loop_slow() -> None:
        while True:
            time.sleep(0.01)  # noqa: ASYNC251  the thread of the block must be the faster one
            await asyncio.sleep(0)

    slow = asyncio.create_task(keep_the_loop_slow())
    async with transaction.atomic():
        await sync_to_async(note_when_it_closes)()
        async for _value in outer():
            break
    slow.cancel()
    assert order == ["loop", "connection"]
