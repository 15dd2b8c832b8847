"""After the listings: tombstones for what a complete reading no longer has, and its children.

A deletion needs proof: every source that could have listed the row was read to its last page
without an error, and no record that was set aside may have been the row. A large drop is held until
a person accepts it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from sync.load import Target
from sync.sweep import tombstone
from sync.tables import CLOSING, Table

# More than this share of a listing and more than this many rows (promise R13).
_HOLD_SHARE = 0.30
_HOLD_ROWS = 20
_CANVAS_ID = re.compile(r"-?\d{1,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Deletions that wait for a person."""

    resource: str
    missing: int
    live: int


def close_tables(
    course: int, proven: Collection[str], target: Target, *, accept_deletes: bool
) -> list[Held]:
    """Tombstone what is gone: rows that `proven` sources no longer list, children likewise.

    `course` is Canvas's id, `proven` names the sources that were read completely. Blocks; one
    transaction per table. Returns what was held.
    """
    held: list[Held] = []
    for table in CLOSING:
        if not (table.proved_by or table.parent):
            continue  # no course owns it
        with transaction.atomic():
            live, missing = _gone(table, course, proven, target)
            if _is_large(len(missing), live) and not accept_deletes:
                held.append(Held(resource=table.reported_as, missing=len(missing), live=live))
                missing = []
            orphans = _orphans(table, course, target) if table.parent else []
            ended = tombstone(table.model, [*dict.fromkeys([*missing, *orphans])])
            target.census.of(table.name).deleted += ended
    return held


def _gone(
    table: Table, course: int, proven: Collection[str], target: Target
) -> tuple[int, list[int]]:
    """How many rows a listing could have had, and which of them it did not have."""
    listable = _live(table, course, target).filter(table.only)
    tally = target.census.of(table.name)
    if table.proved_by and set(table.proved_by) <= set(proven):
        if table.hidden is not None:
            listable = listable.exclude(pk__in=_hidden(table, course, target))
        return listable.count(), _missing(table, listable, target)
    known = set(_known_before(listable, target).values_list("pk", flat=True))
    return listable.count(), sorted(known & tally.missing - tally.fates.keys())


def _is_large(missing: int, live: int) -> bool:
    return missing > _HOLD_ROWS and missing > live * _HOLD_SHARE


def _known_before(rows: QuerySet[Any], target: Target) -> QuerySet[Any]:
    """Without rows that somebody else stored since: our older reading says nothing of them."""
    return rows.filter(changed_at__lt=target.began_at)


def _missing(table: Table, listable: QuerySet[Any], target: Target) -> list[int]:
    """Rows no listing had; a record set aside without a readable id could be any of them."""
    tally = target.census.of(table.name)
    unreadable = [_number(identity) for identity in tally.set_aside]
    if None in unreadable:
        return []
    candidates = _known_before(listable, target).exclude(canvas_id__in=unreadable)
    if table.listed_by is None:
        return [pk for pk in candidates.values_list("pk", flat=True) if pk not in tally.fates]
    relation, parents = table.listed_by
    listed = target.census.of(parents).fates
    rows = candidates.values_list("pk", f"{relation}_id", f"{relation}__deleted_at")
    return [
        pk
        for pk, parent, parent_ended in rows
        # A parent that is alive and was not seen has not been asked for its rows.
        if pk not in tally.fates and (parent in listed or parent_ended is not None)
    ]


def _number(identity: str | None) -> int | None:
    return int(identity) if identity and _CANVAS_ID.fullmatch(identity) else None


def _orphans(table: Table, course: int, target: Target) -> list[int]:
    """Rows whose parent is no longer listed end with it; they are revived when it comes back."""
    orphans = (
        _live(table, course, target)
        .filter(table.only)
        .filter(**{f"{table.parent}__deleted_at__isnull": False})
    )
    return list(orphans.values_list("pk", flat=True))


def _live(table: Table, course: int, target: Target) -> QuerySet[Any]:
    path = table.model.course_path
    return table.model._default_manager.filter(
        **{f"{path}__canvas_id": course, f"{path}__integration": target.integration},
        deleted_at__isnull=True,
        canvas_id__isnull=False,
    )


def _hidden(table: Table, course: int, target: Target) -> QuerySet[Any]:
    return _live(table, course, target).filter(table.hidden).values("pk")
