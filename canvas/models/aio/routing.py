"""Where asgiref sends thread-sensitive calls, and how a context is pointed elsewhere and back.

All that is known of asgiref's inside is here; Django's async ORM is nothing but such calls. The
public `ThreadSensitiveContext(executor=…)` of asgiref 3.13 does not fit: a task that outlives its
block would get a bare RuntimeError instead of our error with its cure; and 3.9 does not have it.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor, ThreadPoolExecutor
from contextvars import Context, Token, copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from asgiref.sync import AsyncToSync, SyncToAsync, ThreadSensitiveContext

if TYPE_CHECKING:
    from collections.abc import MutableMapping

# asgiref's own annotation was narrower before 3.13; any executor has always worked.
_executors = cast(
    "MutableMapping[ThreadSensitiveContext, Executor]", SyncToAsync.context_to_thread_executor
)
_contexts = SyncToAsync.thread_sensitive_context


def bridging_executor() -> Executor | None:
    """Runs on the thread that waits in `async_to_sync()` above us, where there is one."""
    return cast("Executor | None", getattr(AsyncToSync.executors, "current", None))


def loop_executor(loop: asyncio.AbstractEventLoop) -> Executor:
    """Where calls without any context go: the thread under `async_to_sync()`, or asgiref's one."""
    return AsyncToSync.loop_thread_executors.get(loop) or SyncToAsync.single_thread_executor


def is_under_async_to_sync(loop: asyncio.AbstractEventLoop) -> bool:
    return bridging_executor() is not None or loop in AsyncToSync.loop_thread_executors


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Context and route as they were where a session began."""

    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    context: Context = field(default_factory=copy_context)
    bridging: Executor | None = field(default_factory=bridging_executor)
    sensitive: ThreadSensitiveContext | None = field(default_factory=lambda: _contexts.get(None))

    @property
    def executor(self) -> Executor:
        """What asgiref would choose there."""
        if self.bridging is not None:
            return self.bridging
        if self.sensitive is not None:
            if self.sensitive not in _executors:
                _executors[self.sensitive] = ThreadPoolExecutor(max_workers=1)
            return _executors[self.sensitive]
        return loop_executor(self.loop)


class Route:
    """Points this context, and every task started from it, at `executor`; `undo` points it back.

    asgiref keeps the executor in a dictionary with weak keys, so nothing the executor refers to may
    refer to the key: only the contexts that follow this route hold it. By the token, since a
    leftover None would make a later ThreadSensitiveContext believe that it is not the outermost.
    """

    def __init__(self, executor: Executor) -> None:
        self._bridging = bridging_executor()
        key = ThreadSensitiveContext()
        _executors[key] = executor
        self._token: Token[Any] = _contexts.set(key)
        AsyncToSync.executors.current = None

    def undo(self) -> None:
        try:
            _contexts.reset(self._token)
        except ValueError:
            return  # another context than the one that was pointed: nothing of ours is in it
        AsyncToSync.executors.current = self._bridging
