"""Redis lost: a safe share of the budget, said once; the shared one again when Redis is back."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.servers import Running, redis_server
from tests.unit.client.canned import Clock
from workers.shared_bucket import SharedBucket, redis_client
from workers.shared_budget import TRY_AGAIN_S, RedisBudget

SHARE_OF_FOUR = 2
NOBODY = "redis://127.0.0.1:9/0"


@pytest.fixture
def server() -> Iterator[Running]:
    """A Redis of our own, to be stopped at will."""
    with redis_server(own=True) as running:
        yield running
        signal_to(running, signal.SIGCONT)


def signal_to(server: Running, number: signal.Signals) -> None:
    assert server.pid is not None
    os.kill(server.pid, number)


@asynccontextmanager
async def budget_at(url: str, clock: Clock | None = None) -> AsyncIterator[RedisBudget]:
    clock = clock or Clock()
    async with redis_client(url) as redis:
        yield RedisBudget("token", redis=redis, clock=clock, sleep=clock.sleep)


async def ask(budget: RedisBudget) -> None:
    async def once() -> None:
        async with budget.slot() as slot:
            slot.answered(remaining=600.0, cost=1.0)

    await asyncio.wait_for(once(), 30)


async def at_once(budget: RedisBudget) -> int:
    """How many of many requests are in flight together."""
    running = most = 0

    async def work() -> None:
        nonlocal running, most
        async with budget.slot():
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.01)
            running -= 1

    await asyncio.gather(*(work() for _ in range(20)))
    return most


def said(events: Any) -> list[str]:
    return [entry["event"] for entry in events if entry["event"].startswith("budget.")]


async def test_without_redis_from_the_start_it_goes_on_alone_and_says_so_once() -> None:
    async with budget_at(NOBODY) as budget:
        with capture_logs() as events:
            for _ in range(20):
                await ask(budget)
        assert said(events) == ["budget.fallen_back"]
        assert (budget.fallbacks, budget.is_shared) == (1, False)
    assert events[0]["share"] == SHARE_OF_FOUR
    assert events[0]["identity"] == "token"


async def test_alone_it_takes_no_more_than_its_share() -> None:
    async with budget_at(NOBODY) as budget:
        assert await at_once(budget) == SHARE_OF_FOUR


async def test_the_share_is_that_of_the_processes_last_seen(server: Running) -> None:
    async with budget_at(server.url) as budget, redis_client(server.url) as redis:
        for _ in range(2):
            await SharedBucket(redis, identity="token", highest=10).keep([])
        await ask(budget)
        signal_to(server, signal.SIGKILL)
        with capture_logs() as events:
            await ask(budget)
        assert (events[0]["processes"], events[0]["share"]) == (3, 3)


async def test_redis_lost_while_a_request_is_on_its_way_harms_nobody(server: Running) -> None:
    async with budget_at(server.url) as budget:
        async with budget.slot() as slot:
            signal_to(server, signal.SIGKILL)
            slot.answered(remaining=600.0, cost=1.0)
        assert (budget.fallbacks, budget.is_shared) == (1, False)
        await ask(budget)
        assert budget.fallbacks == 1


async def test_a_redis_that_hangs_holds_nobody_up_and_is_found_again(server: Running) -> None:
    clock = Clock()
    async with budget_at(server.url, clock) as budget:
        await ask(budget)
        signal_to(server, signal.SIGSTOP)
        await asyncio.gather(*(ask(budget) for _ in range(5)))
        assert (budget.fallbacks, budget.is_shared) == (1, False)
        signal_to(server, signal.SIGCONT)
        async with redis_client(server.url) as redis:
            await redis.ping()  # it is awake
        clock.now += TRY_AGAIN_S
        with capture_logs() as events:
            await asyncio.gather(*(ask(budget) for _ in range(5)))
        assert said(events) == ["budget.shared_again"]
        assert budget.is_shared


async def test_it_does_not_try_redis_at_every_request(server: Running) -> None:
    clock = Clock()
    async with budget_at(server.url, clock) as budget:
        signal_to(server, signal.SIGSTOP)
        await ask(budget)
        signal_to(server, signal.SIGCONT)
        await ask(budget)
        assert not budget.is_shared
        clock.now += TRY_AGAIN_S
        await ask(budget)
        assert budget.is_shared


async def test_a_script_that_redis_refuses_is_a_redis_lost(redis_url: str) -> None:
    async with budget_at(redis_url) as budget, redis_client(redis_url) as redis:
        await redis.set("canvas-mirror:budget:token", "not a hash")
        await ask(budget)
        assert budget.fallbacks == 1


async def test_rejections_and_waits_are_counted_alone_as_well() -> None:
    async with budget_at(NOBODY) as budget:
        async with budget.slot() as slot:
            slot.rejected(retry_after_s=30.0)
        await ask(budget)
        assert budget.rejections == 1
        assert budget.throttled_s == 30.0
