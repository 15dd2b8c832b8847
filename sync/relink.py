"""Relations that could not be made when their row was loaded, and can be made now.

A student whose user came with another listing, a rubric that a later page brought, the assignment
of a quiz: the row kept the parent's Canvas id, and this is where it becomes a foreign key.
"""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from canvas.models import MirroredRow
from canvas.models.upsert import Fate
from sync.changes import Changed, arecord_changes
from sync.course_rows import live_rows
from sync.load import Target
from sync.models import Change
from sync.tables import TABLES, Link, Table
from sync.transform.rows import Ref

_SIZE = 500


async def relink(course: int, target: Target) -> None:
    """Every live row of the course; one transaction per 500 rows that wait for a parent.

    A row that was seen in this run and gets a relation here counts as updated.
    """
    for table in TABLES:
        for link in table.links:
            if link.held_in or link.keep_as:
                waiting = _waiting(table, link, course, target)
                pks = [row["pk"] async for row in waiting.values("pk").aiterator()]
                for start in range(0, len(pks), _SIZE):
                    await _relink(table, link, pks[start : start + _SIZE], target)


def _waiting(table: Table, link: Link, course: int, target: Target) -> QuerySet[Any]:
    names_parent = (
        {f"{link.held_in}__isnull": False} if link.held_in else {"extra__has_key": link.keep_as}
    )
    rows = live_rows(table, course, integration=target.integration).filter(table.only)
    return rows.filter(**{f"{link.relation}__isnull": True}, **names_parent)


async def _relink(table: Table, link: Link, pks: list[int], target: Target) -> None:
    column = f"{link.relation}_id"
    async with transaction.atomic():
        rows = [row async for row in table.model.objects.select_for_update().filter(pk__in=pks)]
        refs = {row.pk: ref for row in rows if (ref := _parent_named(row, link)) is not None}
        parents = await sync_to_async(target.links.resolve)(link, list(refs.values()))
        found = [row for row in rows if refs.get(row.pk) in parents]
        for row in found:
            setattr(row, column, parents[refs[row.pk]])
            row.extra.pop(link.keep_as, None)
            row.changed_at = timezone.now()
        await table.model.objects.abulk_update(found, [link.relation, "extra", "changed_at"])
        changes = [
            Changed(
                resource=table.reported_as,
                row_id=row.pk,
                canvas_id=str(row.canvas_id),
                kind=Change.Kind.UPDATED,
                fields=[column],
            )
            for row in found
        ]
        await arecord_changes(changes, run=target.run)
    fates = target.census.of(table.name).fates
    fates |= {row.pk: max(Fate.UPDATED, fates[row.pk]) for row in found if row.pk in fates}


def _parent_named(row: MirroredRow, link: Link) -> Ref | None:
    """The Canvas id of the parent, as the row kept it."""
    ref = getattr(row, link.held_in) if link.held_in else row.extra.get(link.keep_as)
    return ref if isinstance(ref, int | str) else None
