"""All tables of ours at once: emptied, read, and filled again with what was read."""

from __future__ import annotations

from itertools import chain
from typing import Any, TypeAlias

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction

Rows: TypeAlias = dict[str, list[tuple[Any, ...]]]
_APPS = ("canvas", "sync")


def empty_database() -> None:
    """No row in any table of ours. TRUNCATE takes longer than the few rows of a story are worth."""
    with transaction.atomic(), connection.cursor() as cursor:
        for name in reversed(_names()):
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(name)}")


def all_rows() -> Rows:
    """Every column of every row, by table, as the database has it."""
    with connection.cursor() as cursor:
        found = {}
        for name in _names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)}")
            found[name] = sorted(cursor.fetchall(), key=str)
    return found


def fill(rows: Rows) -> None:
    """Put rows into tables that are empty; keys made from now on follow theirs."""
    with transaction.atomic(), connection.cursor() as cursor:
        for name, values in rows.items():
            if values:
                marks = ", ".join(["%s"] * len(values[0]))
                table = connection.ops.quote_name(name)
                cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", values)
        for command in connection.ops.sequence_reset_sql(no_style(), _models()):
            cursor.execute(command)


def _models() -> list[Any]:
    return list(chain(*(apps.get_app_config(label).get_models() for label in _APPS)))


def _names() -> list[str]:
    return [model._meta.db_table for model in _models()]
