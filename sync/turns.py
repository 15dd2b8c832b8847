"""Batches of a run one behind the other: while one commits, the rows of the next are written.

They are stored in their order, or not at all. Knows no database: whoever has a turn says how far it
is. What the rows of two batches have to do with each other is for those to know who let them meet.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turn:
    """One batch's. Begun when every batch before it has at least all of its rows written."""

    def __init__(self, line: asyncio.Lock, before: asyncio.Future[bool] | None) -> None:
        self._line, self._before = line, before
        self._is_first = True

    async def before_is_stored(self) -> None:
        """Wait for it. Raises CancelledError when it was not stored: then this one must not be.

        Whoever asked for the batch before gets the reason.
        """
        if self._before is not None and not await asyncio.shield(self._before):
            raise asyncio.CancelledError

    def let_next_begin(self) -> None:
        """Nothing but the commit is left to do."""
        if self._is_first:
            self._is_first = False
            self._line.release()


class Turns:
    """First come, first served."""

    def __init__(self) -> None:
        self._line = asyncio.Lock()
        self._last: asyncio.Future[bool] | None = None

    @asynccontextmanager
    async def turn(self, *, alone: bool) -> AsyncIterator[Turn]:
        """`alone`: not before the last one is over, whatever became of it.

        What is raised inside means that the batch was not stored.
        """
        await self._line.acquire()
        before, stored = self._last, asyncio.get_running_loop().create_future()
        self._last = stored
        turn = Turn(self._line, None if alone else before)
        try:
            if alone and before is not None:
                await asyncio.shield(before)  # well or not
            yield turn
            stored.set_result(True)
        finally:
            turn.let_next_begin()
            if not stored.done():
                _give_up(stored, before)


def _give_up(stored: asyncio.Future[bool], before: asyncio.Future[bool] | None) -> None:
    """It is over when the one before is: whoever waits for this one waits for both."""
    if before is None or before.done():
        stored.set_result(False)
    else:
        before.add_done_callback(lambda _: stored.set_result(False))
