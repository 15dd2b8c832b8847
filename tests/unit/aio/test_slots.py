"""The queue for threads and turns: fair, shared by loops, and never a slot lost."""

from __future__ import annotations

import asyncio
import gc
import threading

import pytest
from django.test import override_settings

from canvas.models.aio import AtomicTimeoutError
from canvas.models.aio.slots import Slots


def one_slot() -> Slots:
    return Slots("chair", lambda: 1)


async def sit(slots: Slots, order: list[int], number: int) -> None:
    await slots.acquire()
    order.append(number)
    await asyncio.sleep(0)
    slots.release()


async def test_those_who_wait_are_served_in_their_order() -> None:
    slots, order = one_slot(), list[int]()
    await asyncio.gather(*[sit(slots, order, number) for number in range(5)])
    assert order == [0, 1, 2, 3, 4]


async def test_a_free_slot_is_not_given_past_those_who_wait() -> None:
    slots, order = one_slot(), list[int]()
    await slots.acquire()
    waiting = asyncio.create_task(sit(slots, order, 1))
    await asyncio.sleep(0)
    slots.release()
    await sit(slots, order, 2)
    await waiting
    assert order == [1, 2]


async def test_one_who_gives_up_leaves_the_queue() -> None:
    slots, order = one_slot(), list[int]()
    await slots.acquire()
    impatient = asyncio.create_task(sit(slots, order, 1))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.gather(impatient, return_exceptions=True)
    slots.release()
    await asyncio.wait_for(sit(slots, order, 2), 20)
    assert order == [2]


async def test_a_slot_handed_to_one_who_gives_up_goes_to_the_next() -> None:
    slots, order = one_slot(), list[int]()
    await slots.acquire()
    impatient = asyncio.create_task(sit(slots, order, 1))
    patient = asyncio.create_task(sit(slots, order, 2))
    await asyncio.sleep(0)
    slots.release()  # to the first, which does not know it yet
    impatient.cancel()
    await asyncio.gather(impatient, return_exceptions=True)
    await asyncio.wait_for(patient, 20)
    assert order == [2]


async def test_one_who_waits_too_long_is_told_what_to_do() -> None:
    slots = one_slot()
    await slots.acquire()
    with override_settings(ASYNC_ATOMIC={"WAIT_S": 0.01}):
        with pytest.raises(AtomicTimeoutError, match=r"No chair .* 0.01 s.*ASYNC_ATOMIC"):
            await slots.acquire()


def test_a_slot_passes_from_one_loop_to_another() -> None:
    slots, order = one_slot(), list[int]()
    crowd = [
        threading.Thread(target=asyncio.run, args=(sit(slots, order, number),))
        for number in range(10)
    ]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join(20)
    assert sorted(order) == list(range(10))


def test_a_waiter_whose_loop_is_closed_is_passed_over() -> None:
    slots = one_slot()
    asyncio.run(slots.acquire())
    loop = asyncio.new_event_loop()
    forgotten = loop.create_task(slots.acquire())
    loop.run_until_complete(asyncio.sleep(0))
    forgotten._log_destroy_pending = False  # type: ignore[attr-defined]
    loop.close()
    slots.release()
    del forgotten  # its coroutine is closed now, and must not give back what it never got
    gc.collect()
    asyncio.run(asyncio.wait_for(slots.acquire(), 20))
    with override_settings(ASYNC_ATOMIC={"WAIT_S": 0.01}), pytest.raises(AtomicTimeoutError):
        asyncio.run(slots.acquire())


def test_a_limit_that_grows_counts_from_the_next_one_on() -> None:
    limit = [1]
    slots = Slots("chair", lambda: limit[0])
    asyncio.run(slots.acquire())
    limit[0] = 2
    with override_settings(ASYNC_ATOMIC={"WAIT_S": 0.01}):
        asyncio.run(slots.acquire())
        with pytest.raises(AtomicTimeoutError):
            asyncio.run(slots.acquire())
