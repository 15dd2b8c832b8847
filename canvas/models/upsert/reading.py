"""Stored rows in full, locked: only those that may differ are read this way.

Plain SQL and Django's converters, but for PostgreSQL's times: read as text they take a tenth of the
time its driver and Django need for them, and that was two thirds of it all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from django.db import connections, models

from canvas.models.stored import READ_SIZE, Key, Row, as_array, column_name, has_arrays, in_parts

if TYPE_CHECKING:  # models are made of what is made of this
    from canvas.models.mirrored import MirroredRow

Column: TypeAlias = "models.Field[Any, Any]"


def read_full(
    model: type[MirroredRow], pks: Mapping[Key, int], *, columns: Sequence[Column], alias: str
) -> dict[Key, Row]:
    """Key → the stored values of `columns`. The rows stay locked until the transaction ends.

    Locked, because what was read is written back: what somebody else sets in between, a tombstone
    for one, would be undone. SQLite has one writer at a time.
    """
    connection = connections[alias]
    statement = _statement(model, columns, connection)
    names = [column.attname for column in columns]
    by_pk: dict[int, Row] = {}
    with connection.cursor() as cursor:
        for part in in_parts(sorted(pks.values()), READ_SIZE):
            cursor.execute(*_of_these(statement, sorted(part), connection))
            if found := cursor.fetchall():
                keys, *cells = zip(*found, strict=True)
                converted = map(_converter(connection), columns, cells)
                rows = zip(*converted, strict=True)
                by_pk |= {
                    pk: dict(zip(names, row, strict=True))
                    for pk, row in zip(keys, rows, strict=True)
                }
    return {key: by_pk[pk] for key, pk in pks.items() if pk in by_pk}


def _statement(model: type[MirroredRow], columns: Sequence[Column], connection: Any) -> str:
    names = [column_name(model, column.attname, connection) for column in columns]
    if has_arrays(connection):
        names = [
            f"{name}::text" if isinstance(column, models.DateTimeField) else name
            for name, column in zip(names, columns, strict=True)
        ]
    table = connection.ops.quote_name(model._meta.db_table)
    return f"SELECT id, {', '.join(names)} FROM {table}"


def _of_these(statement: str, pks: list[int], connection: Any) -> tuple[str, list[Any]]:
    """In the order of the keys, so that two who lock the same rows never wait in a circle."""
    if has_arrays(connection):
        return f"{statement} WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [as_array(pks)]
    return f"{statement} WHERE id IN ({', '.join(['%s'] * len(pks))})", list(pks)


def _converter(connection: Any) -> Callable[[Column, Sequence[Any]], Sequence[Any]]:
    def convert(column: Column, values: Sequence[Any]) -> Sequence[Any]:
        if isinstance(column, models.DateTimeField) and has_arrays(connection):
            return [value and dt.datetime.fromisoformat(value) for value in values]
        expression: Any = column.get_col(column.model._meta.db_table)
        for converter in (
            *connection.ops.get_db_converters(expression),
            *expression.get_db_converters(connection),
        ):
            values = [converter(value, expression, connection) for value in values]
        return values

    return convert
