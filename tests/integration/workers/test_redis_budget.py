"""One budget for all processes of a token, in a real Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from canvas.client.bucket import Answered, Rejected
from workers.shared_bucket import KEY, SharedBucket, redis_client
from workers.shared_budget import RedisBudget

OK = Answered(remaining=600.0, cost=1.0)


@asynccontextmanager
async def buckets(url: str, count: int, *, highest: int = 10) -> AsyncIterator[list[SharedBucket]]:
    """As many processes that share one token."""
    async with redis_client(url) as redis:
        yield [SharedBucket(redis, identity="token", highest=highest) for _ in range(count)]


async def enter(bucket: SharedBucket, *, now: float | None = None) -> tuple[str, float, float]:
    """Shape: (slot, seconds to wait, when)."""
    slot = bucket.new_slot()
    reply = await bucket.enter(slot, now=now)
    return slot, reply.turn.wait_s, reply.at


async def ask(budget: RedisBudget, *, during_s: float = 0.0) -> bool:
    """True once it has had its turn."""
    async with budget.slot() as slot:
        await asyncio.sleep(during_s)
        slot.answered(remaining=600.0, cost=0.1)
    return True


async def test_all_processes_together_have_so_many_in_flight(redis_url: str) -> None:
    async with redis_client(redis_url) as redis:
        budgets = [RedisBudget("token", redis=redis, concurrency=3) for _ in range(4)]
        running, most = 0, 0

        async def work(budget: RedisBudget) -> None:
            nonlocal running, most
            async with budget.slot() as slot:
                running += 1
                most = max(most, running)
                await asyncio.sleep(0.02)
                running -= 1
                slot.answered(remaining=600.0, cost=0.1)

        await asyncio.gather(*(work(budget) for budget in budgets for _ in range(8)))
    assert most == 3


async def test_within_a_process_the_first_to_ask_is_the_first_to_go(redis_url: str) -> None:
    order = []
    async with redis_client(redis_url) as redis:
        budget = RedisBudget("token", redis=redis, concurrency=1)

        async def work(number: int) -> None:
            async with budget.slot():
                order.append(number)

        await asyncio.gather(*(work(number) for number in range(10)))
    assert order == list(range(10))


async def test_tokens_do_not_wait_for_each_other(redis_url: str) -> None:
    async with redis_client(redis_url) as redis:
        one, other = (RedisBudget(name, redis=redis, concurrency=1) for name in ("one", "other"))
        async with one.slot(), other.slot() as slot:
            assert slot.throttled_s == 0
        assert one.is_shared
        assert other.is_shared


async def test_a_rejection_pauses_every_process(redis_url: str) -> None:
    async with buckets(redis_url, 2) as (one, other):
        slot, _, entered_at = await enter(one)
        told = await one.leave(slot, entered_at=entered_at, outcome=Rejected(), jitter=0.0)
        reply = await other.enter(other.new_slot(), now=told.at)
    assert 4 < reply.turn.wait_s <= 5
    assert reply.turn.tight


async def test_requests_of_two_processes_rejected_together_count_as_one(redis_url: str) -> None:
    async with buckets(redis_url, 2) as both:
        entered = [(bucket, *await enter(bucket)) for bucket in both]
        for bucket, slot, _, at in entered:
            reply = await bucket.leave(slot, entered_at=at, outcome=Rejected(), jitter=0.0)
        told = (await both[0].enter(both[0].new_slot(), now=reply.at)).turn
    assert 4 < told.wait_s <= 5


async def test_what_one_process_learned_all_know(redis_url: str) -> None:
    async with buckets(redis_url, 2) as (one, other):
        for _ in range(30):
            slot, _, at = await enter(one)
            await one.leave(slot, entered_at=at, outcome=OK, jitter=0.0)
        waits = [(await enter(other))[1] for _ in range(8)]
    assert waits == [0.0] * 8


async def test_slots_of_a_process_that_was_killed_free_themselves(redis_url: str) -> None:
    now = 1_700_000_000.0
    async with buckets(redis_url, 2, highest=2) as (killed, other):
        await enter(killed, now=now)
        await enter(killed, now=now)
        assert (await enter(other, now=now + 29.0))[1] > 0
        assert (await enter(other, now=now + 31.0))[1] == 0


async def test_slots_that_are_kept_do_not_run_out(redis_url: str) -> None:
    now = 1_700_000_000.0
    async with buckets(redis_url, 2, highest=1) as (one, other):
        slot, _, _ = await enter(one, now=now)
        for later in range(25, 300, 25):
            await one.keep([slot], now=now + later)
        assert (await enter(other, now=now + 300.0))[1] > 0


async def test_a_slot_asked_for_twice_is_taken_once(redis_url: str) -> None:
    async with buckets(redis_url, 1, highest=1) as (bucket,):
        slot, _, at = await enter(bucket)
        assert (await bucket.enter(slot)).turn.wait_s == 0
        await bucket.leave(slot, entered_at=at, outcome=OK, jitter=0.0)
        assert (await enter(bucket))[1] == 0


async def test_who_leaves_wakes_the_next_in_line_of_its_process(redis_url: str) -> None:
    async def for_ever(_: float) -> None:
        await asyncio.Event().wait()

    async with redis_client(redis_url) as redis:
        budget = RedisBudget("token", redis=redis, concurrency=1, sleep=for_ever)
        asked = asyncio.gather(*(ask(budget, during_s=0.01) for _ in range(3)))
        assert await asyncio.wait_for(asked, 30) == [True, True, True]


async def test_a_cancelled_request_frees_its_slot(redis_url: str) -> None:
    async with redis_client(redis_url) as redis:
        budget = RedisBudget("token", redis=redis, concurrency=1)
        stuck = asyncio.create_task(ask(budget, during_s=100.0))
        waiting = asyncio.create_task(ask(budget))
        await asyncio.sleep(0.05)
        stuck.cancel()
        await asyncio.wait_for(waiting, 10)
        with pytest.raises(asyncio.CancelledError):
            await stuck


@pytest.mark.parametrize("pauses", range(12))
async def test_a_caller_cancelled_while_redis_answers_takes_no_slot(
    redis_url: str, pauses: int
) -> None:
    async with redis_client(redis_url) as redis:
        budget = RedisBudget("token", redis=redis, concurrency=1)
        asking = asyncio.create_task(ask(budget, during_s=100.0))
        for _ in range(pauses):
            await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(asking, 10)
        await asyncio.wait_for(ask(budget), 10)  # far less than the term of a slot


@pytest.mark.parametrize("forget", ["flushdb", "script_flush"])
async def test_a_redis_that_forgot_everything_is_told_anew(redis_url: str, forget: str) -> None:
    async with redis_client(redis_url) as redis:
        budget = RedisBudget("token", redis=redis)
        async with budget.slot() as slot:
            await getattr(redis, forget)()
            slot.answered(remaining=600.0, cost=1.0)
        await ask(budget)
        assert budget.fallbacks == 0


async def test_a_server_whose_clock_is_behind_begins_anew(redis_url: str) -> None:
    now = 1_700_000_000.0
    async with buckets(redis_url, 1) as (bucket,):
        slot, _, at = await enter(bucket, now=now)
        asked = Rejected(retry_after_s=500.0)
        await bucket.leave(slot, entered_at=at, outcome=asked, jitter=0.0, now=now)
        assert (await enter(bucket, now=now + 1))[1] == 499.0
        assert (await enter(bucket, now=now - 3600))[1] == 0


async def test_processes_of_the_last_minute_are_counted(redis_url: str) -> None:
    now = 1_700_000_000.0
    async with buckets(redis_url, 3) as all_of_them:
        for bucket in all_of_them:
            reply = await bucket.enter(bucket.new_slot(), now=now)
        assert reply.processes == 3
        assert (await bucket.keep([], now=now + 61)).processes == 1


async def test_what_redis_keeps_is_forgotten_after_a_while(redis_url: str) -> None:
    async with redis_client(redis_url) as redis:
        await ask(RedisBudget("token", redis=redis))
        assert await keys(redis) == [KEY + "token"]
        assert 0 < await redis.ttl(KEY + "token") <= 3600


async def keys(redis: Redis) -> list[str]:
    return [key.decode() async for key in redis.scan_iter("*")]
