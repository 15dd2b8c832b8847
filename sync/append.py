"""Many rows into a table of the ledger at once; they are new, and nobody asks for their keys.

Every column but the primary key must be named: no default is filled in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections, models, router

from canvas.models.stored import as_array


def append(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert `rows`, whose values stand in the order of the columns `names`. Blocks.

    COPY where there is one: 40 % of the time of `bulk_create`.
    """
    connection = connections[router.db_for_write(model)]
    fields = [_field(model, name) for name in names]
    values = [
        tuple(f.get_db_prep_save(value, connection) for f, value in zip(fields, row, strict=True))
        for row in rows
    ]
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    columns = ", ".join(quote(str(field.column)) for field in fields)
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", values)
            return
        statement = f"COPY {table} ({columns}) FROM STDIN"
        with connection.wrap_database_errors, cursor.copy(statement) as copy:
            for row in values:
                copy.write_row(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Rows that have `common` (column → value) and differ in `varying` (column → values).

    Values of `varying` are what drivers take as they are.
    """

    common: Mapping[str, Any]
    varying: Mapping[str, Sequence[Any]]


def append_alike(model: type[models.Model], groups: Sequence[Alike]) -> None:
    """Insert the rows of all groups, which name the same columns. Blocks.

    A first load appends as many rows as it mirrors, and PostgreSQL makes these of arrays.
    """
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    first = groups[0]
    fields = {name: _field(model, name) for name in (*first.common, *first.varying)}
    columns = ", ".join(quote(str(field.column)) for field in fields.values())
    into = f"INSERT INTO {quote(model._meta.db_table)} ({columns})"
    same = [
        [fields[name].get_db_prep_save(group.common[name], connection) for name in first.common]
        for group in groups
    ]
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            marks = ", ".join(["%s"] * len(fields))
            varying = (
                zip(*(group.varying[name] for name in first.varying), strict=True)
                for group in groups
            )
            rows = [(*own, *row) for own, rest in zip(same, varying, strict=True) for row in rest]
            cursor.executemany(f"{into} VALUES ({marks})", rows)
            return
        types = {name: field.db_type(connection) for name, field in fields.items()}
        marks = ", ".join(f"%s::{types[name]}" for name in first.common)
        arrays = ", ".join(f"%s::{types[name]}[]" for name in first.varying)
        each = f"SELECT {marks}, new.* FROM unnest({arrays}) AS new"
        values = []
        for own, group in zip(same, groups, strict=True):
            values += [*own, *(as_array(list(group.varying[name])) for name in first.varying)]
        cursor.execute(f"{into} {' UNION ALL '.join([each] * len(groups))}", values)


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field)
    return field
