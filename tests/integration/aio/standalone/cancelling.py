"""A block that is cancelled rolls back and gives its connection back, wherever it was."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter

from asgiref.sync import sync_to_async
from django.db import transaction

from tests.integration.aio.standalone.ground import (
    case,
    execute,
    names,
    raises,
    statement_of,
    terms,
)


async def write_and_wait(inside: asyncio.Event) -> None:
    async with transaction.atomic():
        await terms.acreate(name="gone")
        inside.set()
        await asyncio.sleep(60)


async def _cancel_at_work(task: asyncio.Task[None], inside: asyncio.Event) -> None:
    """Once its statement is on the way; the task must not end well."""
    await inside.wait()
    await asyncio.sleep(0.1)
    task.cancel()
    with raises(asyncio.CancelledError):
        await task


@case()
async def a_cancelled_block_rolls_back() -> None:
    inside = asyncio.Event()
    task = asyncio.create_task(write_and_wait(inside))
    await inside.wait()
    task.cancel()
    with raises(asyncio.CancelledError):
        await task
    assert await names() == []
    async with transaction.atomic():
        await terms.acreate(name="kept")
    assert await names() == ["kept"]


@case()
async def a_timeout_rolls_the_block_back() -> None:
    with raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await write_and_wait(asyncio.Event())
    assert await names() == []


@case()
async def a_running_statement_is_interrupted() -> None:
    """It would run for minutes; the case ends within the patience of the runner only if stopped."""
    inside = asyncio.Event()

    async def work() -> None:
        async with transaction.atomic():
            await terms.acreate(name="gone")
            inside.set()
            await sync_to_async(execute)(statement_of(600))

    task = asyncio.create_task(work())
    await _cancel_at_work(task, inside)
    assert await names() == []


@case()
async def a_job_of_many_statements_is_interrupted_between_two_of_them() -> None:
    """Three statements that each would run for minutes; the job swallows the first two errors."""
    from django.db import OperationalError

    inside = asyncio.Event()

    def job() -> None:
        for _attempt in range(2):
            try:
                execute(statement_of(600))
            except OperationalError:
                time.sleep(0.02)
        execute(statement_of(600))

    async def work() -> None:
        async with transaction.atomic():
            inside.set()
            await sync_to_async(job)()

    task = asyncio.create_task(work())
    await _cancel_at_work(task, inside)


@case(vendor="postgresql")
async def a_cancelled_nested_block_leaves_the_outer_one_usable() -> None:
    async with transaction.atomic():
        await terms.acreate(name="before")
        with raises(TimeoutError):
            async with asyncio.timeout(0.3), transaction.atomic():
                await terms.acreate(name="gone")
                await sync_to_async(execute)(statement_of(600))
        await terms.acreate(name="after")
    assert await names() == ["after", "before"]


@case()
async def a_storm_of_cancellations_leaves_both_rows_or_none() -> str:
    """Also while BEGIN or COMMIT is under way: the commit may win, halves may not."""
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    ends: Counter[str] = Counter()

    async def write(number: int) -> None:
        async with transaction.atomic():
            await terms.acreate(name=f"row{number}")
            async with transaction.atomic():
                await terms.acreate(name=f"row{number}")

    began = time.monotonic()
    for number in range(120, 130):
        await write(number)
    usual_s = (time.monotonic() - began) / 10
    for number in range(80):
        task = asyncio.create_task(write(number))
        await asyncio.sleep(chance.random() * 1.3 * usual_s)
        task.cancel()
        outcome = (await asyncio.gather(task, return_exceptions=True))[0]
        ends["finished" if outcome is None else type(outcome).__name__] += 1
    assert set(ends) <= {"finished", "CancelledError"}, (seed, ends)
    found = Counter(await names())
    assert set(found.values()) <= {2}, f"seed {seed}: {found}"
    return f"seed {seed}: {dict(ends)}, {len(found)} pairs committed"


@case()
async def a_block_cancelled_while_it_waits_for_its_turn_takes_no_turn() -> None:
    async def hold(release: asyncio.Event) -> None:
        async with transaction.atomic():
            await release.wait()

    release = asyncio.Event()
    holders = [asyncio.create_task(hold(release)) for _number in range(8)]
    await asyncio.sleep(0.2)
    waiting = [asyncio.create_task(write_and_wait(asyncio.Event())) for _number in range(5)]
    await asyncio.sleep(0.05)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    release.set()
    await asyncio.gather(*holders)
    async with transaction.atomic():
        await terms.acreate(name="kept")
    assert await names() == ["kept"]


@case()
async def a_cancelled_session_interrupts_its_query() -> None:
    from canvas.models.aio import dbsession

    inside = asyncio.Event()

    async def read() -> None:
        async with dbsession():
            inside.set()
            await sync_to_async(execute)(statement_of(600))

    task = asyncio.create_task(read())
    await _cancel_at_work(task, inside)


@case()
def a_block_that_is_open_as_the_loop_ends_is_rolled_back() -> None:
    async def abandon() -> None:
        inside = asyncio.Event()
        orphan = asyncio.create_task(write_and_wait(inside))
        await inside.wait()
        assert not orphan.done()

    asyncio.run(abandon())
    assert terms.count() == 0
