"""How a reading of a course is narrowed to a part of it; see `sync.refresh`."""

from __future__ import annotations

from typing import Protocol

from sync.plan import Source
from sync.reach import Question
from sync.store import Store
from sync.told import ChangeReader
from sync.witness import Witness


class Narrowing(Protocol):
    """Of a course only a part is read: these sources, and of some of them a few records."""

    @property
    def sources(self) -> tuple[Source, ...]: ...

    async def witness(
        self, source: Source, question: Question, *, reader: ChangeReader, store: Store
    ) -> Witness | None:
        """Asked just before its turn; None where the source is read as ever."""
        ...
