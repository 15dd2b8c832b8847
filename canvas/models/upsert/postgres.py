"""How PostgreSQL is written to: COPY, into the table itself where every row is new.

Other rows go through a temporary table, and from there in one statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.db import IntegrityError, connections, transaction

from canvas.models.stored import Key
from canvas.models.upsert.copying import copy_lines
from canvas.models.upsert.decision import Fresh, KeyTakenError, Writing
from canvas.models.upsert.growth import analyze, new_keys
from canvas.models.upsert.sql import Words, placeholders, words
from canvas.models.upsert.values import as_cells

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
        cells = as_cells(writing, connection)
        its = words(writing, connection)
        many = len(writing.created) + len(writing.replaced) >= self._copy_from
        with connection.cursor() as cursor:
            if many and not writing.replaced:
                with suppress(KeyTakenError), transaction.atomic(using=writing.alias):
                    pks = _copy_new(cursor, its, copy_lines(cells), connection=connection)
                    return dict(zip(sorted(writing.created), pks, strict=True))
            if many:
                found = _copy(cursor, its, cells, errors=connection.wrap_database_errors)
            else:
                rows = list(zip(*cells, strict=True))
                found = _insert(cursor, its, rows, values=placeholders(writing))
        return {tuple(key): pk for *key, pk in found}

    def as_rows(self, cells: Sequence[Sequence[Any]]) -> list[str]:
        return copy_lines(cells)

    def insert(self, fresh: Fresh, *, stamp: Sequence[Any]) -> list[int]:
        connection = connections[fresh.alias]
        first = "\t".join(map(str, stamp))
        lines = [f"{first}\t{line}" for line in fresh.rows]
        with connection.cursor() as cursor:
            return _copy_new(cursor, words(fresh, connection), lines, connection=connection)


def _copy_new(cursor: Any, its: Words, lines: Sequence[str], *, connection: Any) -> list[int]:
    """Straight into the table, with keys taken from its sequence beforehand: 60 % of the time.

    Raises KeyTakenError when somebody who does not take the lock of an upsert has put one of the
    rows there; then whatever the savepoint around it has is to be undone.
    """
    table = new_keys(cursor, its, count=len(lines))
    keyed = map("%d\t%s".__mod__, zip(table.keys, lines, strict=True))
    statement = f"COPY {its.table} (id, {its.columns}) FROM STDIN"
    try:
        # The driver's own errors come out of a copy; Django wraps only what its cursor runs itself.
        with connection.wrap_database_errors, cursor.copy(statement) as copy:
            copy.write("".join(keyed).encode())
    except IntegrityError as error:
        if getattr(error.__cause__, "sqlstate", "") == _UNIQUE_VIOLATION:
            raise KeyTakenError(str(error)) from error
        raise
    if table.has_doubled:
        analyze(cursor, its)
    return table.keys


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
    cursor: Any, its: Words, cells: Sequence[Sequence[Any]], *, errors: Any
) -> list[tuple[Any, ...]]:
    cursor.execute(
        f"CREATE TEMPORARY TABLE {_INCOMING} ON COMMIT DROP AS "
        f"SELECT {its.columns} FROM {its.table} WITH NO DATA"
    )
    with errors, cursor.copy(f"COPY {_INCOMING} ({its.columns}) FROM STDIN") as copy:
        copy.write("".join(copy_lines(cells)).encode())
    cursor.execute(
        f"INSERT INTO {its.table} ({its.columns}) SELECT {its.columns} FROM {_INCOMING} "
        f"{its.on_conflict} RETURNING {its.keys}, id"
    )
    found = list(cursor.fetchall())
    cursor.execute(f"DROP TABLE {_INCOMING}")
    return found
