"""Blocks that open where a synchronous `atomic()` is open already: they become savepoints in it."""

from __future__ import annotations

import asyncio
import sys
import threading
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.db import connections

from canvas.models.aio.errors import AtomicTimeoutError
from canvas.models.aio.limits import limits
from canvas.models.aio.routing import Surroundings, is_under_async_to_sync
from canvas.models.aio.session import Block, Session, block_around

# Those that join the same transaction queue, since there is one stack of savepoints on it.
_queues: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[int, asyncio.Lock]] = WeakKeyDictionary()


async def thread_in_sync_atomic(alias: str) -> int | None:
    """The thread that ORM calls go to here, if a synchronous `atomic()` is open on it.

    Such a transaction is there below `async_to_sync()` inside `with atomic()`, and in tests, which
    Django wraps in one. Nowhere else, so nobody else pays for the hop that asks.
    """
    if not (is_under_async_to_sync(asyncio.get_running_loop()) or is_test_environment()):
        return None
    is_inside, thread = await sync_to_async(_look)(alias)
    return thread if is_inside else None


async def joined_session(thread: int) -> Session:
    """A session on the thread around us; as many as want wait for each other.

    Raises: AtomicTimeoutError.
    """
    around = block_around()
    if around is not None and around.session.thread_ident == thread:
        # Synchronous code inside a block of ours came back through async_to_sync().
        queue, root = _queue_of(around), around.session.root
    else:
        loop = asyncio.get_running_loop()
        queue, root = _queues.setdefault(loop, {}).setdefault(thread, asyncio.Lock()), None
    await _take(queue)
    return Session(Surroundings().executor, give_back=queue.release, owns_thread=False, root=root)


def is_test_environment() -> bool:
    """Whether Django's or pytest-django's test set-up ran; never imports it to find out."""
    testing = sys.modules.get("django.test.utils")
    return testing is not None and hasattr(testing._TestState, "saved_data")


def _look(alias: str) -> tuple[bool, int]:
    return connections[alias].in_atomic_block, threading.get_ident()


def _queue_of(block: Block) -> asyncio.Lock:
    if block.joining is None:
        block.joining = asyncio.Lock()
    return block.joining


async def _take(queue: asyncio.Lock) -> None:
    wait_s = limits().wait_s
    try:
        async with asyncio.timeout(wait_s):
            await queue.acquire()
    except TimeoutError:
        raise AtomicTimeoutError(
            f"The transaction around this block was in use for {wait_s:g} s by another atomic()"
            " block that joined it. Blocks that join one transaction run one after the other: one"
            " of them must not wait for what another is to do."
        ) from None
