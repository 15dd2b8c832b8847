"""How SQLite is written to: one prepared statement, run once per row inside the driver."""

from __future__ import annotations

from django.db import connections

from canvas.models.stored import Key, read_hashes
from canvas.models.upsert.decision import Writing
from canvas.models.upsert.sql import placeholders, words
from canvas.models.upsert.values import as_tuples


class ManyWriter:
    """`executemany`: three times as fast as statements of many rows, which SQLite parses anew."""

    def write(self, writing: Writing) -> dict[Key, int]:
        connection = connections[writing.alias]
        its = words(writing, connection)
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {its.table} ({its.columns}) VALUES {placeholders(writing)} "
                f"{its.on_conflict}",
                as_tuples(writing, connection),
            )
        # executemany returns no rows.
        stored = read_hashes(writing.model, writing.created, writing.alias)
        return {key: known.pk for key, known in stored.items()}
