"""Who writes what was decided: the database's own way where there is one, Django's anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from django.db import connections, models

from canvas.models.stored import Key, key_columns
from canvas.models.upsert.decision import Fresh, Writing
from canvas.models.upsert.postgres import CopyWriter
from canvas.models.upsert.sql import updated_columns
from canvas.models.upsert.sqlite import ManyWriter
from canvas.models.upsert.values import refuse_unstorable

# Chosen so that no statement nears the parameter limit of either database.
_WRITE_SIZE = 500


class Writer(Protocol):
    """Runs inside the transaction of the call."""

    def write(self, writing: Writing) -> dict[Key, int]:
        """Make it so; the primary keys of at least the created rows."""


class Inserter(Protocol):
    """A writer that has a quick way for rows that are all new."""

    def as_rows(self, cells: Sequence[Sequence[Any]]) -> Sequence[Any]:
        """Rows as `insert` takes them; `cells` are the values of each column."""

    def insert(self, fresh: Fresh, *, stamp: Sequence[Any]) -> list[int]:
        """The primary keys in the order of the rows; `stamp`: values of `Fresh.stamped`.

        Raises KeyTakenError where the table has one of them.
        """


class PortableWriter:
    """Django's bulk operations: what the other writers must agree with, and the fallback."""

    def write(self, writing: Writing) -> dict[Key, int]:
        refuse_unstorable(writing)
        names = key_columns(writing.model)
        rows: models.Manager[Any] = writing.model._default_manager.db_manager(writing.alias)
        # Not bulk_update: it is an order of magnitude slower on rows this wide.
        written = rows.bulk_create(
            [writing.model(**row) for row in writing.rows],
            batch_size=_WRITE_SIZE,
            update_conflicts=True,
            unique_fields=list(writing.model.canvas_key),
            update_fields=[column.name for column in updated_columns(writing)],
        )
        return {tuple(getattr(row, name) for name in names): row.pk for row in written}


_WRITERS: dict[str, type[CopyWriter | ManyWriter]] = {
    "postgresql": CopyWriter,
    "sqlite": ManyWriter,
}


def writer_for(alias: str) -> Writer:
    return _WRITERS.get(connections[alias].vendor, PortableWriter)()


def inserter_for(alias: str) -> Inserter | None:
    """None where the database has no quick way."""
    writer = _WRITERS.get(connections[alias].vendor)
    return None if writer is None else writer()
