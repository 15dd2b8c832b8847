"""Rows that are all new, column by column: what a first load consists of.

The quick way for the simple case. Whoever finds that it is none calls `upsert`, which writes the
same rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.db import connections, router, transaction
from django.utils import timezone

from canvas.models.stored import key_columns
from canvas.models.upsert.call import lock
from canvas.models.upsert.comparing import content_hashes
from canvas.models.upsert.decision import Fresh, KeyTakenError, columns_to_write
from canvas.models.upsert.values import cells_of, filled
from canvas.models.upsert.writers import inserter_for

if TYPE_CHECKING:  # models are made of what is made of this
    from canvas.models.mirrored import MirroredRow


def insert(
    model: type[MirroredRow], columns: Mapping[str, Sequence[Any]], *, using: str | None = None
) -> list[int] | None:
    """Create the rows and return their primary keys in the same order.

    Shape: `columns` is column name → values, at least one and as many of each, relations as `…_id`;
    the key columns are among them and have no nulls. None, and nothing is written, when the table
    has one of the rows already, be it as a tombstone, when two of them are the same, or when the
    database has no quick way.

    As safe beside other writers as `upsert`, and raises what it raises.
    """
    fresh = prepare_insert(model, columns, using=using)
    return None if fresh is None else insert_prepared(fresh)


def prepare_insert(
    model: type[MirroredRow], columns: Mapping[str, Sequence[Any]], *, using: str | None = None
) -> Fresh | None:
    """All of `insert` that needs no database: to be done outside of the transaction."""
    alias = using or router.db_for_write(model)
    inserter = inserter_for(alias)
    keys = list(zip(*(columns[name] for name in key_columns(model)), strict=True))
    if inserter is None or len(set(keys)) < len(keys):
        return None
    values = {**columns, "content_hash": content_hashes(model, columns)}
    fields = columns_to_write(model, values)
    fields = [field for field in fields if field.attname not in Fresh.STAMPED]
    cells = cells_of(fields, filled(fields, values, count=len(keys)), connections[alias])
    return Fresh(
        model=model,
        alias=alias,
        columns=fields,
        keys=keys,
        integrations=frozenset(columns.get("integration_id", ())),
        rows=inserter.as_rows(cells),
    )


def _stamp(fresh: Fresh) -> tuple[Any, ...]:
    """For each of `Fresh.STAMPED` the time at which the rows come to be, as the database takes it.

    Not when they were prepared: whoever asks for what changed since then may have passed it.
    """
    now = [timezone.now()]
    cells = cells_of(fresh.stamped, [now for _ in fresh.stamped], connections[fresh.alias])
    return tuple(value for (value,) in cells)


def insert_prepared(fresh: Fresh) -> list[int] | None:
    """The rest of `insert`."""
    inserter = inserter_for(fresh.alias)
    assert inserter is not None
    with suppress(KeyTakenError), transaction.atomic(using=fresh.alias):
        lock(fresh.model, fresh.integrations, fresh.alias)
        return inserter.insert(fresh, stamp=_stamp(fresh))
    return None
