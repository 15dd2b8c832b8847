"""All children of one parent: started one by one, ended in the opposite order of their need."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog

from management.up.child import Child, Say
from management.up.keeper import Keeper, Pauses

log = structlog.get_logger(__name__)

# First who orders work, then who takes it from outside, then who does it, last what they need.
ENDING: Final = (("beat",), ("web",), ("realtime", "worker"), ("canvas",), ("redis",))


class Crew:
    """Needs a running loop. Names of children are unique, and of those in `ending`."""

    def __init__(
        self,
        *,
        say: Say,
        pauses: Pauses | None = None,
        ending: Sequence[Sequence[str]] = ENDING,
    ) -> None:
        self._say, self._pauses, self._ending = say, pauses or Pauses(), ending
        self._keepers: dict[str, Keeper] = {}
        # The name of a child that was configured wrongly, once there is one.
        self.refused: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def start(self, child: Child) -> None:
        """From now on it runs."""
        self._keepers[child.name] = Keeper(
            child, say=self._say, pauses=self._pauses, refuse=self._refuse
        )

    def _refuse(self, name: str) -> None:
        if not self.refused.done():
            self.refused.set_result(name)

    async def end(self, *, grace_s: float, hurry: asyncio.Event) -> bool:
        """End all, one group after the other; whether each ended well and by itself.

        What is left after `grace_s` seconds, or when `hurry` is set, is killed.
        """
        ending = asyncio.create_task(self._end_in_order())
        hurrying = asyncio.create_task(hurry.wait())
        await asyncio.wait({ending, hurrying}, timeout=grace_s, return_when=asyncio.FIRST_COMPLETED)
        hurrying.cancel()
        if ending.done():
            return ending.result()
        left = [name for name, keeper in self._keepers.items() if keeper.is_running]
        log.warning("children.killed", children=left)
        for keeper in self._keepers.values():
            keeper.kill()
        await ending
        return False

    async def _end_in_order(self) -> bool:
        well = True
        for names in self._ending:
            keepers = [self._keepers[name] for name in names if name in self._keepers]
            well &= all(await asyncio.gather(*(keeper.end() for keeper in keepers)))
        return well
