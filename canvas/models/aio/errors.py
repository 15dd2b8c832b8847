"""What can go wrong with an async transaction; each text names the cure."""

from __future__ import annotations

from django.db.transaction import TransactionManagementError


class ConcurrentAtomicError(TransactionManagementError):
    """A task used a transaction that is not its own at this moment, or not any more.

    A mistake in the program: obeying it would interleave savepoints of two tasks, or write outside
    the transaction the author sees. Callers do not repeat; they change who opens which block.
    """


class AtomicTimeoutError(TransactionManagementError):
    """No thread, or no turn at the SQLite file, became free in time (`ASYNC_ATOMIC["WAIT_S"]`)."""
