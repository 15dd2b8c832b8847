"""Threads that each keep their own connections, lent to one transaction at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, ParamSpec, TypeVar

from django.db import Error, connections

from canvas.models.aio.limits import limits

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(slots=True, kw_only=True)
class _Job:
    future: Future[Any]
    work: Callable[[], Any]

    def run(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            result = self.work()
        except BaseException as error:  # noqa: BLE001  it belongs to whoever awaits the future
            self.future.set_exception(error)
        else:
            self.future.set_result(result)


class Worker(Executor):
    """One thread; Django keeps connections per thread, so this is also one connection per alias.

    An idle thread ends itself, so nobody has to come by to retire it. `may_end` is asked then: the
    pool may be handing the thread out at that very moment. The thread is a daemon because a thread
    that waits for work must not keep the interpreter from ending; `Pool` closes it at exit.
    """

    def __init__(self, *, may_end: Callable[[Worker], bool]) -> None:
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._may_end = may_end
        self._thread = threading.Thread(target=self._work, name="async-atomic", daemon=True)
        self._thread.start()

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        future: Future[_T] = Future()
        self._jobs.put(_Job(future=future, work=lambda: fn(*args, **kwargs)))
        return future

    def end(self) -> None:
        """Close the connections and end the thread, after the jobs given so far."""
        self._jobs.put(None)

    def join(self, timeout_s: float) -> None:
        self._thread.join(timeout_s)

    def _work(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=limits().idle_s)
            except Empty:
                if self._may_end(self):
                    break
                continue
            if job is None:
                break
            job.run()
            del job  # what it returned must not live until the next one comes
        for connection in connections.all(initialized_only=True):
            with suppress(Error):  # the server may be gone
                connection.close()
