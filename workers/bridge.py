"""The one bridge from synchronous code to coroutines: one event loop in one thread per process."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django.db import close_old_connections

_T = TypeVar("_T")

# Containers more than freed, until the collector looks for circles among the youngest.
_YOUNG = 50_000
# Python's 5 ms are long for the thread that comes back from the database and wants to go on.
_TURN_S = 0.001


class Bridge:
    """Starts its loop at the first call, and again after a fork: a child inherits no thread."""

    def __init__(self) -> None:
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run `work` to its end and return what it returns.

        An exception in the waiting thread (a second Ctrl-C, Celery's soft time limit) cancels the
        coroutine and waits until what it had begun in the database has ended, one way or the other.
        """
        future = asyncio.run_coroutine_threadsafe(_with_fresh_connections(work), self._running())
        try:
            return future.result()
        except BaseException:
            if not future.done():
                future.cancel()
                self._settle()
            raise

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                _prepare_process()
                self._loop = asyncio.new_event_loop()
                threading.Thread(
                    target=self._loop.run_forever, name="async-bridge", daemon=True
                ).start()
            return self._loop

    def _settle(self) -> None:
        """Wait until no task of the loop is left but the one that looks."""

        async def others_gone() -> None:
            mine = asyncio.current_task()
            others = [task for task in asyncio.all_tasks() if task is not mine]
            await asyncio.gather(*others, return_exceptions=True)

        try:
            asyncio.run_coroutine_threadsafe(others_gone(), self._running()).result()
        except CancelledError:
            return


def _prepare_process() -> None:
    """For syncs, which make containers by the thousand and hardly a circle of them.

    With Python's own thresholds, looking for circles took an eighth of a first load.
    """
    gc.freeze()  # what was imported stays anyway
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])
    sys.setswitchinterval(_TURN_S)


async def _with_fresh_connections(work: Coroutine[Any, Any, _T]) -> _T:
    """As a request does: a connection that died meanwhile is not used, an old one not kept."""
    await sync_to_async(close_old_connections)()
    try:
        return await work
    except (SystemExit, KeyboardInterrupt) as ending:
        # asyncio would end the loop with it, and whoever waits would wait for ever.
        raise RuntimeError(f"{type(ending).__name__} was raised in a coroutine") from ending
    finally:
        await sync_to_async(close_old_connections)()


bridge = Bridge()
