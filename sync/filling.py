"""Plain records of one batch, which the mirror does not have, gathered into sheets.

Whatever is not plain, or may be in the mirror, is given back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

from sync.likeness import Mark, plain_hashes
from sync.plan import Source
from sync.tables import BY_NAME
from sync.transform.plain import Layout, PlainReader, columns_of
from sync.transform.sheet import Sheet

Marked: TypeAlias = tuple[bytes, Mark | None]


class _Gathered(NamedTuple):
    """Records of one layout, and when Canvas was asked for them.

    `marks`, and the keys of what is in their lists, are those of records of the source, `parents`
    are for what came inside of these: the Canvas id of the record.
    """

    records: list[tuple[Any, ...]]
    asked_at: list[datetime | None]
    marks: list[Mark]
    inside: list[list[int]]
    parents: list[int]


class Filler:
    """One batch after the other: `take` its pages, then `sheets`."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._reader = PlainReader(source.plain) if source.plain else None
        self._gathered: dict[Layout, _Gathered] = {}

    def take(
        self, records: Sequence[Marked], *, new: frozenset[int], asked_at: datetime | None
    ) -> list[Marked]:
        """The records of one page that are for someone else. `new`: ids the mirror has not."""
        others = []
        for record, mark in records:
            found = None
            if self._reader is not None and mark and mark.key in new and not mark.signed:
                found = self._reader.read(record)
            if found is None or mark is None:
                others.append((record, mark))
                continue
            gathered = self._of(found.layout)
            gathered.records.append(found.values)
            gathered.asked_at.append(asked_at)
            gathered.marks.append(mark)
            gathered.inside.append([part.key for part in found.listed])
            for part in found.listed:
                gathered = self._of(part.layout)
                gathered.records.append(part.values)
                gathered.asked_at.append(asked_at)
                gathered.parents.append(mark.key)
        return others

    def sheets(self) -> list[Sheet]:
        """Of what was taken since the last time; what came inside of others after those."""
        gathered, self._gathered = self._gathered, {}
        made = [self._sheet(layout, its) for layout, its in gathered.items()]
        return sorted(made, key=attrgetter("is_listed"))

    def _of(self, layout: Layout) -> _Gathered:
        gathered = self._gathered.get(layout)
        if gathered is None:
            gathered = self._gathered[layout] = _Gathered([], [], [], [], [])
        return gathered

    def _sheet(self, layout: Layout, gathered: _Gathered) -> Sheet:
        columns = columns_of(layout, gathered.records)
        table = BY_NAME[layout.plain.table]
        if gathered.parents:
            columns.links[table.parent] = gathered.parents
        dated = table.name in self._source.dated
        return Sheet(
            table=table.name,
            keys=columns.keys,
            values=columns.values,
            links=columns.links,
            whole=columns.whole,
            read_at=gathered.asked_at if dated else [None] * len(gathered.records),
            marks=plain_hashes(gathered.marks, gathered.inside, whole=columns.whole),
            is_listed=bool(gathered.parents),
        )
