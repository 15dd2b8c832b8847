"""The rows of one course in one table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from canvas.models import MirroredRow
from sync.tables import Table


def live_rows(table: Table, course: int, *, integration: int) -> QuerySet[Any]:
    """Rows that Canvas still lists, those made here left out. `course` is Canvas's id of it.

    The table's rows must belong to courses (`course_path`).
    """
    rows = rows_of(table.model, course, integration=integration)
    return rows.filter(deleted_at__isnull=True, canvas_id__isnull=False)


def rows_of(model: type[MirroredRow], course: int, *, integration: int) -> QuerySet[Any]:
    """Every row, those that have ended and those made here too. `course` is Canvas's id of it."""
    path = model.course_path
    prefix = "" if path == "pk" else f"{path}__"
    return model.objects.filter(
        **{f"{prefix}canvas_id": course, f"{prefix}integration": integration}
    )


def read_through(rows: QuerySet[Any], size: int) -> Iterator[Any]:
    """Each of `rows`; `size` of them are held, and no cursor is opened for fewer. Blocks."""
    few = list(rows[:size])
    return iter(few) if len(few) < size else rows.iterator(chunk_size=size)
