"""Which slots this process holds, and the reminder to say so before their terms run out.

Nothing runs while no slot is held. A process that was killed reminds nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

KEEP_S: Final = 10.0  # a third of the term in budget.lua: two reminders may fail


class Slots:
    """Slots by name. `keep` is called with all of them, again and again while there are any."""

    def __init__(
        self, keep: Callable[[frozenset[str]], Awaitable[None]], *, every_s: float = KEEP_S
    ) -> None:
        self._keep, self._every_s = keep, every_s
        self._names: set[str] = set()
        self._reminder: asyncio.TimerHandle | None = None
        self._keeping: asyncio.Task[None] | None = None

    def hold(self, name: str) -> None:
        """Keep it until it is dropped."""
        self._names.add(name)
        if self._reminder is None:
            self._remind_later()

    def drop(self, name: str) -> None:
        """It may run out."""
        self._names.discard(name)

    def _remind_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._reminder = loop.call_later(self._every_s, self._remind)

    def _remind(self) -> None:
        self._reminder = None
        if self._names:
            # The reference keeps the task from being collected before it has run.
            self._keeping = asyncio.get_running_loop().create_task(self._say())
            self._remind_later()

    async def _say(self) -> None:
        await self._keep(frozenset(self._names))
