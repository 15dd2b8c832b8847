"""Which rows of a world a change made, and which it altered in something events speak of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.world.world import World

# Of each table, the watched values of each row by its id.
Watched = dict[str, dict[int, tuple[Any, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A row that is new, or one with `old` values of those of its watched fields that changed."""

    table: str
    row: Any
    is_new: bool = False
    old: Mapping[str, Any] = field(default_factory=dict)

    @property
    def lives(self) -> bool:
        """Whether the row is there now and was not only brought back by this change."""
        return "deleted" not in (self.row.workflow_state, self.old.get("workflow_state"))


def watch(world: World, fields: Mapping[str, tuple[str, ...]]) -> Watched:
    """The watched values of every row as they are now."""
    return {
        table: {row.id: _values(row, names) for row in world.table(table)}
        for table, names in fields.items()
    }


def _values(row: Any, names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple([getattr(row, name) for name in names])


def changes(
    world: World, fields: Mapping[str, tuple[str, ...]], before: Watched
) -> Iterator[Change]:
    """What differs from before, table by table. A row that was dropped is no change: Canvas says
    nothing of hard deletions (6.5)."""
    for table, names in fields.items():
        for row in world.table(table):
            was = before[table].get(row.id)
            if was is None:
                yield Change(table=table, row=row, is_new=True)
                continue
            now = _values(row, names)
            if was != now:
                yield Change(table=table, row=row, old=_differing(names, was, now))


def _differing(
    names: tuple[str, ...], was: tuple[Any, ...], now: tuple[Any, ...]
) -> dict[str, Any]:
    pairs = zip(names, was, now, strict=True)
    return {name: left for name, left, right in pairs if left != right}
