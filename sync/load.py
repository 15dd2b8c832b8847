"""One batch into the database in one transaction: upsert, changes, rejects, checkpoint.

The statements of a batch are one hop to the database thread: either it is there with its
checkpoint, or nothing of it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter

from asgiref.sync import sync_to_async
from django.db import DatabaseError, DataError, IntegrityError, transaction
from django.utils import timezone

from canvas.models import MirroredRow
from canvas.models.stored import key_columns
from canvas.models.upsert import Fate, Key, Outcome, upsert
from sync.batch import Batch, Rejected
from sync.census import Census
from sync.changes import (
    Changed,
    Created,
    changes_of,
    created_of,
    record_changes,
    record_created,
)
from sync.crashpoints import crashpoint
from sync.excerpt import excerpt
from sync.ledger import write_ledger
from sync.links import LinkIndex
from sync.place import Placed, place
from sync.plan import BY_NAME
from sync.sight import encode_sight
from sync.stale import AsStored, Stale, known_before, without_children_of
from sync.sweep import sweep
from sync.tables import TABLES, Table
from sync.transform.rows import Row


@dataclass(slots=True, kw_only=True)
class Target:
    """Where batches go. `run` is None in a rehearsal, whose ledger nobody keeps.

    `worker`: who carries out the run, as `Run.worker` has it. `began_at` is our clock, `read_since`
    Canvas's when it was asked for the oldest page stored. `set_aside`: rejects that an earlier
    attempt of the run has in the ledger and in the census.
    """

    integration: int
    run: int | None
    worker: str = ""
    census: Census = field(default_factory=Census)
    began_at: dt.datetime = field(default_factory=timezone.now)
    read_since: dt.datetime | None = None
    set_aside: frozenset[Rejected] = frozenset()
    links: LinkIndex = field(init=False)

    def __post_init__(self) -> None:
        self.links = LinkIndex(self.integration)

    def note_reading(self, batch: Batch) -> None:
        asked = {row.read_at for row in batch.rows} | {self.read_since, batch.read_since}
        self.read_since = min((at for at in asked if at is not None), default=None)


@dataclass(slots=True, kw_only=True)
class Written:
    """What one batch came to, counted only after its transaction ended well.

    `unsure` is child table → parents of which a child was refused: it is listed all the same.
    `refused` records of the source's own table were set aside, now or by an earlier attempt.
    `stale` has rows that a later answer told of, by primary key: what this answer says of their
    children is as old.
    """

    fates: dict[str, dict[int, Fate]] = field(default_factory=dict)
    unsure: dict[str, set[int]] = field(default_factory=dict)
    stale: Stale = field(default_factory=dict)
    missing: dict[str, list[int]] = field(default_factory=dict)
    rejects: list[Rejected] = field(default_factory=list)
    refused: int = 0
    created: list[Created] = field(default_factory=list)
    changes: list[Changed] = field(default_factory=list)
    is_stored: bool = False

    def note_commit(self) -> None:
        self.is_stored = True


async def write_batch(batch: Batch, target: Target) -> int:
    """Store the batch and count it. Of one target, one batch at a time.

    Returns how many records of the listing were set aside.
    """
    written = Written(rejects=list(batch.rejects))
    try:
        async with transaction.atomic():
            await sync_to_async(_write)(batch, target, written)
            crashpoint("load.before_commit")
            # Whoever cancels us while the commit is on its way finds it done.
            transaction.on_commit(written.note_commit)
        written.is_stored = True
        crashpoint("load.after_commit")
    except BaseException:
        target.links.forget()
        raise
    finally:
        if written.is_stored:
            target.note_reading(batch)
            _count(written, target.census)
    return written.refused


def _write(batch: Batch, target: Target, written: Written) -> None:
    crashpoint("load.before_rows")
    _write_tables(batch, target, written)
    for created in written.created:
        record_created(created, run=target.run)
    record_changes(written.changes, run=target.run)
    crashpoint("load.before_ledger")
    own = BY_NAME[batch.source].table
    written.refused = sum(one.table == own for one in written.rejects)
    written.rejects = [one for one in written.rejects if one not in target.set_aside]
    if target.run is not None:
        write_ledger(
            batch,
            run=target.run,
            worker=target.worker,
            rejects=written.rejects,
            sight=_sight(batch, target, written),
        )


def _sight(batch: Batch, target: Target, written: Written) -> bytes:
    return encode_sight(
        target.census,
        {*BY_NAME[batch.source].feeds, *written.fates},
        seen=written.fates,
        missing=written.missing,
        dropped=batch.dropped,
    )


def _write_tables(batch: Batch, target: Target, written: Written) -> None:
    rows_of: dict[str, list[Row]] = {}
    for row in batch.rows:
        rows_of.setdefault(row.table, []).append(row)
    placed: dict[str, list[AsStored]] = {}
    for table in TABLES:
        if rows := rows_of.get(table.name):
            ready = list(_place(table, rows, target, batch.source, written))
            ready = without_children_of(written.stale, table, ready)
            placed[table.name] = _store(table, ready, batch.source, written)
    written.missing = sweep(
        known_before(placed, written.fates, written.stale), unsure=written.unsure
    )
    for name, pks in batch.unchanged.items():
        fates = written.fates.setdefault(name, {})
        fates |= dict.fromkeys((pk for pk in pks if pk not in fates), Fate.UNCHANGED)


def _place(
    table: Table, rows: list[Row], target: Target, source: str, written: Written
) -> Iterator[Placed]:
    """Rows that can be stored; one whose required parent is missing is set aside."""
    for one in place(table, rows, integration=target.integration, links=target.links):
        if one.missing:
            reason = f"its {one.missing} is not in the mirror"
            written.rejects.append(_rejected(source, table, one.row, reason))
        else:
            yield one


def _store(table: Table, placed: list[Placed], source: str, written: Written) -> list[AsStored]:
    """Upsert; where the database refuses a value, halve until the one record is found."""
    key_of = itemgetter(*key_columns(table.model))
    keys = [key_of(one.values) for one in placed]
    try:
        outcome = _upsert(table.model, dict(zip(keys, placed, strict=True)), placed)
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
    written.created.append(created_of(table, outcome))
    written.changes += changes_of(table, outcome)
    if outcome.stale:
        stale = written.stale.setdefault(table.model, set())
        stale |= {outcome.ids[key] for key in outcome.stale}
    fates = written.fates.setdefault(table.name, {})
    for key, pk in outcome.ids.items():
        fates[pk] = max(outcome.fates[key], fates.get(pk, Fate.UNCHANGED))
    return [(one, outcome.ids[key]) for one, key in zip(placed, keys, strict=True)]


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


def _upsert(model: type[MirroredRow], by_key: dict[Key, Placed], placed: list[Placed]) -> Outcome:
    return upsert(
        model,
        [one.values for one in placed],
        initial={key: one.first for key, one in by_key.items() if one.first},
        outdated={key: one.outdated for key, one in by_key.items() if one.outdated},
        withdrawn={key: one.withdrawn for key, one in by_key.items() if one.withdrawn},
    )


def _rejected(source: str, table: Table, row: Row, reason: str) -> Rejected:
    return Rejected(
        source=source,
        table=table.name,
        canvas_id=str(row.key)[:100],
        reason=reason,
        excerpt=excerpt({"id": row.key} | row.values),
    )


def _count(written: Written, census: Census) -> None:
    for table, fates in written.fates.items():
        census.of(table).add(fates)
    for table, missing in written.missing.items():
        census.of(table).missing.update(missing)
    for reject in written.rejects:
        census.of(reject.table).set_aside.append(reject.canvas_id)
