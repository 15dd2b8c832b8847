"""One batch into the database in one transaction: parents → ids, upsert, rejects, checkpoint.

The transaction runs in one hop to the database thread and holds no await: either the batch is
there with its checkpoint, or nothing of it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.db import DatabaseError, DataError, IntegrityError, transaction
from django.utils import timezone

from canvas.models import MirroredRow
from canvas.models.stored import key_columns
from canvas.models.upsert import Fate, Outcome, upsert
from sync.batch import Batch, Rejected
from sync.census import Census
from sync.links import LinkIndex
from sync.models import Checkpoint, Reject
from sync.sweep import sweep
from sync.tables import TABLES, Link, Table
from sync.transform.rows import Ref, Row


@dataclass(slots=True, kw_only=True)
class Target:
    """Where batches go. `run` is None in a rehearsal, whose ledger nobody keeps."""

    integration: int
    run: int | None
    census: Census = field(default_factory=Census)
    began_at: dt.datetime = field(default_factory=timezone.now)
    links: LinkIndex = field(init=False)

    def __post_init__(self) -> None:
        self.links = LinkIndex(self.integration)


@dataclass(slots=True, kw_only=True)
class Placed:
    """A row with its parents resolved.

    `first` are columns for the case that the row is new, `outdated` the keys of `extra` that a
    resolved relation makes obsolete.
    """

    row: Row
    values: dict[str, Any]
    first: dict[str, Any]
    outdated: list[str]


@dataclass(slots=True, kw_only=True)
class Written:
    """What one batch came to, counted only after its transaction ended well.

    `unsure` is child table → parents of which a child was refused: it is listed all the same.
    """

    fates: dict[str, dict[int, Fate]] = field(default_factory=dict)
    unsure: dict[str, set[int]] = field(default_factory=dict)
    missing: dict[str, list[int]] = field(default_factory=dict)
    rejects: list[Rejected] = field(default_factory=list)


def write_batch(batch: Batch, target: Target) -> None:
    """Store the batch and count it. Blocks; call it in the database thread."""
    written = Written(rejects=list(batch.rejects))
    try:
        with transaction.atomic():
            _write_tables(batch, target, written)
            _write_ledger(batch, target, written)
    except BaseException:
        target.links.forget()
        raise
    _count(written, target.census)


def _write_tables(batch: Batch, target: Target, written: Written) -> None:
    rows_of: dict[str, list[Row]] = {}
    for row in batch.rows:
        rows_of.setdefault(row.table, []).append(row)
    placed: dict[str, list[tuple[Placed, int]]] = {}
    for table in TABLES:
        if rows := rows_of.get(table.name):
            ready = list(_place(table, rows, target, batch.source, written))
            placed[table.name] = _store(table, ready, batch.source, written)
    written.missing = sweep(placed, unsure=written.unsure)


def _place(
    table: Table, rows: list[Row], target: Target, source: str, written: Written
) -> Iterator[Placed]:
    """Rows with relations as primary keys; a row whose required parent is missing is set aside."""
    parents = {
        link.relation: target.links.resolve(link, _named(rows, link.relation))
        for link in table.links
    }
    for row in rows:
        values = dict(row.values, canvas_id=row.key, integration_id=target.integration)
        missing = _relate(table, row.links, parents, values)
        if missing:
            reason = f"its {missing} is not in the mirror"
            written.rejects.append(_rejected(source, table, row, reason))
            continue
        first = dict(row.first_values)
        _relate(table, row.first_links, parents, first)
        yield Placed(row=row, values=values, first=first, outdated=_outdated(table, values))


def _outdated(table: Table, values: dict[str, Any]) -> list[str]:
    resolved = (link for link in table.links if values.get(f"{link.relation}_id") is not None)
    return [link.keep_as for link in resolved if link.keep_as]


def _named(rows: Iterable[Row], relation: str) -> list[Ref]:
    named = (row.links.get(relation, row.first_links.get(relation)) for row in rows)
    return [ref for ref in named if ref is not None]


def _relate(
    table: Table,
    links: dict[str, Ref | None],
    parents: dict[str, dict[Ref, int]],
    values: dict[str, Any],
) -> str:
    """Put primary keys into `values`; the relation that is required and missing, or ""."""
    for link in table.links:
        if link.relation not in links:
            continue
        ref = links[link.relation]
        pk = None if ref is None else parents[link.relation].get(ref)
        if pk is None and link.required:
            return link.relation
        values[f"{link.relation}_id"] = pk
        _keep_unresolved(link, ref, pk, values)
    return ""


def _keep_unresolved(link: Link, ref: Ref | None, pk: int | None, values: dict[str, Any]) -> None:
    """Nothing Canvas sent is dropped: an id that leads nowhere yet stays readable."""
    if link.keep_as and ref is not None and pk is None and "extra" in values:
        values["extra"] = values["extra"] | {link.keep_as: ref}


def _store(
    table: Table, placed: list[Placed], source: str, written: Written
) -> list[tuple[Placed, int]]:
    """Upsert; where the database refuses a value, halve until the one record is found."""
    try:
        with transaction.atomic():
            outcome = _upsert(table.model, placed)
    except (DatabaseError, OverflowError, ValueError) as error:
        if not _is_about_a_value(error):
            raise
        if len(placed) == 1:
            _set_aside(table, placed[0], error, source=source, written=written)
            return []
        middle = len(placed) // 2
        return [
            *_store(table, placed[:middle], source, written),
            *_store(table, placed[middle:], source, written),
        ]
    fates = written.fates.setdefault(table.name, {})
    for key, pk in outcome.ids.items():
        fates[pk] = max(outcome.fates[key], fates.get(pk, Fate.UNCHANGED))
    names = key_columns(table.model)
    return [(one, outcome.ids[tuple(one.values[n] for n in names)]) for one in placed]


def _is_about_a_value(error: Exception) -> bool:
    """PostgreSQL's class 54, such as an index entry too large, comes as an operational error."""
    if isinstance(error, DatabaseError) and not isinstance(error, DataError | IntegrityError):
        return str(getattr(error.__cause__, "sqlstate", "")).startswith("54")
    return True


def _set_aside(
    table: Table, placed: Placed, error: Exception, *, source: str, written: Written
) -> None:
    reason = f"the database refuses it: {type(error).__name__}"
    written.rejects.append(_rejected(source, table, placed.row, reason))
    if table.parent:
        parents = written.unsure.setdefault(table.name, set())
        parents.add(placed.values[f"{table.parent}_id"])


def _upsert(model: type[MirroredRow], placed: list[Placed]) -> Outcome:
    names = key_columns(model)
    keyed = [(tuple(one.values[n] for n in names), one) for one in placed]
    return upsert(
        model,
        [one.values for one in placed],
        initial={key: one.first for key, one in keyed if one.first},
        outdated={key: one.outdated for key, one in keyed if one.outdated},
    )


def _rejected(source: str, table: Table, row: Row, reason: str) -> Rejected:
    return Rejected(source=source, table=table.name, canvas_id=str(row.key)[:100], reason=reason)


def _write_ledger(batch: Batch, target: Target, written: Written) -> None:
    if target.run is None:
        return
    Reject.objects.bulk_create(
        Reject(
            run_id=target.run,
            source=reject.source,
            table=reject.table,
            canvas_id=reject.canvas_id,
            reason=reject.reason,
        )
        for reject in written.rejects
    )
    by_parent = sorted(batch.progress, key=lambda page: page.scope.parent or 0)
    for parent, pages in groupby(by_parent, key=lambda page: page.scope.parent or 0):
        last = max(pages, key=lambda page: page.pages)
        Checkpoint.objects.update_or_create(
            run_id=target.run,
            source=batch.source,
            parent=parent,
            defaults={
                "pages": last.pages,
                "records": last.records,
                "next_url": last.next_url,
                "stored_at": timezone.now(),
            },
        )


def _count(written: Written, census: Census) -> None:
    for table, fates in written.fates.items():
        census.of(table).add(fates)
    for table, missing in written.missing.items():
        census.of(table).missing.update(missing)
    for reject in written.rejects:
        census.of(reject.table).set_aside.append(reject.canvas_id)
