"""What an upsert says of the rows it was given: one fate each, keys, changed columns."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from canvas.models.stored import Key


class Fate(IntEnum):
    """What became of one row; the order is that of "says more"."""

    UNCHANGED = 0
    UPDATED = 1
    CREATED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    created: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What became of the rows given, by Canvas key.

    Shape: `fates` and `ids` (our primary keys) have every row. `fields` has the UPDATED ones: the
    sorted names of the columns whose change counted, `extra` as one name, nothing for a row that
    was only revived. `values` has old and new value of those the model wants `remembered`.
    `revived` are those that had `deleted_at`. `stale` were told of by a later answer, and by this
    one otherwise: of what else this one says of them nothing holds.
    """

    fates: dict[Key, Fate] = field(default_factory=dict)
    ids: dict[Key, int] = field(default_factory=dict)
    fields: dict[Key, tuple[str, ...]] = field(default_factory=dict)
    values: dict[Key, dict[str, tuple[Any, Any]]] = field(default_factory=dict)
    revived: set[Key] = field(default_factory=set)
    stale: set[Key] = field(default_factory=set)

    @property
    def counts(self) -> Counts:
        fates = Counter(self.fates.values())
        return Counts(
            created=fates[Fate.CREATED],
            updated=fates[Fate.UPDATED],
            unchanged=fates[Fate.UNCHANGED],
        )
