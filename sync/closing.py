"""Tombstones for what a complete reading no longer has, and for its children.

A deletion needs proof: every source that could have listed the row was read to its last page
without an error, and no record that was set aside may have been the row. A large drop is held until
a person accepts it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from sync.changes import Changed, arecord_changes
from sync.course_rows import live_rows
from sync.load import Target
from sync.models import Change
from sync.proof import Proofs
from sync.sweep import tombstone
from sync.tables import CLOSING, Table

# More than this share of a listing and more than this many rows (promise R13).
_HOLD_SHARE = 0.30
_HOLD_ROWS = 20
_READ_SIZE = 2000
_CANVAS_ID = re.compile(r"-?\d{1,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Deletions that wait for a person."""

    resource: str
    missing: int
    live: int


async def close_tables(
    course: int, proofs: Proofs, target: Target, *, accept_deletes: bool
) -> list[Held]:
    """Tombstone what is gone: rows that proven sources no longer list, children likewise.

    `course` is Canvas's id, `proofs` has the sources that were read completely. One transaction
    per table. Returns what was held.
    """
    held: list[Held] = []
    for table in CLOSING:
        if not (table.proved_by or table.parent):
            continue  # no course owns it
        async with transaction.atomic():
            live, missing = await _gone(table, course, proofs, target)
            if _is_large(len(missing), live) and not accept_deletes:
                held.append(Held(resource=table.reported_as, missing=len(missing), live=live))
                missing = []
            orphans = await _orphans(table, course, target) if table.parent else []
            ended = await _end(table, [*dict.fromkeys([*missing, *orphans])], target)
        target.census.of(table.name).deleted += ended
    return held


async def _end(table: Table, pks: list[int], target: Target) -> int:
    if not pks:
        return 0
    ended = await tombstone(table.model, pks, read_at=target.read_since)
    await arecord_changes(
        (
            Changed(
                resource=table.reported_as,
                row_id=pk,
                canvas_id=canvas_id,
                kind=Change.Kind.DELETED,
            )
            for pk, canvas_id in ended.items()
        ),
        run=target.run,
    )
    return len(ended)


async def _gone(table: Table, course: int, proofs: Proofs, target: Target) -> tuple[int, list[int]]:
    """How many rows a listing could have had, and which of them it did not have."""
    listable = _live(table, course, target).filter(table.only)
    tally = target.census.of(table.name)
    if table.proved_by and set(table.proved_by) <= set(proofs):
        if table.hidden is not None:
            listable = listable.exclude(pk__in=_hidden(table, course, target))
        return await listable.acount(), await _missing(table, listable, target)
    missing = [pk for pk in tally.missing if pk not in tally.seen]
    if not missing:
        return await listable.acount(), []
    known = set(await _pks(_known_before(listable, target)))
    return await listable.acount(), [pk for pk in missing if pk in known]


def _is_large(missing: int, live: int) -> bool:
    return missing > _HOLD_ROWS and missing > live * _HOLD_SHARE


def _known_before(rows: QuerySet[Any], target: Target) -> QuerySet[Any]:
    """Without rows that somebody else stored since: our older reading says nothing of them."""
    return rows.filter(changed_at__lt=target.began_at)


async def _missing(table: Table, listable: QuerySet[Any], target: Target) -> list[int]:
    """Rows no listing had; a record set aside without a readable id could be any of them."""
    tally = target.census.of(table.name)
    unreadable = [_number(identity) for identity in tally.set_aside]
    if None in unreadable:
        return []
    candidates = _known_before(listable, target).exclude(canvas_id__in=unreadable)
    if table.listed_by is None:
        return [pk for pk in await _pks(candidates) if pk not in tally.seen]
    relation, parents = table.listed_by
    listed = target.census.of(parents).seen
    rows = candidates.values("pk", parent=F(relation), parent_ended=F(f"{relation}__deleted_at"))
    return [
        row["pk"]
        async for row in rows.aiterator(chunk_size=_READ_SIZE)
        # A parent that is alive and was not seen has not been asked for its rows.
        if row["pk"] not in tally.seen
        and (row["parent"] in listed or row["parent_ended"] is not None)
    ]


def _number(identity: str | None) -> int | None:
    return int(identity) if identity and _CANVAS_ID.fullmatch(identity) else None


async def _pks(rows: QuerySet[Any]) -> list[int]:
    return [row["pk"] async for row in rows.values("pk").aiterator(chunk_size=_READ_SIZE)]


async def _orphans(table: Table, course: int, target: Target) -> list[int]:
    """Rows whose parent is no longer listed end with it; they are revived when it comes back."""
    orphans = (
        _live(table, course, target)
        .filter(table.only)
        .filter(**{f"{table.parent}__deleted_at__isnull": False})
    )
    return await _pks(orphans)


def _live(table: Table, course: int, target: Target) -> QuerySet[Any]:
    return live_rows(table, course, integration=target.integration)


def _hidden(table: Table, course: int, target: Target) -> QuerySet[Any]:
    return _live(table, course, target).filter(table.hidden).values("pk")
