"""What asgiref sees as the thread of a session; refuses calls that are not its turn."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import ParamSpec, TypeVar

from canvas.models.aio.errors import ConcurrentAtomicError
from canvas.models.aio.routing import loop_executor
from canvas.models.aio.session import Session, current_block, running_loop

_P = ParamSpec("_P")
_T = TypeVar("_T")


class SessionExecutor(Executor):
    """`submit` is called in the context of the caller, so it can tell who asks.

    The rule: while blocks are open, only the contexts of the innermost one may use the connection.
    A statement of any other task would fall into a savepoint that is not its own, and be rolled
    back, or kept, by somebody else's decision.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Raises: ConcurrentAtomicError."""
        session = self._session
        if session.thread_ident == threading.get_ident():
            raise ConcurrentAtomicError(
                "asyncio.run() was called from synchronous code inside a transaction, and its loop"
                " would wait for the thread it runs on. Use async_to_sync() there."
            )
        elsewhere = self._outside()
        if elsewhere is not None:
            return elsewhere.submit(fn, *args, **kwargs)
        check_turn(session)
        future = session.thread.submit(fn, *args, **kwargs)
        session.running.add(future)
        future.add_done_callback(session.running.discard)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """The thread belongs to the pool."""

    def _outside(self) -> Executor | None:
        """Where a call goes that only inherited this route, from another loop or a dead block."""
        session, loop = self._session, running_loop()
        if loop is not None and loop is not session.loop:
            return loop_executor(loop)
        if session.is_closed and session.is_owned_by_current_task():
            # The block was closed by another task (the finaliser of an abandoned generator), which
            # could not point the context of this one back.
            return session.surroundings.executor
        return None


def check_turn(session: Session) -> None:
    """Raises: ConcurrentAtomicError unless this context is the one whose turn it is."""
    block = current_block.get()
    if session.is_closed or (session.stack and not (block and block.is_open)):
        raise ConcurrentAtomicError(
            "This task was started inside an async atomic() block or dbsession() and used the"
            " database after that block had ended. Await it inside the block, or start it with"
            " canvas.models.aio.detached_task(), so that it never belongs to the block."
        )
    if session.stack and session.stack[-1] is not block:
        raise ConcurrentAtomicError(
            "Another task has a nested atomic() block open on this transaction; concurrent"
            " savepoints on one connection would interleave. Open nested blocks one at a time, or"
            " give each task its own transaction: start the tasks outside of the block, or with"
            " canvas.models.aio.detached_task()."
        )
