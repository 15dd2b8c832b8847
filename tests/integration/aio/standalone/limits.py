"""Threads, files and connections: how many at most, how long, and that all of them come back."""

from __future__ import annotations

import asyncio
import gc
import random
import threading
import time
import weakref
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connections, transaction
from django.test import override_settings

from canvas.models.aio import AtomicTimeoutError, close_idle
from canvas.models.aio.pool import pool
from canvas.models.aio.session import current_block
from tests.integration.aio.standalone.ground import PATIENCE_S, case, names, raises, terms
from tests.integration.aio.standalone.servers import (
    OpenThings,
    close_around,
    open_things,
    settled_things,
)

BLOCKS, CANCELLED = 1000, 150


async def write() -> None:
    async with transaction.atomic():
        await terms.acreate(name="row")


def all_of_it_was_given_back(before: OpenThings) -> OpenThings:
    """A server notices a closed connection a moment later."""
    close_around()
    deadline = time.monotonic() + PATIENCE_S
    while (now := open_things()) != before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert now == before, f"before {before}, after {now}"
    return now


@case()
def a_thousand_blocks_leave_nothing_open() -> str:
    """150 of them are cut short, at random moments of their life."""
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    asyncio.run(_many_blocks(chance, blocks=20, cancelled=4))  # what stays open for good, is
    close_idle()
    before = settled_things()
    blocks, cancelled = _fewer_where_each_block_connects(BLOCKS, CANCELLED)
    cut_short = asyncio.run(_many_blocks(chance, blocks=blocks, cancelled=cancelled))
    close_idle()
    now = all_of_it_was_given_back(before)
    assert terms.count() >= blocks - cut_short
    return f"seed {seed}: {cut_short} blocks were cut short; before and after {now}"


def _fewer_where_each_block_connects(blocks: int, cancelled: int) -> tuple[int, int]:
    """CONN_MAX_AGE 0 without a pool takes its time; the other ways see the full number."""
    entry = connections.settings["default"]
    keeps = entry["CONN_MAX_AGE"] is None or "pool" in entry["OPTIONS"]
    return (blocks, cancelled) if keeps else (blocks // 4, cancelled // 4)


async def _many_blocks(chance: random.Random, *, blocks: int, cancelled: int) -> int:
    """At least so many blocks, and at least so many cut short: some commit before they are hit."""
    done = cut_short = 0
    while done < blocks or cut_short < cancelled:
        batch = [asyncio.create_task(write()) for _number in range(25)]
        for doomed in chance.sample(batch, 5):
            asyncio.get_running_loop().call_later(chance.random() * 0.05, doomed.cancel)
        outcomes = await asyncio.gather(*batch, return_exceptions=True)
        strange = [each for each in outcomes if isinstance(each, Exception)]
        assert not strange, strange
        cut_short += sum(isinstance(each, asyncio.CancelledError) for each in outcomes)
        done += len(batch)
    return cut_short


@case()
def threads_that_idle_end_by_themselves() -> None:
    close_idle()
    before = settled_things()
    with override_settings(ASYNC_ATOMIC={"IDLE_S": 0.1}):
        asyncio.run(_gathered(8))
        all_of_it_was_given_back(before)


async def _gathered(blocks: int) -> None:
    await asyncio.gather(*[write() for _number in range(blocks)])


@case(vendor="postgresql")
def an_idle_thread_keeps_its_connection_as_the_settings_say() -> None:
    """For good, or not at all, or back in the pool of psycopg."""
    close_idle()
    before, available = settled_things(), _available_in_pool()
    asyncio.run(_gathered(2))
    kept = 2 if connections.settings["default"]["CONN_MAX_AGE"] is None else 0
    all_of_it_was_given_back(
        OpenThings(
            threads=before.threads + 2,
            files=before.files + kept,
            server_connections=before.server_connections + kept,
        )
    )
    assert _available_in_pool() == available


def _available_in_pool() -> int | None:
    """None where psycopg's pool is not used."""
    pool_of_psycopg: Any = getattr(connections["default"], "pool", None)
    return int(pool_of_psycopg.get_stats()["pool_available"]) if pool_of_psycopg else None


@case()
def a_thread_that_is_lent_does_not_end_however_long_it_idles() -> None:
    async def hold() -> None:
        async with transaction.atomic():
            await terms.acreate(name="kept")
            await asyncio.sleep(0.3)
            await terms.acreate(name="kept")

    close_idle()
    with override_settings(ASYNC_ATOMIC={"IDLE_S": 0.05}):
        asyncio.run(hold())
    assert terms.count() == 2


@case()
async def no_more_threads_than_allowed_are_started() -> None:
    close_idle()
    started = pool.started
    with override_settings(ASYNC_ATOMIC={"THREADS": 3}):
        await _gathered(30)
    assert pool.started - started <= 3
    assert await terms.acount() == 30


@case()
async def blocks_that_wait_for_other_blocks_get_an_error_that_says_so() -> None:
    """All threads are held by producers that wait for a consumer, which needs a thread itself."""
    orders: asyncio.Queue[asyncio.Future[None]] = asyncio.Queue()

    async def consume() -> None:
        while True:
            order = await orders.get()
            try:
                await write()
            except AtomicTimeoutError as error:
                order.set_exception(error)

    async def produce() -> None:
        order: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        async with transaction.atomic():
            await orders.put(order)
            await order

    consumer = asyncio.create_task(consume())
    with override_settings(ASYNC_ATOMIC={"THREADS": 2, "WAIT_S": 0.3}):
        with raises(AtomicTimeoutError, "within 0.3 s", "ASYNC_ATOMIC"):
            await asyncio.gather(produce(), produce())
        await asyncio.sleep(1)
    consumer.cancel()
    await asyncio.gather(consumer, return_exceptions=True)
    await terms.all().adelete()
    await write()
    assert await names() == ["row"]


@case()
async def a_setting_that_is_wrong_is_named() -> None:
    for setting, word in ({"THREADS": 0}, "THREADS"), ({"THREADZ": 4}, "THREADZ"):
        with override_settings(ASYNC_ATOMIC=setting), raises(ImproperlyConfigured, word):
            await write()


@case()
async def the_objects_of_a_block_are_freed_with_it() -> None:
    sessions: list[weakref.ref[object]] = []

    async def look() -> None:
        async with transaction.atomic():
            block = current_block.get()
            assert block is not None
            sessions.append(weakref.ref(block.session))

    for _number in range(50):
        await look()
    await asyncio.gather(*[look() for _number in range(50)])
    # A thread lets go of its last job a moment after it has said what came of it.
    alive = len(sessions)
    for _moment in range(100):
        gc.collect()
        alive = sum(session() is not None for session in sessions)
        if alive <= 1:
            break
        await asyncio.sleep(0.05)
    assert alive <= 1


@case()
async def a_block_that_fails_to_get_a_thread_gives_its_place_back() -> None:
    original = threading.Thread.start

    def refuse(self: threading.Thread) -> None:
        if self.name == "async-atomic":
            raise RuntimeError("can't start new thread")
        original(self)

    close_idle()
    with override_settings(ASYNC_ATOMIC={"THREADS": 1, "WAIT_S": 5}):
        threading.Thread.start = refuse  # type: ignore[method-assign]
        try:
            with raises(RuntimeError, "start new thread"):
                await write()
        finally:
            threading.Thread.start = original  # type: ignore[method-assign]
        await write()
