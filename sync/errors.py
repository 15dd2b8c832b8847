"""What can go wrong in a sync beyond Canvas itself (`canvas.errors` has that).

UnreadableRecordError   one record has a shape no table takes: set aside, its siblings go on
BadOrderError           a sync was asked for in words the plan does not know
BadPostSyncError        POST_SYNC names something that cannot be called after a run
LeaseLost               a signal, not an error: the course is another's to write; stop quietly
"""

from __future__ import annotations


class UnreadableRecordError(Exception):
    """A record that cannot become rows. Its text names fields and types, never a value."""


class BadOrderError(ValueError):
    """The order names something that does not exist; the text says what and what does."""


class BadPostSyncError(Exception):
    """A path of POST_SYNC that leads to no coroutine function; the text says why."""


class LeaseLost(Exception):
    """We were thought dead. Nothing of the batch under way was kept; the course is not ours."""

    def __init__(self, run: int | None) -> None:
        super().__init__(f"the lease of run {run} was taken over by another process")
        self.run = run
