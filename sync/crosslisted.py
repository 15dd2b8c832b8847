"""Rows that Canvas has moved to another course keep their key and history there (trap 28)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from canvas.models import CanvasCourse
from sync.changes import Changed, record_changes
from sync.models import Change
from sync.tables import Table
from sync.target import Target


def move(table: Table, homes: Mapping[int, int], target: Target) -> set[int]:
    """Give rows (primary key → Canvas id of their course) to that course.

    Returns those whose course is not in the mirror. Call it in a transaction. Blocks.
    """
    courses = CanvasCourse.objects.filter(
        integration=target.integration, canvas_id__in=set(homes.values())
    )
    keys = {row["canvas_id"]: row["pk"] for row in courses.values("canvas_id", "pk")}
    moving = sorted(pk for pk, course in homes.items() if course in keys)
    live: QuerySet[Any] = table.model.objects.live().filter(pk__in=moving)
    rows = list(live.select_for_update().order_by("pk"))
    for row in rows:
        live.filter(pk=row.pk).update(
            course=keys[homes[row.pk]], changed_at=timezone.now(), **_not_comparable(table)
        )
    record_changes(
        [
            Changed(
                resource=table.reported_as,
                row_id=row.pk,
                canvas_id=str(row.canvas_id),
                kind=Change.Kind.UPDATED,
                fields=["course_id"],
            )
            for row in rows
        ],
        run=target.run,
    )
    return homes.keys() - set(moving)


def _not_comparable(table: Table) -> dict[str, Any]:
    """The stored hashes are of a row in another course: the next answer is compared in full."""
    hashes = ("content_hash", "payload_hash")
    names = {column.name for column in table.model._meta.get_fields()}
    return dict.fromkeys(names.intersection(hashes), "")
