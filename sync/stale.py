"""What an answer says of the children of a row that a later answer has told of: nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from canvas.models import MirroredRow
from canvas.models.upsert import Fate
from sync.place import Placed
from sync.tables import BY_NAME, Table

# With its primary key.
AsStored: TypeAlias = tuple[Placed, int]
# Primary keys of rows whose answer came too late.
Stale: TypeAlias = dict[type[MirroredRow], set[int]]


def without_children_of(stale: Stale, table: Table, placed: list[Placed]) -> list[Placed]:
    """The rows of the table whose parents are not stale."""
    if not (stale and table.parent):
        return placed
    parent = table.model._meta.get_field(table.parent).related_model
    late: Iterable[int] = next((pks for model, pks in stale.items() if model is parent), ())
    return [one for one in placed if one.values[f"{table.parent}_id"] not in late]


def known_before(
    placed: Mapping[str, list[AsStored]], fates: Mapping[str, Mapping[int, Fate]], stale: Stale
) -> dict[str, list[AsStored]]:
    """Rows whose payload could miss children that the mirror has.

    A parent that is new has none, and of a stale one a later answer has said which it has.
    """
    found = {}
    for name, rows in placed.items():
        late, is_child = stale.get(BY_NAME[name].model, ()), bool(BY_NAME[name].parent)
        found[name] = [
            (one, pk)
            for one, pk in rows
            if pk not in late and (is_child or fates[name][pk] is not Fate.CREATED)
        ]
    return found
