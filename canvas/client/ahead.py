"""The page behind the one that is being read, asked for as soon as its address is known.

A head of an answer names the next page before its body has come, been decompressed and looked
through: Canvas works at the next one meanwhile. One page at most is on its way that nobody has
asked for, so that nothing piles up where pages are taken slowly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import httpx

from canvas.client.call import Headers, SeenHead

_P = TypeVar("_P")
Ask = Callable[[httpx.URL, SeenHead], Awaitable[_P]]
Following = Callable[[httpx.URL, Headers], httpx.URL | None]


@dataclass(slots=True, kw_only=True, eq=False)
class _Asked(Generic[_P]):
    """`following`: the address behind it, once known and while nobody goes there."""

    url: httpx.URL
    answer: asyncio.Task[_P] | None = None
    following: httpx.URL | None = None
    is_wanted: bool = False


class Ahead(Generic[_P]):
    """Pages in the order they are wanted in. Guesses only: whoever wants another page gets that.

    `following` says from the head of an answer where the next page is, or None: it never raises.
    """

    def __init__(self, ask: Ask[_P], *, following: Following) -> None:
        self._ask, self._following = ask, following
        self._next: _Asked[_P] | None = None

    async def page(self, url: httpx.URL) -> _P:
        """What asking for it comes to, whether it was begun before or not."""
        asked = self._next
        if asked is None or asked.url != url:
            await self.leave()
            asked = self._begun(url)
        self._next = None
        asked.is_wanted = True
        self._go_on(asked)
        assert asked.answer is not None
        try:
            return await asked.answer
        finally:
            asked.answer = None  # or the page lives as long as what told where it is

    async def leave(self) -> None:
        """Give up what nobody has wanted."""
        left, self._next = self._next, None
        if left is not None and left.answer is not None:
            left.answer.cancel()
            await asyncio.wait([left.answer])
            if not left.answer.cancelled():
                left.answer.exception()  # nobody wanted to know

    def _begun(self, url: httpx.URL) -> _Asked[_P]:
        asked = _Asked[_P](url=url)

        async def seen_head(headers: Headers) -> None:
            asked.following = self._following(url, headers)
            self._go_on(asked)
            await asyncio.sleep(0)  # the request leaves before this body is looked at

        async def answer() -> _P:
            return await self._ask(url, seen_head)

        asked.answer = asyncio.get_running_loop().create_task(answer())
        return asked

    def _go_on(self, asked: _Asked[_P]) -> None:
        if asked.is_wanted and asked.following is not None and self._next is None:
            self._next = self._begun(asked.following)
            asked.following = None
