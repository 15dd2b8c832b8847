"""`aiterator` inside of a block and around blocks, and loops over it that are left early."""

from __future__ import annotations

import asyncio
import gc

from django.db import transaction

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
