"""What one task does stays out of what another does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from asgiref.sync import async_to_sync
from django.db import OperationalError, transaction

from tests.integration.aio.standalone.ground import (
    Boom,
    NaiveAtomic,
    case,
    is_postgres,
    names,
    raises,
    terms,
)

TASKS = 16
ALL = [f"plain{number:02}" for number in range(TASKS)] + [
    f"task{number:02}" for number in range(0, TASKS, 2) for _twice in range(2)
]


async def half_of_16_transactions_roll_back(atomic: Callable[[], Any]) -> None:
    """The test of the issue; `atomic` is what opens a block, ours or the naive one."""
    looked: list[str] = []

    async def write(number: int) -> None:
        async with atomic():
            await terms.acreate(name=f"task{number:02}")
            await asyncio.sleep(0.01 * (number % 3))
            await terms.acreate(name=f"task{number:02}")
            if number % 2:
                raise Boom

    async def write_outside(number: int) -> None:
        await asyncio.sleep(0.002 * number)
        await terms.acreate(name=f"plain{number:02}")
        looked.extend(await names())

    work = [write(number) for number in range(TASKS)]
    outside = [write_outside(number) for number in range(TASKS)]
    outcomes = await asyncio.gather(*work, *outside, return_exceptions=True)
    strange = {type(each).__name__ for each in outcomes if each and not isinstance(each, Boom)}
    found = await names()
    odd = sorted({name for name in looked if name.startswith("task") and int(name[-2:]) % 2})
    said = {
        "errors": sorted(strange),
        "committed but lost": sorted(set(ALL) - set(found)),
        "rolled back but kept": sorted(set(found) - set(ALL)),
        "seen before their rollback": odd,
    }
    assert not any(said.values()), said
    assert found == ALL


@case()
async def nothing_leaks_between_16_transactions_and_plain_calls() -> None:
    await half_of_16_transactions_roll_back(transaction.atomic)


@case()
def nothing_leaks_between_16_transactions_under_async_to_sync() -> None:
    async_to_sync(half_of_16_transactions_roll_back)(transaction.atomic)


def what_the_naive_bridge_does(run: Callable[[Any], None]) -> str:
    """The text of its failure; that it fails shows that the test above can."""
    try:
        run(lambda: NaiveAtomic(transaction.atomic()))
    except AssertionError as error:
        return str(error)
    raise AssertionError("the naive bridge passed, so the test does not show what it is to show")


@case()
def the_naive_bridge_leaks() -> str:
    return what_the_naive_bridge_does(
        lambda atomic: asyncio.run(half_of_16_transactions_roll_back(atomic))
    )


@case()
def the_naive_bridge_leaks_under_async_to_sync() -> str:
    return what_the_naive_bridge_does(
        lambda atomic: async_to_sync(half_of_16_transactions_roll_back)(atomic)
    )


@case(vendor="postgresql")
async def two_transactions_run_at_once_and_see_only_their_own() -> None:
    begun, looked = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with transaction.atomic():
            await terms.acreate(name="first")
            begun.set()
            await looked.wait()
            raise Boom

    async def second() -> None:
        await begun.wait()
        async with transaction.atomic():
            await terms.acreate(name="second")
            assert await names() == ["second"]
        looked.set()

    outcomes = await asyncio.gather(first(), second(), return_exceptions=True)
    assert [type(each) for each in outcomes] == [Boom, type(None)], outcomes
    assert await names() == ["second"]


@case(vendor="sqlite")
async def writers_of_one_file_queue_in_their_order() -> None:
    order: list[int] = []

    async def write(number: int) -> None:
        async with transaction.atomic():
            await terms.acreate(name=f"row{number}")
            await asyncio.sleep(0.01)
            order.append(number)

    await asyncio.gather(*[write(number) for number in range(10)])
    assert order == list(range(10))


@case()
async def a_plain_call_is_not_swallowed_by_a_transaction_of_another_task() -> None:
    begun, done = asyncio.Event(), asyncio.Event()

    async def roll_back() -> None:
        async with transaction.atomic():
            await terms.acount()
            if is_postgres():
                await terms.acreate(name="gone")
            begun.set()
            await done.wait()
            raise Boom

    async def write() -> None:
        await begun.wait()
        assert await terms.acount() == 0  # readers do not wait, on SQLite either
        if is_postgres():
            await terms.acreate(name="plain")
        done.set()

    outcomes = await asyncio.gather(roll_back(), write(), return_exceptions=True)
    assert [type(each) for each in outcomes] == [Boom, type(None)], outcomes
    assert await names() == (["plain"] if is_postgres() else [])


@case()
async def many_tasks_with_nested_blocks_keep_exactly_what_they_committed() -> None:
    async def work(number: int) -> None:
        for turn in range(5):
            try:
                async with transaction.atomic():
                    await terms.acreate(name=f"row{number}", sis_import_id=turn)
                    async with transaction.atomic():
                        await terms.acreate(name=f"row{number}", sis_import_id=100 + turn)
                    if (number + turn) % 3 == 0:
                        raise Boom
            except Boom:
                continue

    await asyncio.gather(*[work(number) for number in range(24)])
    kept = sum(2 for number in range(24) for turn in range(5) if (number + turn) % 3)
    assert await terms.acount() == kept


@case(vendor="postgresql")
async def a_deadlock_ends_one_of_the_two_and_frees_both() -> None:
    first, second = await terms.acreate(name="first"), await terms.acreate(name="second")

    each_has_one = asyncio.Barrier(2)

    async def lock(one: int, other: int) -> None:
        async with asyncio.timeout(60), transaction.atomic():
            await terms.select_for_update().aget(pk=one)
            await each_has_one.wait()
            await terms.select_for_update().aget(pk=other)
            await terms.filter(pk=one).aupdate(sis_import_id=1)

    both = [lock(first.pk, second.pk), lock(second.pk, first.pk)]
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    assert sum(isinstance(each, OperationalError) for each in outcomes) == 1, outcomes
    assert await terms.filter(sis_import_id=1).acount() == 1


@case()
async def one_atomic_object_may_be_entered_by_many_tasks() -> None:
    shared = transaction.atomic()

    async def work(number: int) -> None:
        async with shared:
            await terms.acreate(name=f"row{number}")
            await asyncio.sleep(0.01)
            with raises(Boom):
                async with shared:
                    await terms.acreate(name="gone")
                    raise Boom

    await asyncio.gather(*[work(number) for number in range(5)])
    assert await names() == [f"row{number}" for number in range(5)]
