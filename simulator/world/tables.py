"""Tables: rows by id, with ordered indexes by parent, so that a page costs its own rows only."""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from typing import Any, Generic, Protocol, TypeVar


class HasId(Protocol):
    """What a table keeps."""

    id: int


R = TypeVar("R", bound=HasId)


class Table(Generic[R]):
    """Rows of one kind by id. `indexes` name the foreign keys that rows are looked up by."""

    def __init__(self, name: str, *indexes: str) -> None:
        self.name = name
        self.rows: dict[int, R] = {}
        self.indexes: dict[str, dict[Any, list[int]]] = {column: {} for column in indexes}

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[R]:
        return iter(list(self.rows.values()))

    def __contains__(self, row_id: object) -> bool:
        return row_id in self.rows

    def __getitem__(self, row_id: int) -> R:
        return self.rows[row_id]

    def get(self, row_id: int | None) -> R | None:
        """The row, or None when there is none of this id."""
        return None if row_id is None else self.rows.get(row_id)

    def add(self, row: R) -> R:
        """Take in a new row."""
        self.rows[row.id] = row
        for column in self.indexes:
            self._enter(column, row)
        return row

    def drop(self, row_id: int) -> R:
        """Forget a row for good, as Canvas almost never does."""
        row = self.rows.pop(row_id)
        for column, index in self.indexes.items():
            index[getattr(row, column)].remove(row_id)
        return row

    def change(self, row: R, **fields: Any) -> None:
        """Set fields of a row and keep the indexes right."""
        for column, value in fields.items():
            index = self.indexes.get(column)
            if index is None:
                setattr(row, column, value)
                continue
            index[getattr(row, column)].remove(row.id)
            setattr(row, column, value)
            self._enter(column, row)

    def ids(self, column: str, parent_id: int) -> list[int]:
        """Ids of the rows of a parent, ascending. Not a copy."""
        return self.indexes[column].get(parent_id, [])

    def of(self, column: str, parent_id: int) -> list[R]:
        """Rows of a parent, by ascending id."""
        return [self.rows[row_id] for row_id in self.ids(column, parent_id)]

    def _enter(self, column: str, row: R) -> None:
        ids = self.indexes[column].setdefault(getattr(row, column), [])
        if not ids or ids[-1] < row.id:
            ids.append(row.id)
        else:
            bisect.insort(ids, row.id)
