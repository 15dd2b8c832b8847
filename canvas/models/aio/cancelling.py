"""Steps that run to their end although their task is cancelled, and statements that do not."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any, TypeVar

from django.db.backends.base.base import BaseDatabaseWrapper

from canvas.models.aio.session import Session

_T = TypeVar("_T")
_CANCEL_PATIENCE_S = 5.0
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0


async def to_the_end(
    work: Coroutine[Any, Any, _T],
) -> tuple[asyncio.Task[_T], asyncio.CancelledError | None]:
    """Run `work` in a task of its own. Shape: (the ended task, how we were cancelled, if at all).

    A COMMIT that is on its way cannot be taken back, and a connection must not be given to the next
    block with a transaction open: who cancels waits for that one step.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    with ExitStack() as shields:
        while not task.done():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError as error:
                if cancelled is None and "anyio" in sys.modules:
                    # A cancelled scope of anyio cancels again in every turn of the loop.
                    shields.enter_context(sys.modules["anyio"].CancelScope(shield=True))
                cancelled = error
    if not task.cancelled():
        task.exception()  # looked at, so asyncio does not report it as lost
    return task, cancelled


async def stop_statements(session: Session, *, whole: bool) -> None:
    """Interrupt what runs on the session's thread, and again until the thread is free.

    Once is not enough: a job of many statements may be between two of them just then. `whole`
    permits SQLite's interrupt, which rolls back the entire transaction and not only a savepoint.
    """
    pause_s = _FIRST_PAUSE_S
    while session.is_running():
        await _on_a_short_thread(
            partial(_interrupt_all, list(session.connections.values()), whole=whole)
        )
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await _one_ends(list(session.running))
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


async def _on_a_short_thread(work: Callable[[], None]) -> None:
    """Cancelling asks the server over a connection of its own, which takes time.

    Not in the loop's default executor: it may be full of work that waits for us.
    """
    done, tell = _signal()

    def run() -> None:
        try:
            work()
        finally:
            tell()

    threading.Thread(target=run, name="async-atomic-interrupt", daemon=True).start()
    await done.wait()


async def _one_ends(futures: Iterable[Future[Any]]) -> None:
    done, tell = _signal()
    for future in futures:
        future.add_done_callback(lambda _future: tell())
    await done.wait()


def _signal() -> tuple[asyncio.Event, Callable[[], None]]:
    """Shape: (event of this loop, what sets it from any thread)."""
    loop, event = asyncio.get_running_loop(), asyncio.Event()

    def tell() -> None:
        with suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(event.set)

    return event, tell


def _interrupt_all(connections: Iterable[BaseDatabaseWrapper], *, whole: bool) -> None:
    for connection in connections:
        if connection.vendor == "postgresql" or whole:
            _interrupt(connection)


def _interrupt(connection: BaseDatabaseWrapper) -> None:
    raw: Any = connection.connection
    if raw is None:
        return
    driver: Any = connection.Database  # type: ignore[attr-defined]  # every backend sets it
    with suppress(driver.Error):  # it has ended meanwhile, or the server is gone
        if connection.vendor == "postgresql":
            raw.cancel_safe(timeout=_CANCEL_PATIENCE_S)
        elif connection.vendor == "sqlite":
            raw.interrupt()
