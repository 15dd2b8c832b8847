"""Plain records of one batch, which the mirror does not have, gathered into sheets.

Whatever is not plain, or may be in the mirror, is given back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from sync.likeness import Mark, plain_hash
from sync.plan import Source
from sync.transform.plain import Layout, PlainReader
from sync.transform.sheet import Sheet

Marked: TypeAlias = tuple[bytes, Mark | None]


class _Gathered(NamedTuple):
    """Records of one layout, their marks, and when Canvas was asked for them."""

    records: list[tuple[Any, ...]]
    marks: list[Mark]
    asked_at: list[datetime | None]


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
            layout, values = found
            gathered = self._gathered.get(layout)
            if gathered is None:
                gathered = self._gathered[layout] = _Gathered([], [], [])
            gathered.records.append(values)
            gathered.marks.append(mark)
            gathered.asked_at.append(asked_at)
        return others

    def sheets(self) -> list[Sheet]:
        """Of what was taken since the last time."""
        gathered, self._gathered = self._gathered, {}
        return [self._sheet(layout, its) for layout, its in gathered.items()]

    def _sheet(self, layout: Layout, gathered: _Gathered) -> Sheet:
        assert self._reader is not None
        table = self._source.table
        columns = self._reader.columns(layout, gathered.records)
        dated = table in self._source.dated
        return Sheet(
            table=table,
            keys=columns.keys,
            values=columns.values,
            links=columns.links,
            whole=columns.whole,
            read_at=gathered.asked_at if dated else [None] * len(gathered.records),
            marks=[plain_hash(mark, whole=columns.whole) for mark in gathered.marks],
        )
