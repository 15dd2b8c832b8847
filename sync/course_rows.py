"""The rows of one course in one table."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from sync.tables import Table


def live_rows(table: Table, course: int, *, integration: int) -> QuerySet[Any]:
    """Rows that Canvas still lists, those made here left out. `course` is Canvas's id of it.

    The table's rows must belong to courses (`course_path`).
    """
    path = table.model.course_path
    prefix = "" if path == "pk" else f"{path}__"
    return table.model.objects.live().filter(
        **{f"{prefix}canvas_id": course, f"{prefix}integration": integration},
        canvas_id__isnull=False,
    )
