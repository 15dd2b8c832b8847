"""Values of rows as a database takes them, column by column; owns what neither database may hold.

PostgreSQL refuses some values that SQLite would keep, and the other way round: what one of them
cannot hold is refused for both, so that both hold the same.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any

from django.db import DataError, models

from canvas.models.stored import Row
from canvas.models.upsert.decision import Writing
from canvas.models.upsert.reading import Column

# What drivers take as it is; anything else goes through the field, as in a model's save().
_PLAIN: dict[str, type] = {
    "BigIntegerField": int,
    "BooleanField": bool,
    "CharField": str,
    "FloatField": float,
    "ForeignKey": int,
    "TextField": str,
}
_NUL_IN_JSON = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def as_tuples(writing: Writing, connection: Any) -> list[tuple[Any, ...]]:
    """The rows in the order of `writing.rows`, the values in the order of `writing.columns`.

    Raises: DataError for a value that not every database can hold.
    """
    rows = writing.rows
    cells = [_cells(column, rows, connection) for column in writing.columns]
    return list(zip(*cells, strict=True))


def refuse_unstorable(writing: Writing) -> None:
    """Raises: DataError, as `as_tuples` does, for writers that convert by other means."""
    rows = writing.rows
    for column in writing.columns:
        values = _values(column, rows)
        if isinstance(column, models.JSONField):
            values = _as_json(column, values)
        _refuse(column, values)


def _values(column: Column, rows: Sequence[Row]) -> list[Any]:
    name = column.attname
    try:
        return [row[name] for row in rows]  # nearly always all of them or, in a new row, none
    except KeyError:
        return [row[name] if name in row else column.get_default() for row in rows]


def _cells(column: Column, rows: Sequence[Row], connection: Any) -> Sequence[Any]:
    values = _values(column, rows)
    # Types are compared, not classes: true would pass for an integer.
    kinds = set(map(type, values)) - {type(None)}
    if not kinds:
        return values
    if isinstance(column, models.JSONField):
        values = _as_json(column, values)
    elif isinstance(column, models.DateTimeField):
        values = _as_instants(column, values, connection)
    elif kinds != {_PLAIN.get(column.get_internal_type())}:
        values = [
            value if value is None else _prepared(column, value, connection) for value in values
        ]
    _refuse(column, values)
    return values


def _prepared(column: Column, value: Any, connection: Any) -> Any:
    return column.get_db_prep_save(value, connection)


def _as_json(column: models.JSONField[Any, Any], values: Iterable[Any]) -> list[str | None]:
    return [None if value is None else json.dumps(value, cls=column.encoder) for value in values]


def _as_instants(column: Column, values: Iterable[Any], connection: Any) -> list[Any]:
    """UTC times as text, each one made once: many columns of a batch have few different ones."""
    if connection.vendor not in ("postgresql", "sqlite") or connection.timezone is not dt.UTC:
        return [_prepared(column, value, connection) for value in values]
    # SQLite has no time zones: Django keeps the text of the UTC time without its +00:00.
    end = -6 if connection.vendor == "sqlite" else None
    texts: dict[Any, Any] = {None: None}
    for value in values:
        if value not in texts:
            in_utc = type(value) is dt.datetime and value.tzinfo is dt.UTC
            texts[value] = str(value)[:end] if in_utc else _prepared(column, value, connection)
    return [texts[value] for value in values]


def _refuse(column: Column, values: Iterable[Any]) -> None:
    if isinstance(column, models.FloatField):
        if any(isinstance(number, float) and not isfinite(number) for number in values):
            raise _unstorable(column, "a number that is not finite")
    elif isinstance(column, models.JSONField | models.CharField | models.TextField):
        everything = "\n".join(str(value) for value in values if value)
        json_has_one = "\\u0000" in everything and _NUL_IN_JSON.search(everything)
        if json_has_one if isinstance(column, models.JSONField) else "\0" in everything:
            raise _unstorable(column, "a NUL character")


def _unstorable(column: Column, what: str) -> DataError:
    return DataError(
        f"{column.model.__name__}.{column.attname}: {what} cannot be stored; "
        "take it out before the upsert"
    )
