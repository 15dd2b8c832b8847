"""A session, one thread lent to one outermost block, and the stack of blocks open on it."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from asgiref.sync import sync_to_async
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import Atomic

from canvas.models.aio.routing import Route, Surroundings
from canvas.models.aio.slots import Slots

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class LateHook:
    """A coroutine that waits for the block to have ended. A robust one may fail."""

    name: str
    outcome: Coroutine[Any, Any, object]
    robust: bool


class Session:
    """From `open` to `close`, thread-sensitive calls of its contexts run on `thread`.

    `owns_thread`: a worker of the pool, with a transaction of our own. Otherwise the thread is one
    on which a sync `atomic()` is open already, and blocks are savepoints in it; `root` is then the
    session that owns the transaction, where one does.
    """

    def __init__(
        self,
        thread: Executor,
        *,
        give_back: Callable[[], None],
        owns_thread: bool,
        root: Session | None = None,
    ) -> None:
        self.thread, self.give_back, self.owns_thread = thread, give_back, owns_thread
        self.root = self if owns_thread else root
        self.surroundings = Surroundings()
        self.loop = self.surroundings.loop
        # Weak: a task keeps its context, the context its route, and the route this session.
        self._owner = weakref.ref(task) if (task := asyncio.current_task()) else None
        self._route: Route | None = None
        self.thread_ident: int | None = None
        self.connections: dict[str, BaseDatabaseWrapper] = {}
        self.stack: list[Block] = []
        self.running: set[Future[Any]] = set()
        self.after_commit: list[LateHook] = []
        self.transition = asyncio.Lock()  # one block enters or leaves at a time
        self.is_closed = False

    def follow(self, executor: Executor) -> None:
        """Send the calls of this context, and of tasks started from it, to `executor`."""
        self._route = Route(executor)

    async def run(self, work: Callable[[], _T]) -> _T:
        """`work` on the thread, whatever the rules say: for BEGIN, COMMIT and the like."""
        executor = cast(ThreadPoolExecutor, self.thread)
        return await sync_to_async(work, thread_sensitive=False, executor=executor)()

    def arrive(self) -> None:
        """On the thread, as a request begins: drop dead connections and those too old."""
        if self.thread_ident is not None:
            return
        self.thread_ident = threading.get_ident()
        if self.owns_thread:
            for connection in connections.all(initialized_only=True):
                connection.close_if_unusable_or_obsolete()
        self.connections = {connection.alias: connection for connection in connections.all()}

    @property
    def closes_connections(self) -> bool:
        """Whether `tidy` closes even a healthy connection: Django's own CONN_MAX_AGE is 0."""
        ages = (each.settings_dict["CONN_MAX_AGE"] for each in self.connections.values())
        return any(age == 0 for age in ages)

    def tidy(self) -> None:
        """On the thread, as a request ends; what came from a psycopg pool goes back to it."""
        if not self.owns_thread:
            return
        for connection in connections.all(initialized_only=True):
            if connection.in_atomic_block or connection.settings_dict["OPTIONS"].get("pool"):
                connection.close()
            else:
                connection.close_if_unusable_or_obsolete()
            connection.queries_log.clear()  # DEBUG collects them for requests, which we are not

    def close(self) -> None:
        """Give the thread back; from now on the route of this session leads to an error."""
        if not self.is_closed:
            self.is_closed = True
            self.give_back()

    def unfollow(self) -> None:
        """Point this context back to where it was, if it is the one that was pointed."""
        if self._route is not None:
            self._route.undo()
            self._route = None

    def is_running(self) -> bool:
        """Whether a statement, or other work of a task, is on the thread at this moment."""
        return any(future.running() for future in list(self.running))

    def is_owned_by_current_task(self) -> bool:
        return self._owner is not None and self._owner() is asyncio.current_task()


@dataclass(slots=True, kw_only=True, eq=False)
class Block:
    """One `async with atomic()`: the transaction of its session, or a savepoint in it."""

    session: Session
    atomic: Atomic
    alias: str
    parent: Block | None  # the block it is nested in, on the same session
    around: Block | None  # whatever was current where it was opened
    turn: Slots | None  # its turn at an SQLite file, given back as it ends
    is_open: bool = False
    joining: asyncio.Lock | None = None  # see join.py

    def give_turn_back(self) -> None:
        if self.turn is not None:
            self.turn.release()
            self.turn = None


current_block: ContextVar[Block | None] = ContextVar("current_block", default=None)


def block_around() -> Block | None:
    """The block this context runs in, if its session still lives and is of this loop."""
    block = current_block.get()
    if block is None or block.session.is_closed:
        return None
    return block if block.session.loop is running_loop() else None


def running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
