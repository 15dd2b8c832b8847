"""Relations that could not be made when their row was loaded, and can be made now.

A student whose user came with another listing, a rubric that a later page brought, the assignment
of a quiz: the row kept the parent's Canvas id, and this is where it becomes a foreign key.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from canvas.models import MirroredRow
from canvas.models.upsert import Fate
from sync.changes import Changed, arecord_changes
from sync.course_rows import live_rows
from sync.crashpoints import crashpoint
from sync.models import Change
from sync.rowset import RowSet
from sync.tables import TABLES, Link, Table
from sync.target import Target
from sync.transform.rows import Ref

_SIZE = 500
_READ_SIZE = 2000


async def relink(course: int, target: Target) -> None:
    """Every live row of the course; one transaction per 500 rows that get a parent.

    A row that was seen in this run and gets a relation here counts as updated.
    """
    for table in TABLES:
        for link in table.links:
            if link.held_in or link.keep_as:
                pks = iter(await _with_a_parent_now(table, link, course, target))
                while part := list(islice(pks, _SIZE)):
                    await _relink(table, link, part, target)


async def _with_a_parent_now(table: Table, link: Link, course: int, target: Target) -> RowSet:
    """Nothing is locked, and little held, for the many rows whose parent is never to be had."""
    held = link.held_in or f"extra__{link.keep_as}"
    rows = _waiting(table, link, course, target).values("pk", held)
    found, refs = RowSet(), dict[int, Ref]()
    async for row in rows.aiterator(chunk_size=_READ_SIZE):
        if isinstance(row[held], int | str):
            refs[row["pk"]] = row[held]
        if len(refs) == _READ_SIZE:
            found.update(await _found(link, refs, target))
            refs = {}
    found.update(await _found(link, refs, target))
    return found


async def _found(link: Link, refs: dict[int, Ref], target: Target) -> list[int]:
    """Those of the rows (primary key → what names the parent) whose parent is in the mirror."""
    parents = await sync_to_async(target.links.resolve)(link, set(refs.values()))
    return [pk for pk, ref in refs.items() if ref in parents]


def _waiting(table: Table, link: Link, course: int, target: Target) -> QuerySet[Any]:
    names_parent = (
        {f"{link.held_in}__isnull": False} if link.held_in else {"extra__has_key": link.keep_as}
    )
    rows = live_rows(table, course, integration=target.integration).filter(table.only)
    return rows.filter(**{f"{link.relation}__isnull": True}, **names_parent)


async def _relink(table: Table, link: Link, pks: list[int], target: Target) -> None:
    column = f"{link.relation}_id"
    async with transaction.atomic():
        waiting = table.model.objects.filter(pk__in=pks, **{f"{link.relation}__isnull": True})
        rows = [row async for row in waiting.select_for_update().order_by("pk")]
        refs = {row.pk: ref for row in rows if (ref := _parent_named(row, link)) is not None}
        parents = await sync_to_async(target.links.resolve)(link, list(refs.values()))
        found = [row for row in rows if refs.get(row.pk) in parents]
        for row in found:
            setattr(row, column, parents[refs[row.pk]])
            row.extra.pop(link.keep_as, None)
            row.changed_at = timezone.now()
            row.content_hash = ""  # it was made of another row: the next answer is compared in full
        columns = [link.relation, "extra", "changed_at", "content_hash"]
        await table.model.objects.abulk_update(found, columns)
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
        crashpoint("relink.before_commit")
    crashpoint("relink.after_commit")
    tally = target.census.of(table.name)
    tally.add({row.pk: Fate.UPDATED for row in found if row.pk in tally.seen})


def _parent_named(row: MirroredRow, link: Link) -> Ref | None:
    """The Canvas id of the parent, as the row kept it."""
    ref = getattr(row, link.held_in) if link.held_in else row.extra.get(link.keep_as)
    return ref if isinstance(ref, int | str) else None
