"""Chunks: a query read in lists, whose cursor never outlives the loop over it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import islice
from typing import Any, Generic, TypeVar

from asgiref.sync import sync_to_async
from django.db import models
from django.db.transaction import TransactionManagementError

_Row = TypeVar("_Row", bound=models.Model)


class Chunks(AsyncIterator[list[_Row]], Generic[_Row]):
    """Lists of at most `size` rows; one trip to the database thread each.

    Not an async generator: asyncio ends one that is left early in a task of its own, by when the
    `atomic()` around the loop may have ended, and the connection with it. An object goes the moment
    the loop is left, and gives the cursor to its thread before anything else can be asked there.
    """

    def __init__(self, rows: models.QuerySet[_Row], *, size: int) -> None:
        self._rows: Any = rows.iterator(chunk_size=size)
        self._size = size
        self._is_open = True

    async def __anext__(self) -> list[_Row]:
        chunk = await sync_to_async(self._take)() if self._is_open else []
        # A list that is not full is the last one: the cursor is closed by being read to its end.
        self._is_open = len(chunk) == self._size
        if not chunk:
            raise StopAsyncIteration
        return chunk

    def _take(self) -> list[_Row]:
        return list(islice(self._rows, self._size))

    async def aclose(self) -> None:
        """Close the cursor now; nothing more comes. `contextlib.aclosing` calls it."""
        if self._is_open:
            self._is_open = False
            await sync_to_async(self._rows.close)()

    def __del__(self) -> None:
        if self._is_open:
            with suppress(RuntimeError):  # no event loop runs here any more: the program ends
                _hand_over(self._rows, asyncio.get_running_loop())


def _hand_over(rows: Any, loop: asyncio.AbstractEventLoop) -> None:
    """Let the thread of this context close `rows` after what it does now, and do not wait."""
    closing = sync_to_async(rows.close)()
    try:
        # As far as its first wait: by then the thread has been given the work.
        closing.send(None)
        closing.close()
    except (TransactionManagementError, RuntimeError):
        # So late that the block or the request has ended, or another block has begun: the driver
        # waits its turn for the connection, on any thread but the one of the event loop.
        loop.run_in_executor(None, rows.close)
