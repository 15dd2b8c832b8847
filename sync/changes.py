"""The change feed: written with the rows it is about, read back as the rows a run changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from canvas.models import MirroredRow
from canvas.models.upsert import Fate, Outcome
from sync.append import Alike, append, append_alike
from sync.models import Change, Run
from sync.tables import TABLES, Table

_READ_SIZE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What becomes a `Change`, before it is known whether its transaction commits."""

    resource: str
    row_id: int
    canvas_id: str | None
    kind: Change.Kind
    fields: list[str] = field(default_factory=list)
    values: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """Rows of one table that are new: primary keys, and Canvas ids in the same order."""

    resource: str
    row_ids: list[int]
    canvas_ids: list[int | str]


def created_of(table: Table, outcome: Outcome) -> Created:
    """What an upsert created."""
    keys = [key for key, fate in outcome.fates.items() if fate is Fate.CREATED]
    return Created(
        resource=table.reported_as,
        row_ids=[outcome.ids[key] for key in keys],
        canvas_ids=[key[-1] for key in keys],
    )


def changes_of(table: Table, outcome: Outcome) -> Iterator[Changed]:
    """One for every row an upsert updated or revived."""
    for key, fate in outcome.fates.items():
        if fate is Fate.UPDATED:
            yield Changed(
                resource=table.reported_as,
                row_id=outcome.ids[key],
                canvas_id=str(key[-1]),
                kind=Change.Kind.REVIVED if key in outcome.revived else Change.Kind.UPDATED,
                fields=list(outcome.fields.get(key, ())),
                values=_kept(outcome.values.get(key)),
            )


def _kept(values: Mapping[str, tuple[Any, Any]] | None) -> dict[str, Any] | None:
    """Old and new value of each column as JSON, times as text; None where no history is kept."""
    if not values or not settings.HISTORY_DAYS:
        return None
    return {name: [_plain(value) for value in pair] for name, pair in values.items()}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.datetime) else value


def record_changes(changes: Iterable[Changed], *, run: int | None) -> None:
    """Into the feed, in the transaction of the rows. A rehearsal has no run and no feed. Blocks."""
    now = timezone.now()
    rows = [
        (run, c.resource, c.row_id, c.canvas_id, c.kind, c.fields, c.values, now) for c in changes
    ]
    if run is not None and rows:
        append(
            Change,
            ("run", "resource", "row_id", "canvas_id", "kind", "fields", "values", "changed_at"),
            rows,
        )


def record_created(created: Iterable[Created], *, run: int | None) -> None:
    """As `record_changes`, for rows that are new. Blocks."""
    common: dict[str, Any] = {
        "run": run,
        "kind": Change.Kind.CREATED,
        "fields": [],
        "values": None,
        "changed_at": timezone.now(),
    }
    alike = [
        Alike(
            common=common | {"resource": one.resource},
            varying={"row_id": one.row_ids, "canvas_id": one.canvas_ids},
        )
        for one in created
        if one.row_ids
    ]
    if run is not None and alike:
        append_alike(Change, alike)


async def changed_rows(run: Run) -> AsyncIterator[MirroredRow]:
    """Every row the run changed, once, as it is stored now; parents before their children.

    Each has the attributes `change_kind`, a `Change.Kind`, and `changed_fields`, a list of column
    names: what all changes of the run to this row come to. A row that was deleted is among them,
    one that somebody removed from the database meanwhile is not. A few hundred rows are held.
    """
    # Page by page, no cursor stays open: whoever iterates may write, on SQLite too.
    for resource, tables in groupby(TABLES, key=lambda table: table.reported_as):
        table, last = next(tables), 0
        changes = Change.objects.filter(run=run, resource=resource).order_by("row_id", "pk")
        while pks := await _page_after(last, changes):
            last = pks[-1]
            found: dict[int, list[Change]] = {}
            async for change in changes.filter(row_id__in=pks).aiterator():
                found.setdefault(change.row_id, []).append(change)
            for row in await _rows(table, found):
                yield row


async def _page_after(last: int, changes: QuerySet[Change]) -> list[int]:
    """The next primary keys, each once."""
    pks = changes.filter(row_id__gt=last).order_by("row_id").values_list("row_id", flat=True)
    return [pk async for pk in pks.distinct()[:_READ_SIZE]]


async def _rows(table: Table, found: dict[int, list[Change]]) -> list[MirroredRow]:
    by_pk = await table.model.objects.ain_bulk(list(found))
    return [_described(by_pk[pk], changes) for pk, changes in found.items() if pk in by_pk]


def _described(row: MirroredRow, changes: list[Change]) -> MirroredRow:
    kinds = [Change.Kind(change.kind) for change in changes]
    created = Change.Kind.CREATED in kinds and kinds[-1] is not Change.Kind.DELETED
    fields = {name for change in changes for name in change.fields}
    row.__dict__["change_kind"] = Change.Kind.CREATED if created else kinds[-1]
    row.__dict__["changed_fields"] = sorted(fields)
    return row
