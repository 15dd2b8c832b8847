"""Relations that could not be made when their row was loaded, and can be made now.

A student whose user came with another listing, a rubric that a later page brought, the assignment
of a quiz: the row kept the parent's Canvas id, and this is where it becomes a foreign key.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from itertools import islice
from operator import or_
from typing import Any

from asgiref.sync import sync_to_async
from django.db.models import Q
from django.utils import timezone

from canvas.models import MirroredRow
from canvas.models.upsert import Fate
from sync.changes import Changed, record_changes
from sync.course_rows import live_rows, read_through
from sync.crashpoints import crashpoint
from sync.fence import fenced
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
    for table, link, found in await sync_to_async(_with_a_parent_now)(course, target):
        pks = iter(found)
        while part := list(islice(pks, _SIZE)):
            async with fenced(target.fence):
                linked = await sync_to_async(_relink)(table, link, part, target)
                crashpoint("relink.before_commit")
            crashpoint("relink.after_commit")
            tally = target.census.of(table.name)
            tally.add({pk: Fate.UPDATED for pk in linked if pk in tally.seen})


def _with_a_parent_now(course: int, target: Target) -> list[tuple[Table, Link, RowSet]]:
    """Nothing is locked, and little held, for the many rows whose parent is never to be had."""
    found: list[tuple[Table, Link, RowSet]] = []
    for table in TABLES:
        by_link = {link: RowSet() for link in table.links if _may_wait(link, table)}
        for link, pks in _waiting(table, tuple(by_link), course, target):
            by_link[link].update(pks)
        found += [(table, link, pks) for link, pks in by_link.items() if pks]
    return found


def _may_wait(link: Link, table: Table) -> bool:
    """A row without the relation to its course is none of the course's."""
    return bool(link.held_in or link.keep_as) and link.relation != table.model.course_path


def _waiting(
    table: Table, links: tuple[Link, ...], course: int, target: Target
) -> Iterator[tuple[Link, list[int]]]:
    """Of each relation the rows whose parent is in the mirror, some at a time."""
    if not links:
        return
    columns = {column for link in links for column in (f"{link.relation}_id", _held(link))}
    rows = live_rows(table, course, integration=target.integration).filter(table.only)
    waiting = rows.filter(reduce(or_, map(_names_a_parent, links))).values("pk", *columns)
    records = read_through(waiting, _READ_SIZE)
    while part := list(islice(records, _READ_SIZE)):
        for link in links:
            refs = _without(link, part)
            parents = target.links.resolve(link, set(refs.values())) if refs else {}
            yield link, [pk for pk, ref in refs.items() if ref in parents]


def _without(link: Link, rows: list[dict[str, Any]]) -> dict[int, Ref]:
    """Those of the rows that name a parent and do not have it: primary key → what names it."""
    unlinked = (row for row in rows if row[f"{link.relation}_id"] is None)
    return {row["pk"]: ref for row in unlinked if isinstance(ref := row[_held(link)], int | str)}


def _held(link: Link) -> str:
    return link.held_in or f"extra__{link.keep_as}"


def _names_a_parent(link: Link) -> Q:
    named = {f"{_held(link)}__isnull": False} if link.held_in else {"extra__has_key": link.keep_as}
    return Q(**{f"{link.relation}__isnull": True}, **named)


def _relink(table: Table, link: Link, pks: list[int], target: Target) -> list[int]:
    """Primary keys of those that have their parent now."""
    column = f"{link.relation}_id"
    waiting = table.model.objects.filter(pk__in=pks, **{f"{link.relation}__isnull": True})
    rows = list(waiting.select_for_update().order_by("pk"))
    refs = {row.pk: ref for row in rows if (ref := _parent_named(row, link)) is not None}
    parents = target.links.resolve(link, list(refs.values()))
    found = [row for row in rows if refs.get(row.pk) in parents]
    for row in found:
        setattr(row, column, parents[refs[row.pk]])
        row.extra.pop(link.keep_as, None)
        row.changed_at = timezone.now()
        row.content_hash = ""  # it was made of another row: the next answer is compared in full
    columns = [link.relation, "extra", "changed_at", "content_hash"]
    table.model.objects.bulk_update(found, columns)
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
    record_changes(changes, run=target.run)
    return [row.pk for row in found]


def _parent_named(row: MirroredRow, link: Link) -> Ref | None:
    """The Canvas id of the parent, as the row kept it."""
    ref = getattr(row, link.held_in) if link.held_in else row.extra.get(link.keep_as)
    return ref if isinstance(ref, int | str) else None
