"""How PostgreSQL is written to: COPY, into the table itself where every row is new.

Other rows go through a temporary table, and from there in one statement.
"""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, connections, transaction

from canvas.models.stored import Key
from canvas.models.upsert.decision import Writing
from canvas.models.upsert.sql import Words, placeholders, words
from canvas.models.upsert.statistics import keep_statistics
from canvas.models.upsert.values import as_tuples

# For fewer rows, making and dropping the temporary table costs more than it saves (measured).
COPY_FROM = 16
_UNIQUE_VIOLATION = "23505"
_INCOMING = '"canvas_incoming_rows"'


class CopyWriter:
    """Fast for many rows and for few.

    The temporary table is gone when the call ends, well or not: it is dropped at the end, undone by
    the savepoint around the call, or dropped with the transaction. So no other call on the
    connection, and no later borrower of it from a pool, finds it.
    """

    def __init__(self, *, copy_from: int = COPY_FROM) -> None:
        self._copy_from = copy_from

    def write(self, writing: Writing) -> dict[Key, int]:
        connection = connections[writing.alias]
        rows = as_tuples(writing, connection)
        its = words(writing, connection)
        with connection.cursor() as cursor:
            found = None
            if len(rows) < self._copy_from:
                found = _insert(cursor, its, rows, values=placeholders(writing))
            elif not writing.replaced:
                found = _copy_new(cursor, its, rows, writing=writing)
            if found is None:
                found = _copy(cursor, its, rows, errors=connection.wrap_database_errors)
            keep_statistics(cursor, its, writing)
        return {tuple(key): pk for *key, pk in found}


def _copy_new(
    cursor: Any, its: Words, rows: list[tuple[Any, ...]], *, writing: Writing
) -> list[tuple[Any, ...]] | None:
    """Straight into the table, with keys taken from its sequence beforehand: 60 % of the time.

    None when somebody who does not take the lock of an upsert has put one of the rows there.
    """
    cursor.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
        [its.table, len(rows)],
    )
    pks = [pk for (pk,) in cursor.fetchall()]
    errors = connections[writing.alias].wrap_database_errors
    statement = f"COPY {its.table} (id, {its.columns}) FROM STDIN"
    try:
        with transaction.atomic(using=writing.alias), errors, cursor.copy(statement) as copy:
            for pk, row in zip(pks, rows, strict=True):
                copy.write_row((pk, *row))
    except IntegrityError as error:
        if getattr(error.__cause__, "sqlstate", "") != _UNIQUE_VIOLATION:
            raise
        return None
    return [(*key, pk) for key, pk in zip(sorted(writing.created), pks, strict=True)]


def _insert(
    cursor: Any, its: Words, rows: list[tuple[Any, ...]], *, values: str
) -> list[tuple[Any, ...]]:
    cursor.execute(
        f"INSERT INTO {its.table} ({its.columns}) VALUES {', '.join([values] * len(rows))} "
        f"{its.on_conflict} RETURNING {its.keys}, id",
        [value for row in rows for value in row],
    )
    return list(cursor.fetchall())


def _copy(
    cursor: Any, its: Words, rows: list[tuple[Any, ...]], *, errors: Any
) -> list[tuple[Any, ...]]:
    cursor.execute(
        f"CREATE TEMPORARY TABLE {_INCOMING} ON COMMIT DROP AS "
        f"SELECT {its.columns} FROM {its.table} WITH NO DATA"
    )
    # The driver's own errors come out of a copy; Django wraps only what its cursor runs itself.
    with errors, cursor.copy(f"COPY {_INCOMING} ({its.columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    cursor.execute(
        f"INSERT INTO {its.table} ({its.columns}) SELECT {its.columns} FROM {_INCOMING} "
        f"{its.on_conflict} RETURNING {its.keys}, id"
    )
    found = list(cursor.fetchall())
    cursor.execute(f"DROP TABLE {_INCOMING}")
    return found
