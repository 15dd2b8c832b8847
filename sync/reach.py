"""What is read of a source in one run: everything, or what changed, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from sync.proof import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """As decided just before the source is read.

    `since`: changes after it are asked for, by Canvas's clock. `parents`: Canvas ids of those
    parents whose whole lists are read, `students` of persons all of whose submissions are.
    `because`: why these, or why everything.
    """

    mode: Mode = Mode.FULL
    since: dt.datetime | None = None
    parents: frozenset[int] = frozenset()
    students: frozenset[int] = frozenset()
    because: str = ""

    @property
    def is_full(self) -> bool:
        return self.mode is Mode.FULL


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the decision depends on. `course`: Canvas's id.

    `full`: a person wants everything read. `proven`: sources this run has read completely so far.
    `of_this_run`: only what this run itself has found to have moved is wanted.
    """

    course: int
    full: bool = False
    proven: Collection[str] = ()
    of_this_run: bool = False
