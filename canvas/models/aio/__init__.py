"""`async with transaction.atomic()`: async transactions that are correct under concurrency.

Django's async ORM runs on threads, and outside of a request on a single one: all tasks share one
connection, and a naive bridge would let one task roll back the rows of another. Here each outermost
block gets a thread, and so a connection, of its own; `install()` gives that to Django's `atomic`.

    errors, limits      what can go wrong; the setting ASYNC_ATOMIC
    slots, workers      a fair queue; a thread with its connections
    pool                the threads of a process, and the turn at each SQLite file
    routing             all that is known of asgiref
    session, executor   a thread lent to a transaction, the stack of its blocks, whose turn
    enter, join, leave  a block from BEGIN to COMMIT
    cancelling          what is interrupted, and what runs to its end
    hooks, install      on_commit for coroutines; the five places in Django that are replaced
    outside             dbsession() and detached_task()
    memory, testing     for tests only
"""

from __future__ import annotations

from canvas.models.aio.errors import AtomicTimeoutError, ConcurrentAtomicError
from canvas.models.aio.install import install
from canvas.models.aio.outside import dbsession, detached_task
from canvas.models.aio.pool import close_idle

__all__ = [
    "AtomicTimeoutError",
    "ConcurrentAtomicError",
    "close_idle",
    "dbsession",
    "detached_task",
    "install",
]
