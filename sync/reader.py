"""What reading needs of a client of Canvas; `canvas.client.CanvasClient` has it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Protocol

from canvas.client import Page


class Reader(Protocol):
    """Reads pages, and nothing of what is in them."""

    async def fetch(
        self,
        path: str,
        *,
        params: Iterable[tuple[str, str]] = (),
        source: str,
        listing: bool = True,
    ) -> Page: ...

    def walk(
        self,
        path: str,
        *,
        params: Iterable[tuple[str, str]] = (),
        source: str,
        start_url: str | None = None,
        optional: Iterable[str] = (),
    ) -> AsyncIterator[Page]: ...
