"""Rows that are all new, column by column: what a first load consists of.

The quick way for the simple case. Whoever finds that it is none calls `upsert`, which writes the
same rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import connections, router, transaction
from django.utils import timezone

from canvas.models.stored import key_columns, read_hashes
from canvas.models.upsert.call import lock
from canvas.models.upsert.comparing import content_hashes
from canvas.models.upsert.decision import Fresh, columns_to_write
from canvas.models.upsert.values import cells_of, filled
from canvas.models.upsert.writers import writer_for

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
    alias = using or router.db_for_write(model)
    keys = list(zip(*(columns[name] for name in key_columns(model)), strict=True))
    if len(set(keys)) < len(keys):
        return None
    with transaction.atomic(using=alias):
        lock(model, columns.get("integration_id", ()), alias)
        if read_hashes(model, keys, alias):
            return None
        now = [timezone.now()] * len(keys)
        own = {"content_hash": content_hashes(model, columns)}
        values = {**columns, **own, "first_seen_at": now, "changed_at": now}
        fields = columns_to_write(model, values)
        ready = filled(fields, values, count=len(keys))
        cells = cells_of(fields, ready, connections[alias])
        fresh = Fresh(model=model, alias=alias, columns=fields, keys=keys, cells=cells)
        return writer_for(alias).insert(fresh)
