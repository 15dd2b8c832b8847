"""Work that is not part of the transaction around it: `dbsession` and `detached_task`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS

from canvas.models.aio.cancelling import stop_statements, to_the_end
from canvas.models.aio.errors import ConcurrentAtomicError
from canvas.models.aio.executor import SessionExecutor
from canvas.models.aio.join import thread_in_sync_atomic
from canvas.models.aio.pool import pool
from canvas.models.aio.session import Session, block_around

_T = TypeVar("_T")


def detached_task(work: Coroutine[Any, Any, _T], *, name: str | None = None) -> asyncio.Task[_T]:
    """`asyncio.create_task` for work that does not belong to the block it is started from.

    It runs in the context as it was before the outermost block; context variables set since then
    are not seen. It does not wait for the block to commit.
    """
    block = block_around()
    if block is None:
        return asyncio.create_task(work, name=name)
    session = block.session.root or block.session
    context = session.surroundings.context.copy()
    return asyncio.create_task(work, name=name, context=context)


@asynccontextmanager
async def dbsession(*, using: str = DEFAULT_DB_ALIAS) -> AsyncIterator[None]:
    """A thread and a connection of its own, in autocommit, for reads that should overlap.

    Plain gathered queries run one after the other, as they share one thread. Where a synchronous
    `atomic()` is open on `using` (a test), calls stay in it.

    Raises: ConcurrentAtomicError inside an async `atomic()`; AtomicTimeoutError.
    """
    if block_around() is not None:
        raise ConcurrentAtomicError(
            "dbsession() inside an atomic() block would leave the transaction: its queries would"
            " not see what the block has written. Leave it out here, or open it around the block."
        )
    if await thread_in_sync_atomic(using) is not None:
        yield
        return
    worker = await pool.take(pool.for_sessions)
    give_back = partial(pool.give_back, worker, pool.for_sessions)
    session = Session(worker, give_back=give_back, owns_thread=True)
    session.follow(SessionExecutor(session))
    try:
        await session.run(session.arrive)
        yield
    except asyncio.CancelledError:
        await to_the_end(stop_statements(session, whole=True))
        raise
    finally:
        await _end(session)


async def _end(session: Session) -> None:
    session.is_closed = True  # what a task left behind asks for now must not run on the thread
    _ended, cancelled = await to_the_end(session.run(session.tidy))
    session.give_back()
    session.unfollow()
    if cancelled is not None:
        raise cancelled
