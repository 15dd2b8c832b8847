"""The statement both databases share: insert, or replace the row that has the key already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from canvas.models.stored import key_columns
from canvas.models.upsert.decision import Fresh, Writing
from canvas.models.upsert.reading import Column

# Set when the row is created, and never again.
_ONCE = frozenset({"first_seen_at"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The quoted parts of a statement for one writing. `on_conflict` also meets rows which someone
    else put there since they were looked for."""

    table: str
    columns: str
    keys: str
    on_conflict: str


def words(writing: Writing | Fresh, connection: Any) -> Words:
    quote = connection.ops.quote_name
    by_name = {column.name: column.column for column in writing.written}
    keys = ", ".join(quote(by_name[name]) for name in writing.model.canvas_key)
    replaced = (quote(column.column) for column in updated_columns(writing))
    assignments = ", ".join(f"{name} = excluded.{name}" for name in replaced)
    return Words(
        table=quote(writing.model._meta.db_table),
        columns=", ".join(quote(column.column) for column in writing.written),
        keys=keys,
        on_conflict=f"ON CONFLICT ({keys}) DO UPDATE SET {assignments}",
    )


def updated_columns(writing: Writing | Fresh) -> list[Column]:
    """What a row that is there already gets new values for."""
    kept = {*key_columns(writing.model), *_ONCE}
    return [column for column in writing.written if column.attname not in kept]


def placeholders(writing: Writing | Fresh) -> str:
    return f"({', '.join(['%s'] * len(writing.written))})"
