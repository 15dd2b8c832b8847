"""Sheets: rows of one table that name the same columns, kept column by column.

A thousand rows in one sheet cost what a hundred cost as objects of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sync.transform.rows import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the rows have in common is said once; all sequences are in the order of the rows.

    Shape: `values` is column → values, `links` relation → Canvas ids of the parents. `whole`,
    `read_at` and `marks` as in `Row`; no marks where the rows can have none. `is_listed`: the rows
    came inside of records, which are in sheets before this one.
    """

    table: str
    keys: Sequence[int]
    values: dict[str, Sequence[Any]]
    links: dict[str, Sequence[int | None]]
    whole: tuple[str, ...]
    read_at: Sequence[datetime | None]
    marks: Sequence[str] = ()
    is_listed: bool = False

    def __len__(self) -> int:
        return len(self.keys)

    def rows(self) -> Iterator[Row]:
        """The same rows, one by one."""
        for place, key in enumerate(self.keys):
            yield Row(
                table=self.table,
                key=key,
                values={name: column[place] for name, column in self.values.items()},
                links={name: parents[place] for name, parents in self.links.items()},
                whole=self.whole,
                read_at=self.read_at[place],
                mark=self.marks[place] if self.marks else None,
            )
