"""What reading a source proved: all that a deletion or a watermark may rest on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sync.models import Watermark

Mode = Watermark.Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One source was read to the end of all it was to read.

    `mode`: what that was; only a full reading, or that of a whole listing of one parent, shows
    that a row is gone. `parents`: Canvas ids of the parents whose listings were read, None for a
    source that has one listing for the course. `began_at`: Canvas's clock when it began. `counted`:
    a listing of several pages was paged by number, so a row may have slipped through.
    `full_because`: what this reading found that only a full one can settle, "" for nothing.
    `of_marks`: only what events had named was read, which moves no watermark.
    """

    mode: Mode = Mode.FULL
    parents: frozenset[int] | None = None
    began_at: dt.datetime | None = None
    counted: bool = False
    requests: int = 0
    cost: float = 0.0
    seconds: float = 0.0
    full_because: str = ""
    of_marks: bool = False

    @property
    def shows_what_is_gone(self) -> bool:
        return self.mode in (Mode.FULL, Mode.CHANGED_PARENTS)


Proofs: TypeAlias = Mapping[str, Proof]
