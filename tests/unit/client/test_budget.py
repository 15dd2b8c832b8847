"""The budget of one process."""

import asyncio

import pytest

from canvas.client import LocalBudget
from canvas.client.budget import CALM_ANSWERS
from tests.unit.client.canned import Clock


def budget_of(clock: Clock, *, concurrency: int = 4) -> LocalBudget:
    return LocalBudget(concurrency, clock=clock, sleep=clock.sleep, jitter=lambda: 0.0)


async def calm(budget: LocalBudget, *, answers: int, remaining: float | None = None) -> None:
    for _ in range(answers):
        await budget.observe(remaining=remaining, cost=1.0)


async def test_no_more_run_at_once_than_the_limit() -> None:
    budget, running, most = LocalBudget(3), 0, 0

    async def work() -> None:
        nonlocal running, most
        async with budget.slot():
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*(work() for _ in range(50)))
    assert (most, running) == (3, 0)


async def test_a_cancelled_waiter_leaves_its_turn_to_others() -> None:
    budget = LocalBudget(1)

    async def work() -> None:
        async with budget.slot():
            await asyncio.sleep(0.01)

    tasks = [asyncio.create_task(work()) for _ in range(4)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    results = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 2)
    assert [type(result) for result in results].count(asyncio.CancelledError) == 1


async def test_a_rejection_halves_the_limit_down_to_one() -> None:
    clock = Clock()
    budget = budget_of(clock)
    limits = []
    for _ in range(3):
        await budget.throttled(retry_after_s=None)
        limits.append(budget.limit)
    assert limits == [2, 1, 1]


async def test_pauses_grow_to_twenty_seconds() -> None:
    clock = Clock()
    budget = budget_of(clock)
    waited = [await budget.throttled(retry_after_s=None) for _ in range(4)]
    assert waited == [5.0, 10.0, 20.0, 20.0]
    assert (budget.paused_s, budget.rejections) == (55.0, 4)


async def test_retry_after_is_the_pause() -> None:
    assert await budget_of(Clock()).throttled(retry_after_s=42.0) == 42.0


async def test_requests_rejected_together_count_as_one() -> None:
    clock = Clock()
    budget = budget_of(clock)
    await asyncio.gather(*(budget.throttled(retry_after_s=None) for _ in range(4)))
    assert (budget.limit, budget.paused_s, clock.now) == (2, 5.0, 1005.0)


async def test_everybody_waits_out_the_pause() -> None:
    clock = Clock()
    budget = budget_of(clock)
    rejected = asyncio.create_task(budget.throttled(retry_after_s=30.0))
    await asyncio.sleep(0)
    async with budget.slot():
        assert clock.now >= 1030.0
    await rejected


async def test_calm_opens_one_slot_after_another() -> None:
    budget = budget_of(Clock())
    await budget.throttled(retry_after_s=None)
    await calm(budget, answers=CALM_ANSWERS)
    assert budget.limit == 3
    await calm(budget, answers=5 * CALM_ANSWERS)
    assert budget.limit == 4


async def test_after_calm_the_next_pause_is_short_again() -> None:
    budget = budget_of(Clock())
    await budget.throttled(retry_after_s=None)
    await budget.throttled(retry_after_s=None)
    await calm(budget, answers=CALM_ANSWERS)
    assert await budget.throttled(retry_after_s=None) == 5.0


@pytest.mark.parametrize(("remaining", "limit"), [(100.0, 2), (500.0, 3)])
async def test_no_slot_is_opened_while_the_quota_is_nearly_used_up(
    remaining: float, limit: int
) -> None:
    budget = budget_of(Clock())
    await budget.observe(remaining=700.0, cost=1.0)
    await budget.throttled(retry_after_s=None)
    await calm(budget, answers=CALM_ANSWERS, remaining=remaining)
    assert budget.limit == limit


async def test_a_sleep_that_does_not_move_the_clock_does_not_hang() -> None:
    async def instantly(_: float) -> None: ...

    budget = LocalBudget(sleep=instantly)
    assert await budget.throttled(retry_after_s=1000.0) > 990
