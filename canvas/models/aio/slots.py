"""A fair count of what is free, shared by every event loop and thread of the process."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from canvas.models.aio.errors import AtomicTimeoutError
from canvas.models.aio.limits import limits


@dataclass(slots=True, kw_only=True, eq=False)
class _Waiter:
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    served: asyncio.Event = field(default_factory=asyncio.Event)
    has_slot: bool = False  # known before the waiter itself hears of it


class Slots:
    """First come, first served. An `asyncio.Semaphore` belongs to one loop; this one to all.

    `limit` is asked each time, so that a changed setting counts from the next block on. `name`
    completes "no … became free".
    """

    def __init__(self, name: str, limit: Callable[[], int]) -> None:
        self._name, self._limit = name, limit
        self._used = 0
        self._waiters: deque[_Waiter] = deque()
        self._lock = threading.RLock()  # a garbage collection may withdraw a waiter in here

    async def acquire(self) -> None:
        """Raises: AtomicTimeoutError."""
        waiter = self._take_or_queue()
        if waiter is None:
            return
        wait_s = limits().wait_s
        try:
            async with asyncio.timeout(wait_s):
                await waiter.served.wait()
        except TimeoutError:
            self._withdraw(waiter)
            raise AtomicTimeoutError(
                f"No {self._name} became free within {wait_s:g} s. Somebody holds a transaction"
                " open while waiting for work that itself needs one: let that work happen inside"
                " the same block, or before it. If all are merely busy, raise THREADS or WAIT_S"
                " of the setting ASYNC_ATOMIC."
            ) from None
        except BaseException:
            self._withdraw(waiter)
            raise

    def release(self) -> None:
        """Hand the slot to the first waiter whose loop still runs, or count it as free."""
        with self._lock:
            while self._waiters:
                waiter = self._waiters.popleft()
                with suppress(RuntimeError):  # that loop was closed
                    waiter.loop.call_soon_threadsafe(waiter.served.set)
                    waiter.has_slot = True
                    return
            self._used -= 1

    def _take_or_queue(self) -> _Waiter | None:
        with self._lock:
            if self._used < self._limit() and not self._waiters:
                self._used += 1
                return None
            waiter = _Waiter()
            self._waiters.append(waiter)
            return waiter

    def _withdraw(self, waiter: _Waiter) -> None:
        """Leave the queue; a slot that was handed over meanwhile goes to the next."""
        with self._lock:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
        if waiter.has_slot:
            self.release()
