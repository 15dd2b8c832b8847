"""How fast one token may ask: the protocol the client obeys, and the budget of one process.

The client takes a slot for every request, reports what Canvas said about the quota, and waits
here after a rejection. A budget shared between processes keeps the same three promises.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, Protocol

FIRST_PAUSE_S: Final = 5.0
LONGEST_PAUSE_S: Final = 20.0  # a full bucket leaks to below its mark in 20 s
CALM_ANSWERS: Final = 20  # answers without a rejection before one more slot is opened
TIGHT: Final = 0.3  # share of the largest quota seen below which no slot is opened


class Budget(Protocol):
    """Shared by everything that uses one token: Canvas counts per token (canvas-api 3.2)."""

    def slot(self) -> AbstractAsyncContextManager[None]:
        """Held while one request is on the wire; entering waits for its turn."""
        ...

    async def observe(self, *, remaining: float | None, cost: float | None) -> None:
        """One answer that was not a rejection, with its quota headers if it had them."""
        ...

    async def throttled(self, *, retry_after_s: float | None) -> float:
        """One rejection, reported after its slot was left; returns the seconds waited here."""
        ...


class LocalBudget:
    """Bounded concurrency in one process that halves when Canvas rejects and slowly recovers.

    Source: canvas-api 3.5. Rejections of requests that were in flight together count as one.
    """

    def __init__(
        self,
        concurrency: int = 4,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.limit = max(1, concurrency)
        self.rejections = 0
        self.paused_s = 0.0
        self._ceiling = self.limit
        self._clock, self._sleep, self._jitter = clock, sleep, jitter
        self._in_use = 0
        self._calm = 0
        self._pauses_in_a_row = 0
        self._paused_until = clock()
        self._most_remaining = 0.0
        self._freed = asyncio.Event()

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        await self._turn()
        self._in_use += 1
        try:
            yield
        finally:
            self._in_use -= 1
            self._freed.set()

    def slot(self) -> AbstractAsyncContextManager[None]:
        return self._slot()

    async def observe(self, *, remaining: float | None, cost: float | None) -> None:
        del cost  # what it cost is already in what remains
        tight = False
        if remaining is not None:
            self._most_remaining = max(self._most_remaining, remaining)
            tight = remaining < TIGHT * self._most_remaining
        self._calm = 0 if tight else self._calm + 1
        if self._calm >= CALM_ANSWERS:
            self._recover()

    async def throttled(self, *, retry_after_s: float | None) -> float:
        self.rejections += 1
        if self._clock() >= self._paused_until:
            self._pause(retry_after_s)
        return await self._sit_out()

    def _recover(self) -> None:
        self._calm = 0
        self._pauses_in_a_row = 0
        if self.limit < self._ceiling:
            self.limit += 1
            self._freed.set()

    def _pause(self, retry_after_s: float | None) -> None:
        self.limit = max(1, self.limit // 2)
        self._calm = 0
        own = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**self._pauses_in_a_row)
        own = min(LONGEST_PAUSE_S, own * (1 + self._jitter() / 2))
        pause_s = own if retry_after_s is None else max(retry_after_s, 0.0)
        self._pauses_in_a_row += 1
        self._paused_until = self._clock() + pause_s
        self.paused_s += pause_s

    async def _turn(self) -> None:
        while True:
            await self._sit_out()
            if self._in_use < self.limit:
                return
            self._freed.clear()
            await self._freed.wait()

    async def _sit_out(self) -> float:
        """Wait until the pause, and what it grew by meanwhile, is over; the seconds it took."""
        started = reached = self._clock()
        while reached < self._paused_until:
            until = self._paused_until
            await self._sleep(until - reached)
            reached = until  # a sleep is believed: asking the clock again could loop for ever
        return reached - started
