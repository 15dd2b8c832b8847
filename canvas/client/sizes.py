"""How many records a page may hold: what is asked for, and what a source has shown to bear."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from canvas.client.lighter import Load
from canvas.client.retrying import FIRST_WAIT_S
from canvas.client.stats import Stats

PAGE_SIZE: Final = 100  # the most Canvas gives; more is cut to this in silence (canvas-api 2.1)

Params = Iterable[tuple[str, str]]


class PageSizes:
    """What was learned in one client: other listings of a source begin with what one found."""

    def __init__(self, stats: Stats, *, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._stats, self._sleep = stats, sleep
        self._borne: dict[str, int] = {}

    def bearable(self, wanted: int, *, source: str) -> int:
        return min(wanted, self._borne.get(source, wanted))

    async def lightened(self, load: Load, asked_s: float, *, source: str) -> None:
        """Canvas could not bear more than `load`; a short rest before it is asked for that."""
        self._stats.retries += 1
        if load.dropped:
            self._stats.includes_dropped += 1
        else:
            self._stats.pages_made_smaller += 1
        self._borne[source] = load.page_size
        await self._sleep(max(asked_s, FIRST_WAIT_S * (1 + random.random())))


def with_page_size(params: Params) -> list[tuple[str, str]]:
    """The parameters with a `per_page`, the largest there is unless one is among them."""
    pairs = list(params)
    named = any(name == "per_page" for name, _ in pairs)
    return pairs if named else [*pairs, ("per_page", str(PAGE_SIZE))]


def page_size_of(pairs: list[tuple[str, str]]) -> int:
    return int(next(value for name, value in pairs if name == "per_page"))
