"""One budget for each process, event loop and token."""

import asyncio

from asgiref.sync import sync_to_async
from pytest_django.fixtures import Settings

from canvas.client import LocalBudget
from canvas.client.budget import Budget
from workers import budget as module
from workers.budget import budget_for, close_budgets
from workers.shared_budget import RedisBudget


async def ask(budget: Budget) -> None:
    async with budget.slot() as slot:
        slot.answered(remaining=600.0, cost=1.0)


async def test_a_token_has_one_budget(settings: Settings) -> None:
    settings.REDIS_URL = ""
    assert budget_for("one") is budget_for("one")
    assert budget_for("one") is not budget_for("other")


async def test_without_redis_it_is_of_this_process(settings: Settings) -> None:
    settings.REDIS_URL = ""
    assert isinstance(budget_for("one"), LocalBudget)


async def test_with_redis_it_is_shared(settings: Settings, redis_url: str) -> None:
    settings.REDIS_URL = redis_url
    budget = budget_for("one")
    await ask(budget)
    await close_budgets()
    assert isinstance(budget, RedisBudget)
    assert budget.is_shared


async def test_every_event_loop_has_its_own(settings: Settings, redis_url: str) -> None:
    settings.REDIS_URL = redis_url

    async def ask_and_close() -> Budget:
        budget = budget_for("one")
        await ask(budget)
        await close_budgets()
        return budget

    elsewhere = await sync_to_async(lambda: asyncio.run(ask_and_close()))()
    assert await ask_and_close() is not elsewhere


async def test_loops_that_were_closed_are_forgotten(settings: Settings, redis_url: str) -> None:
    settings.REDIS_URL = redis_url

    async def ask_and_leave_open() -> None:
        await ask(budget_for("one"))

    for _ in range(3):
        await sync_to_async(lambda: asyncio.run(ask_and_leave_open()))()
    budget_for("one")
    await close_budgets()
    assert [loop for loop in module._shelves if loop.is_closed()] == []


async def test_after_closing_it_begins_anew(settings: Settings, redis_url: str) -> None:
    settings.REDIS_URL = redis_url
    first = budget_for("one")
    await close_budgets()
    assert budget_for("one") is not first
    await ask(budget_for("one"))
    await close_budgets()
