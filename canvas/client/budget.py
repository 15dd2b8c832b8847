"""How fast one token may ask: the protocol the client obeys, and the budget of one process.

Decides nothing itself: `Bucket` says whether a request may start, here callers wait in line for it.
A budget shared between processes waits in the same line and asks somebody else.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, Protocol

from canvas.client.bucket import OUTFLOW_PER_S, Answered, Bucket, Outcome, Rejected, Turn

HIGHEST: Final = 10
"""Requests of one token in flight. Where Canvas works all the time it takes to answer, 8 use 72 %
of the allowed rate, 10 use 90 %, and 100 of the bucket's 600 are left for other programs."""

Sleep = Callable[[float], Awaitable[None]]
Ask = Callable[[], Awaitable[Turn]]


class Slot(Protocol):
    """The right to one request. What is noted here the budget is told when the slot is left.

    `waited_s`: seconds waited before entering, for whatever reason. `throttled_s`: of these, while
    the quota was tight or Canvas had rejected; not while requests of ours alone were in the way.
    """

    waited_s: float
    throttled_s: float

    def answered(self, *, remaining: float | None, cost: float | None) -> None:
        """An answer that was no rejection, with its quota headers if it had them."""
        ...

    def rejected(self, *, retry_after_s: float | None) -> None:
        """The quota refused this request."""
        ...


class Budget(Protocol):
    """Shared by everything that uses one token: Canvas counts per token (canvas-api 3.2)."""

    def slot(self) -> AbstractAsyncContextManager[Slot]:
        """Held while one request is on the wire. Entering waits for its turn: others in flight,
        the pace of the quota, a pause after a rejection. Never raises an error of its own."""
        ...


class HeldSlot:
    """A slot that keeps what it is told; None when it was told nothing."""

    def __init__(self, *, waited_s: float, throttled_s: float) -> None:
        self.waited_s, self.throttled_s = waited_s, throttled_s
        self.outcome: Outcome = None

    def answered(self, *, remaining: float | None, cost: float | None) -> None:
        self.outcome = Answered(remaining=_finite(remaining), cost=_finite(cost))

    def rejected(self, *, retry_after_s: float | None) -> None:
        self.outcome = Rejected(retry_after_s=_finite(retry_after_s))


class Turnstile:
    """Lets callers through one by one, first come first served, each once `ask` says go.

    A caller that is cancelled leaves the line. `throttled_s` counts the seconds, since it was made,
    in which the first in line waited for the quota.
    """

    def __init__(self, *, clock: Callable[[], float], sleep: Sleep) -> None:
        self.throttled_s = 0.0
        self._clock, self._sleep = clock, sleep
        self._ahead_s = 0.0
        self._line = asyncio.Lock()
        self._freed = asyncio.Event()

    def now(self) -> float:
        """The clock, and the sleeps that did not move it: a sleep is believed, or it would be
        asked for again without end."""
        return self._clock() + self._ahead_s

    def freed(self) -> None:
        """Somebody left: the first in line need not wait out what it was told."""
        self._freed.set()

    async def pass_through(self, ask: Ask) -> HeldSlot:
        """The slot, not yet told anything. A wait of infinity lasts until `freed`."""
        arrived, throttled_before_s = self.now(), self.throttled_s
        async with self._line:
            while True:
                self._freed.clear()
                turn = await ask()
                if not turn.wait_s:
                    break
                await self._wait(turn)
        return HeldSlot(
            waited_s=self.now() - arrived, throttled_s=self.throttled_s - throttled_before_s
        )

    async def _wait(self, turn: Turn) -> None:
        began = self.now()
        try:
            await self._sleep_unless_freed(turn.wait_s)
        finally:
            if turn.tight:
                self.throttled_s += self.now() - began

    async def _sleep_unless_freed(self, seconds: float) -> None:
        if math.isinf(seconds):
            await self._freed.wait()
            return
        until = self.now() + seconds
        waiting = asyncio.ensure_future(self._freed.wait())
        sleeping = asyncio.ensure_future(self._sleep(seconds))
        try:
            await asyncio.wait((waiting, sleeping), return_when=asyncio.FIRST_COMPLETED)
            if sleeping.done():
                sleeping.result()
                self._ahead_s += max(0.0, until - self.now())
        finally:
            waiting.cancel()
            sleeping.cancel()


class LocalBudget:
    """The budget of one process and one event loop.

    `concurrency`: at most so many in flight. `sharers`: how many budgets like this one use the
    token; each counts on its part of what the bucket leaks.
    """

    def __init__(
        self,
        concurrency: int = HIGHEST,
        *,
        sharers: int = 1,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._bucket = Bucket(highest=concurrency, outflow_per_s=OUTFLOW_PER_S / sharers)
        self._turnstile = Turnstile(clock=clock, sleep=sleep)
        self._jitter = jitter

    @property
    def rejections(self) -> int:
        """How many of its requests Canvas has rejected."""
        return self._bucket.rejections

    @property
    def throttled_s(self) -> float:
        """Seconds in which somebody waited for the quota."""
        return self._turnstile.throttled_s

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[HeldSlot]:
        held = await self._turnstile.pass_through(self._ask)
        entered_at = self._turnstile.now()
        try:
            yield held
        finally:
            self._bucket.leave(
                self._turnstile.now(),
                entered_at=entered_at,
                outcome=held.outcome,
                jitter=self._jitter(),
            )
            self._turnstile.freed()

    async def _ask(self) -> Turn:
        now = self._turnstile.now()
        turn = self._bucket.turn(now)
        if not turn.wait_s:
            self._bucket.enter(now)
        elif not turn.tight:  # nobody leaves without telling
            return Turn(wait_s=math.inf)
        return turn


def _finite(figure: float | None) -> float | None:
    return None if figure is None or not math.isfinite(figure) else figure
