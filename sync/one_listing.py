"""Pages of several requests handed on as those of one listing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from canvas.client import Page


async def as_one_listing(pages: AsyncIterator[Page], path: str) -> AsyncIterator[Page]:
    """The same pages, of which only the last one has no next one.

    Whoever stops between two pages asks whether there is one; it is no address to go on from.
    """
    waiting: Page | None = None
    async for page in pages:
        if waiting is not None:
            yield replace(waiting, next_url=waiting.next_url or path)
        waiting = page
    if waiting is not None:
        yield replace(waiting, next_url=None)
