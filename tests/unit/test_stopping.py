"""Work that a worker which shuts down waits for a little, and then no more."""

from __future__ import annotations

import asyncio
import threading

import pytest

from workers.stopping import CutOffError, within_grace


async def test_work_that_comes_to_its_end_is_left_alone() -> None:
    stop, done = threading.Event(), list[str]()

    async def work() -> None:
        stop.set()
        await asyncio.sleep(0)
        done.append("all of it")

    await within_grace(work(), stop=stop, grace_s=60)
    assert done == ["all of it"]


async def test_work_that_waits_is_cancelled_and_may_still_tidy_up() -> None:
    stop, tidied = threading.Event(), list[str]()
    stop.set()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            tidied.append("the run is back in its queue")

    with pytest.raises(CutOffError):
        await within_grace(work(), stop=stop, grace_s=0)
    assert tidied


async def test_a_timeout_of_its_own_is_its_own() -> None:
    async def work() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await within_grace(work(), stop=threading.Event())


async def test_whoever_else_cancels_it_is_not_taken_for_a_stop() -> None:
    waiting = asyncio.ensure_future(within_grace(asyncio.sleep(60), stop=threading.Event()))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
