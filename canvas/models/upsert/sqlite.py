"""How SQLite is written to: one prepared statement, run once per row inside the driver."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connections

from canvas.models.stored import Key, read_hashes
from canvas.models.upsert.decision import Fresh, KeyTakenError, Writing
from canvas.models.upsert.sql import placeholders, words
from canvas.models.upsert.values import as_cells


class ManyWriter:
    """`executemany`: three times as fast as statements of many rows, which SQLite parses anew."""

    def write(self, writing: Writing) -> dict[Key, int]:
        cells = as_cells(writing, connections[writing.alias])
        _execute(writing, list(zip(*cells, strict=True)))
        # executemany returns no rows.
        stored = read_hashes(writing.model, writing.created, writing.alias)
        return {key: known.pk for key, known in stored.items()}

    def as_rows(self, cells: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        return list(zip(*cells, strict=True))

    def insert(self, fresh: Fresh, *, stamp: Sequence[Any]) -> list[int]:
        if read_hashes(fresh.model, fresh.keys, fresh.alias):
            raise KeyTakenError("a row is there already")
        _execute(fresh, [(*stamp, *row) for row in fresh.rows])
        stored = read_hashes(fresh.model, fresh.keys, fresh.alias)
        return [stored[key].pk for key in fresh.keys]


def _execute(writing: Writing | Fresh, rows: Sequence[tuple[Any, ...]]) -> None:
    connection = connections[writing.alias]
    its = words(writing, connection)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {its.table} ({its.columns}) VALUES {placeholders(writing)} "
            f"{its.on_conflict}",
            rows,
        )
