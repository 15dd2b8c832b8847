"""The threads of a process: who has one, who waits for one, and when they all end."""

from __future__ import annotations

import atexit
import os
import threading

from django.db import connections

from canvas.models.aio.limits import limits
from canvas.models.aio.slots import Slots
from canvas.models.aio.workers import Worker

_EXIT_PATIENCE_S = 5.0


class Pool:
    """Made anew in a forked child: a fork copies no thread, and its locks as somebody held them.

    Blocks and `dbsession()` are counted apart. Eight sessions that each open a block would
    otherwise hold all threads and wait for one another.
    """

    def __init__(self) -> None:
        self._forget()
        os.register_at_fork(after_in_child=self._forget)
        atexit.register(self.close_idle)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._turns: dict[str, Slots] = {}
        self.for_blocks = Slots("thread for a transaction", lambda: limits().threads)
        self.for_sessions = Slots("thread for a dbsession()", lambda: limits().threads)
        self.busy = 0
        self.started = 0  # threads since the process began

    def turn_at(self, alias: str) -> Slots | None:
        """SQLite lets one write at a time, and those it refuses poll: we let them queue instead.

        Counted by file, since two aliases may lead to the same one. None where many may write.
        """
        entry = connections.settings[alias]
        if not entry["ENGINE"].endswith("sqlite3"):
            return None
        file = str(entry["NAME"])
        with self._lock:
            return self._turns.setdefault(file, Slots(f"turn at {file}", lambda: 1))

    async def take(self, slots: Slots) -> Worker:
        """Raises: AtomicTimeoutError."""
        await slots.acquire()
        try:
            with self._lock:
                if not self._idle:
                    self._idle.append(Worker(may_end=self._let_go))
                    self.started += 1
                self.busy += 1
                return self._idle.pop()  # the last one used, so that the others can end
        except BaseException:  # the system gives no more threads
            slots.release()
            raise

    def give_back(self, worker: Worker, slots: Slots) -> None:
        with self._lock:
            self.busy -= 1
            self._idle.append(worker)
        slots.release()

    def close_idle(self) -> None:
        """End the threads nobody uses, with their connections, and wait until they are gone."""
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.end()
        for worker in idle:
            worker.join(_EXIT_PATIENCE_S)

    def _let_go(self, worker: Worker) -> bool:
        """Whether a worker that is tired of waiting may end; from now on nobody gets it."""
        with self._lock:
            if worker not in self._idle:
                return False
            self._idle.remove(worker)
            return True


pool = Pool()
close_idle = pool.close_idle
