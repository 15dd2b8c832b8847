"""What can be done for a batch while others are stored: foreign keys, hashes, text for COPY.

Reads what is committed and writes nothing.
"""

from __future__ import annotations

from contextlib import suppress

from django.db import DataError

from canvas.models.upsert import Fresh, prepare_insert
from sync.batch import Batch
from sync.place import place_sheet
from sync.tables import BY_NAME
from sync.target import Target
from sync.transform.sheet import Sheet


def prepare(batch: Batch, target: Target) -> list[Fresh | None]:
    """What can be inserted of the sheets at once. Blocks.

    None of what is listed in other records: its parents are not stored yet.
    """
    return [None if sheet.is_listed else prepared(sheet, target) for sheet in batch.sheets]


def prepared(sheet: Sheet, target: Target) -> Fresh | None:
    """None where the sheet must go row by row. Blocks."""
    table = BY_NAME[sheet.table]
    columns = place_sheet(table, sheet, integration=target.integration, links=target.links)
    if columns is None:
        return None
    with suppress(DataError, OverflowError, ValueError):  # then one by one, to find the culprit
        return prepare_insert(table.model, columns)
    return None
