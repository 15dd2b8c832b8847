"""The budget of a token, shared by all processes through Redis; without Redis, a safe share of it.

Never fails a request and never holds one up for longer than Redis may take to answer.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog
from redis.asyncio import Redis

from canvas.client.bucket import Outcome, Rejected, Turn
from canvas.client.budget import HIGHEST, HeldSlot, LocalBudget, Sleep, Turnstile
from workers.shared_bucket import LOST, SharedBucket
from workers.slots import Slots

log = structlog.get_logger(__name__)

TRY_AGAIN_S: Final = 5.0
ASSUMED_PROCESSES: Final = 4  # by one that Redis never told how many there are


@dataclass(slots=True)
class _Entry:
    """How a request got in: at a time of Redis's clock, or into the budget of this process."""

    slot: str
    at: float = 0.0
    alone: LocalBudget | None = None


class RedisBudget:
    """The budget of one token in one event loop. `concurrency` is of all processes together.

    For metrics: `rejections`, `throttled_s`, `fallbacks` (how often Redis was lost), `is_shared`.
    """

    def __init__(
        self,
        identity: str,
        *,
        redis: Redis,
        concurrency: int = HIGHEST,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.fallbacks = self.rejections = 0
        self._identity, self._concurrency = identity, concurrency
        self._clock, self._sleep, self._jitter = clock, sleep, jitter
        self._bucket = SharedBucket(redis, identity=identity, highest=concurrency)
        self._turnstile = Turnstile(clock=clock, sleep=sleep)
        self._slots = Slots(self._keep)
        self._processes = ASSUMED_PROCESSES
        self._alone: LocalBudget | None = None
        self._dropping: set[asyncio.Task[None]] = set()
        self._try_again_at = self._throttled_before_s = 0.0

    @property
    def is_shared(self) -> bool:
        """Whether Redis decides at the moment."""
        return self._alone is None

    @property
    def throttled_s(self) -> float:
        """Seconds in which somebody of this process waited for the quota."""
        alone_s = self._alone.throttled_s if self._alone else 0.0
        return self._turnstile.throttled_s + self._throttled_before_s + alone_s

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[HeldSlot]:
        entry = _Entry(self._bucket.new_slot())
        held = await self._turnstile.pass_through(partial(self._ask, entry))
        if entry.alone is not None:
            async with entry.alone.slot() as own:
                own.waited_s += held.waited_s
                own.throttled_s += held.throttled_s
                try:
                    yield own
                finally:
                    self._count(own.outcome)
            return
        self._slots.hold(entry.slot)
        try:
            yield held
        finally:
            self._slots.drop(entry.slot)
            self._count(held.outcome)
            await self._leave(entry, held.outcome)
            self._turnstile.freed()

    async def _ask(self, entry: _Entry) -> Turn:
        if self._alone is not None and self._turnstile.now() < self._try_again_at:
            entry.alone = self._alone
            return Turn()
        try:
            reply = await self._bucket.enter(entry.slot)
        except LOST as error:
            entry.alone = self._lose(error)
            return Turn()
        except asyncio.CancelledError:
            self._drop_later(entry.slot)  # Redis may have given it all the same
            raise
        self._found(reply.processes)
        entry.at = reply.at
        # Others were told the same; that they do not come back all at once is what jitter is for.
        wait_s = reply.turn.wait_s * (1 + self._jitter() / 5)
        return Turn(wait_s=wait_s, tight=reply.turn.tight)

    async def _leave(self, entry: _Entry, outcome: Outcome) -> None:
        if self._alone is not None:
            return  # its term runs out
        try:
            await self._bucket.leave(
                entry.slot, entered_at=entry.at, outcome=outcome, jitter=self._jitter()
            )
        except LOST as error:
            self._lose(error)

    def _drop_later(self, slot: str) -> None:
        dropping = asyncio.get_running_loop().create_task(self._drop(slot))
        self._dropping.add(dropping)  # nobody else keeps it from being collected
        dropping.add_done_callback(self._dropping.discard)

    async def _drop(self, slot: str) -> None:
        with suppress(*LOST):  # then its term runs out
            await self._bucket.drop(slot)

    async def _keep(self, slots: frozenset[str]) -> None:
        if self._alone is not None:
            return
        try:
            await self._bucket.keep(slots)
        except LOST as error:
            self._lose(error)

    def _count(self, outcome: Outcome) -> None:
        self.rejections += isinstance(outcome, Rejected)

    def _lose(self, error: Exception) -> LocalBudget:
        self._try_again_at = self._turnstile.now() + TRY_AGAIN_S
        if self._alone is None:
            share = max(1, self._concurrency // self._processes)
            self._alone = LocalBudget(
                share,
                sharers=self._processes,
                clock=self._clock,
                sleep=self._sleep,
                jitter=self._jitter,
            )
            self.fallbacks += 1
            log.warning(
                "budget.fallen_back",
                identity=self._identity,
                share=share,
                processes=self._processes,
                error=type(error).__name__,
            )
        return self._alone

    def _found(self, processes: int) -> None:
        self._processes = processes
        if self._alone is not None:
            self._throttled_before_s += self._alone.throttled_s
            self._alone = None
            log.warning("budget.shared_again", identity=self._identity, processes=processes)
