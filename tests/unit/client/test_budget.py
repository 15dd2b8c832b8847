"""The budget of one process: who waits, in which order, and what the waiting is put down to."""

import asyncio
import math

import pytest

from canvas.client import LocalBudget
from canvas.client.bucket import Answered, Rejected, Turn
from canvas.client.budget import HIGHEST, Turnstile
from tests.unit.client.canned import Clock


def budget_of(clock: Clock, *, concurrency: int = HIGHEST) -> LocalBudget:
    return LocalBudget(concurrency, clock=clock, sleep=clock.sleep, jitter=lambda: 0.0)


async def ask(budget: LocalBudget, *, remaining: float | None = 600.0, cost: float = 1.0) -> None:
    async with budget.slot() as slot:
        slot.answered(remaining=remaining, cost=cost)


async def be_rejected(budget: LocalBudget, *, retry_after_s: float | None = None) -> None:
    async with budget.slot() as slot:
        slot.rejected(retry_after_s=retry_after_s)


async def throttled_wait(budget: LocalBudget) -> float:
    async with budget.slot() as slot:
        return slot.throttled_s


async def most_at_once(budget: LocalBudget, *, requests: int) -> int:
    running = most = 0

    async def work() -> None:
        nonlocal running, most
        async with budget.slot() as slot:
            running += 1
            most = max(most, running)
            for _ in range(10):
                await asyncio.sleep(0)
            running -= 1
            slot.answered(remaining=600.0 - 50.0 * running, cost=0.1)

    await asyncio.gather(*(work() for _ in range(requests)))
    return most


@pytest.mark.parametrize("concurrency", [1, 3, 6])
async def test_no_more_run_at_once_than_allowed(concurrency: int) -> None:
    assert await most_at_once(LocalBudget(concurrency), requests=100) == concurrency


async def test_slots_are_given_in_the_order_they_were_asked_for() -> None:
    budget, order = LocalBudget(1), []

    async def work(number: int) -> None:
        async with budget.slot():
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*(work(number) for number in range(20)))
    assert order == list(range(20))


@pytest.mark.parametrize("cancelled", [1, 2, 3])
async def test_a_cancelled_waiter_leaves_its_turn_to_others(cancelled: int) -> None:
    budget = LocalBudget(1)

    async def work() -> None:
        async with budget.slot():
            await asyncio.sleep(0.01)

    tasks = [asyncio.create_task(work()) for _ in range(4)]
    await asyncio.sleep(0)
    tasks[cancelled].cancel()
    results = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
    assert [type(result) for result in results].count(asyncio.CancelledError) == 1


async def test_a_request_that_breaks_off_frees_its_slot() -> None:
    budget = LocalBudget(1)
    with pytest.raises(OSError, match="gone"):
        async with budget.slot():
            raise OSError("gone")
    await asyncio.wait_for(ask(budget), 5)


async def test_everybody_waits_out_the_pause_after_a_rejection() -> None:
    clock = Clock()
    budget = budget_of(clock)
    await be_rejected(budget, retry_after_s=30.0)
    waits = await asyncio.gather(throttled_wait(budget), throttled_wait(budget))
    assert list(waits) == [30.0, 30.0]
    assert (clock.now, budget.rejections, budget.throttled_s) == (1030.0, 1, 30.0)


async def test_waiting_for_requests_of_our_own_is_not_throttling() -> None:
    budget = LocalBudget(1)

    async def work() -> tuple[float, float]:
        async with budget.slot() as slot:
            await asyncio.sleep(0.02)
            return slot.waited_s, slot.throttled_s

    waits = await asyncio.gather(work(), work(), work())
    assert waits[2][0] >= waits[1][0] > waits[0][0]
    assert [throttled_s for _, throttled_s in waits] == [0.0, 0.0, 0.0]


async def test_a_bucket_nearly_full_slows_everybody_down() -> None:
    clock = Clock()
    budget = budget_of(clock)
    await ask(budget)
    for _ in range(20):
        await ask(budget, remaining=100.0)
    before = clock.now
    await ask(budget)
    assert clock.now > before
    assert budget.throttled_s > 0


async def test_a_slot_that_is_freed_wakes_the_one_who_waits_for_room() -> None:
    turns = [Turn(wait_s=1000.0, tight=True), Turn()]
    turnstile = Turnstile(clock=lambda: 0.0, sleep=asyncio.sleep)

    async def next_turn() -> Turn:
        return turns.pop(0)

    waiting = asyncio.create_task(turnstile.pass_through(next_turn))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    turnstile.freed()
    await asyncio.wait_for(waiting, 5)


@pytest.mark.parametrize("figure", [math.nan, math.inf, -math.inf])
async def test_headers_that_are_no_numbers_are_not_believed(figure: float) -> None:
    async with LocalBudget().slot() as slot:
        slot.answered(remaining=figure, cost=figure)
        answered = slot.outcome
        slot.rejected(retry_after_s=figure)
    assert answered == Answered(remaining=None, cost=None)
    assert slot.outcome == Rejected(retry_after_s=None)


async def test_a_sleep_that_does_not_move_the_clock_does_not_hang() -> None:
    async def instantly(_: float) -> None: ...

    budget = LocalBudget(sleep=instantly)
    await be_rejected(budget, retry_after_s=500.0)
    assert await throttled_wait(budget) > 490


async def test_a_sleep_that_fails_fails_the_one_who_waits_and_no_other() -> None:
    async def broken(_: float) -> None:
        raise RuntimeError("no sleep")

    budget = LocalBudget(2, sleep=broken)
    await be_rejected(budget)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="no sleep"):
            await ask(budget)
